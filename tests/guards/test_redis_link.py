"""The line to Redis: short patience, and a way back."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from askpro.clock import Clock
from askpro.guards.permits import CircuitRules
from askpro.guards.redis_address import connection_maker
from askpro.guards.redis_link import RedisGone, RedisLink
from askpro.guards.redis_script import Script
from tests.guards.conftest import patient_link
from tests.servers.leash import Leash
from tests.servers.ports import free_port
from tests.servers.programs import program
from tests.servers.redis import OwnRedis
from tests.waiting import eventually

ACQUIRE = Script.of("now", "permit", "acquire")


@pytest.fixture
def quick_link(own_redis: OwnRedis) -> Iterator[RedisLink]:
    """As in production: 80 ms for one question, 100 ms for a request."""
    link = RedisLink(own_redis.url, clock=Clock(), pauses=(0.0, 0.05, 0.1))
    yield link
    link.close()


@pytest.fixture
def own_link(own_redis: OwnRedis) -> Iterator[RedisLink]:
    """To a Redis that is there or not, on a machine that may be busy."""
    link = patient_link(own_redis.url, pauses=(0.0, 0.05, 0.1))
    yield link
    link.close()


def elapsed(action: Callable[[], object]) -> float:
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def gone(link: RedisLink) -> str:
    return link.either(lambda: str(link.ask(("PING",))), lambda: "alone")


def test_embedded_mode_has_nothing_to_ask():
    link = RedisLink(None, clock=Clock())
    assert link.either(lambda: "shared", lambda: "alone") == "alone"
    assert link.status() == {
        "configured": False,
        "healthy": True,
        "degraded_since": None,
        "last_error": None,
        "outages": 0,
    }


def test_nothing_is_asked_before_the_first_question():
    link = RedisLink(f"redis://127.0.0.1:{free_port()}", clock=Clock())
    assert link.status()["healthy"] is True


def test_several_questions_are_one_round_trip(redis_url: str, trips):
    link = patient_link(redis_url)
    with trips() as count:
        assert link.ask(("SET", "a", 1), ("GET", "a")) == [b"OK", b"1"]
    assert count() == 1
    link.close()


def test_what_nobody_waits_for_rides_along_or_leaves_at_the_end(redis_url: str, trips):
    link = patient_link(redis_url)
    link.start_request()
    with trips() as count:
        link.soon(("SET", "a", 1))
        assert link.ask(("GET", "a")) == [b"1"]
        assert count() == 1
        link.soon(("SET", "a", 2))
        link.end_request()
        assert count() == 2
        # Outside of a request nobody would come to fetch it.
        link.soon(("SET", "a", 3))
        assert count() == 3
    assert link.ask(("GET", "a")) == [b"3"]
    link.close()


def test_a_refused_redis_costs_milliseconds_and_is_asked_once():
    link = RedisLink(f"redis://127.0.0.1:{free_port()}", clock=Clock(), pauses=(60,))
    assert elapsed(lambda: gone(link)) < 0.1
    assert elapsed(lambda: [gone(link) for _ in range(1000)]) < 0.1
    status = link.status()
    assert (status["healthy"], status["outages"]) == (False, 1)
    assert status["degraded_since"] is not None
    link.close()


def test_a_hung_redis_costs_a_request_hardly_100_ms(own_redis: OwnRedis, quick_link: RedisLink):
    assert quick_link.ask(("PING",)) == [b"PONG"]
    own_redis.hang()
    quick_link.start_request()
    # 100 ms, and what a busy test machine adds.
    assert elapsed(lambda: [gone(quick_link) for _ in range(10)]) < 0.15
    quick_link.end_request()
    own_redis.thaw()
    eventually(lambda: quick_link.usable)
    assert quick_link.ask(("PING",)) == [b"PONG"]


def test_a_hung_redis_is_met_by_many_at_once_without_a_longer_wait(
    own_redis: OwnRedis, quick_link: RedisLink
):
    own_redis.hang()
    waits: list[float] = []

    def request() -> None:
        quick_link.start_request()
        waits.append(elapsed(lambda: [gone(quick_link) for _ in range(5)]))
        quick_link.end_request()

    threads = [threading.Thread(target=request) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Five waits would be half a second. The wait for Redis and not for a busy core is meant.
    assert sorted(waits)[8] < 0.3


def test_a_slow_redis_uses_up_a_requests_patience_once(own_redis: OwnRedis):
    link = RedisLink(own_redis.url, clock=Clock(), timeout=0.08, patience=0.1)
    lost: list[str] = []
    link.start_request()
    assert gone(link) == "[b'PONG']"
    link._here.spent = 0.1
    assert gone(link) == "alone"
    link.soon(("SET", "a", 1), if_lost=lambda: lost.append("told"))
    link.end_request()
    assert lost == ["told"]
    eventually(lambda: link.usable)
    assert gone(link) == "[b'PONG']"
    link.close()


def test_who_waits_for_others_may_ask_as_often_as_it_takes(own_redis: OwnRedis):
    """Ten milliseconds a question, as from another data centre: forty of them are no outage."""
    link = RedisLink(own_redis.url, clock=Clock(), timeout=0.08, patience=0.1)
    link.start_request()
    for _ in range(40):
        link.waited()
        link._here.spent += 0.01
        assert gone(link) == "[b'PONG']"
    link.end_request()
    link.close()


def test_it_comes_back_by_itself(own_redis: OwnRedis, own_link: RedisLink, caplog):
    heard: list[bool] = []
    own_link.on_change(heard.append)
    assert own_link.ask(("PING",)) == [b"PONG"]
    own_redis.stop()
    assert gone(own_link) == "alone"
    eventually(lambda: heard == [False])
    own_redis.start()
    eventually(lambda: own_link.usable)
    assert gone(own_link) == "[b'PONG']"
    assert heard == [False, True]
    ours = (each for each in caplog.records if each.name == "askpro.guards.redis_link")
    assert [record.message.partition(",")[0] for record in ours] == [
        "Redis is gone",
        "Redis is back",
    ]


def test_a_restart_between_two_questions_is_not_noticed(own_redis: OwnRedis, own_link: RedisLink):
    assert own_link.run(ACQUIRE, ["circuit_breaker:x"], _PERMIT)[0] == b"ok"
    own_redis.stop()
    own_redis.start()
    # The connections are dead and the scripts forgotten.
    assert own_link.run(ACQUIRE, ["circuit_breaker:x"], _PERMIT)[0] == b"ok"
    assert own_link.status()["outages"] == 0


def test_what_changed_meanwhile_is_told_before_anybody_asks(
    own_redis: OwnRedis, own_link: RedisLink
):
    own_link.on_return(lambda send, outage: send([("RPUSH", "changed", str(outage))]))
    own_link.ask(("PING",))
    own_redis.stop()
    gone(own_link)
    own_redis.start()
    eventually(lambda: own_link.usable)
    # A busy machine may lose it for a moment once more, which is no outage.
    assert own_link.ask(("LINDEX", "changed", 0)) == [b"True"]


def test_what_was_put_off_and_lost_is_told(own_redis: OwnRedis, own_link: RedisLink):
    lost: list[str] = []
    own_link.start_request()
    own_link.ask(("PING",))
    own_link.soon(("SET", "a", 1), if_lost=lambda: lost.append("met on the way"))
    own_redis.stop()
    gone(own_link)
    own_link.soon(("SET", "a", 1), if_lost=lambda: lost.append("known before"))
    own_link.end_request()
    assert lost == ["met on the way", "known before"]


def test_a_redis_that_takes_no_writes_is_of_no_use(own_redis: OwnRedis, own_link: RedisLink):
    own_link.ask(("PING",))
    with own_redis.client() as client:
        client.config_set("min-replicas-to-write", 1)
        assert own_link.either(lambda: str(own_link.ask(("SET", "a", 1))), lambda: "alone") == (
            "alone"
        )
        assert own_link.usable is False
        client.config_set("min-replicas-to-write", 0)
    eventually(lambda: own_link.usable)


def test_a_key_of_another_type_is_answered_alone_and_condemns_nobody(redis_url: str, caplog):
    link = patient_link(redis_url)
    link.ask(("RPUSH", "list", 1))
    with pytest.raises(RedisGone):
        link.ask(("INCR", "list"))
    assert link.usable is True
    assert "refused a question" in caplog.text
    link.close()


def test_a_mistake_in_what_rode_along_costs_the_question_nothing(redis_url: str, caplog):
    link = patient_link(redis_url)
    link.ask(("RPUSH", "list", 1))
    link.start_request()
    link.soon(("INCR", "list"))
    assert link.ask(("PING",)) == [b"PONG"]
    link.end_request()
    link.close()


def test_a_forked_worker_has_connections_of_its_own(redis_url: str):
    link = patient_link(redis_url)
    link.ask(("SET", "a", "parent"))
    child = os.fork()
    if child == 0:
        fine = link.ask(("GET", "a")) == [b"parent"]
        os._exit(0 if fine else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert link.ask(("GET", "a")) == [b"parent"]
    link.close()


@pytest.mark.parametrize(
    "url", ["redis+sentinel://127.0.0.1:1", "redis+sentinel:///askpro", "http://127.0.0.1:1"]
)
def test_a_wrong_url_is_refused_at_once(url: str):
    with pytest.raises(ValueError, match=r"sentinel|scheme"):
        connection_maker(url, 0.1)


@pytest.mark.slow
def test_sentinels_name_the_master_and_the_next_one(leash: Leash, tmp_path: Path):
    master, replica = OwnRedis(leash), OwnRedis(leash)
    with replica.client() as client:
        client.replicaof("127.0.0.1", master.port)
        eventually(lambda: client.info("replication")["master_link_status"] == "up", seconds=20)
    ports = [_sentinel(leash, master, tmp_path) for _ in range(3)]
    eventually(lambda: all(_replicas_and_sentinels(port) == (1, 2) for port in ports), seconds=20)
    link = RedisLink(
        "redis+sentinel://" + ",".join(f"127.0.0.1:{port}" for port in ports) + "/askpro/2",
        clock=Clock(),
        timeout=1,
        patience=5,
        pauses=(0.0, 0.1),
    )
    assert link.ask(("SET", "a", 1)) == [b"OK"]
    master.stop(9)
    gone(link)
    # Sentinels that were not heard for two seconds trust nobody for thirty (their TILT mode).
    eventually(lambda: link.usable, seconds=75)
    assert link.ask(("GET", "a")) == [b"1"]
    with replica.client() as client:
        assert client.info("replication")["role"] == "master"
    link.close()
    replica.stop()


_PERMIT = ("token", 0, CircuitRules().as_json)


def _sentinel(leash: Leash, master: OwnRedis, folder: Path) -> int:
    port = free_port()
    config = folder / f"sentinel-{port}.conf"
    config.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor askpro 127.0.0.1 {master.port} 2\n"
        "sentinel down-after-milliseconds askpro 500\n"
        "sentinel failover-timeout askpro 3000\n"
    )
    leash.start(
        [program("redis-server", package="redis-server", brew="redis"), config, "--sentinel"],
        log=folder / f"sentinel-{port}.log",
    )
    return port


def _replicas_and_sentinels(port: int) -> tuple[int, int]:
    try:
        with redis.Redis(port=port, socket_timeout=5) as client:
            state = client.sentinel_master("askpro")
    except redis.ConnectionError:
        return 0, 0
    return int(state["num-slaves"]), int(state["num-other-sentinels"])
