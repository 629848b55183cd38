"""Figures: counted in each worker, added up for all."""

from __future__ import annotations

from askpro.clock import Clock
from askpro.guards.counters import Counters
from askpro.guards.redis_link import RedisLink
from tests.clocks import StoppedClock
from tests.guards.conftest import NOW, Ground, patient_link


def test_what_was_counted_is_known_per_company_and_together(ground: Ground):
    counters = Counters(ground.link, ground.clock)
    counters.add(15, "hit", 2)
    counters.add(20, "hit")
    counters.add(None, "hit")
    assert counters.totals(["hit", "miss"], seconds=300) == {"hit": 4, "miss": 0}
    assert counters.totals(["hit"], seconds=300, company=15) == {"hit": 2}
    counters.close()


def test_workers_are_added_up(redis_url: str):
    links = [patient_link(redis_url) for _ in range(3)]
    workers = [Counters(link, Clock()) for link in links]
    for worker in workers:
        worker.add(15, "hit")
        worker.flush()
        worker.flush()
    assert workers[0].totals(["hit"], seconds=86_400, company=15) == {"hit": 3}
    for worker, link in zip(workers, links, strict=True):
        worker.close()
        link.close()


def test_the_last_minute_outlives_the_turn_of_the_clocks_minute():
    clock = StoppedClock(NOW.replace(second=50))
    counters = Counters(RedisLink(None, clock=clock), clock)
    counters.add(15, "violation", 12)
    seen = []
    for seconds in (0, 11, 29, 29, 2):
        clock.advance(seconds=seconds)
        seen.append(counters.totals(["violation"], seconds=60)["violation"])
    assert seen == [12, 12, 6, 1, 0]


def test_a_window_forgets(ground: Ground):
    clock = StoppedClock(NOW)
    counters = Counters(RedisLink(None, clock=clock), clock)
    counters.add(15, "hit")
    clock.advance(minutes=6)
    assert counters.totals(["hit"], seconds=300) == {"hit": 0}
    assert counters.totals(["hit"], seconds=3600) == {"hit": 1}
    clock.advance(hours=2)
    assert counters.totals(["hit"], seconds=3600) == {"hit": 0}
    assert counters.totals(["hit"], seconds=86_400) == {"hit": 1}
    clock.advance(hours=26)
    counters.add(15, "miss")
    assert len(counters._counts) == 2


def test_counting_goes_on_while_redis_is_gone():
    clock = StoppedClock(NOW)
    link = RedisLink("redis://127.0.0.1:1/0", clock=clock, pauses=(60,))
    counters = Counters(link, clock)
    counters.add(15, "hit")
    counters.flush()
    counters.add(15, "hit")
    assert counters.totals(["hit"], seconds=300) == {"hit": 2}
    counters.close()
    link.close()
