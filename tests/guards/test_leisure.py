"""What no answer waits for reaches Redis a moment later, or is done alone when Redis is gone."""

from __future__ import annotations

import time

import redis

from askpro.clock import Clock
from askpro.guards.leisure import Leisure
from askpro.guards.redis_link import RedisLink
from tests.servers.redis import OwnRedis
from tests.waiting import eventually


def test_it_arrives_without_being_waited_for(redis_url: str) -> None:
    link = RedisLink(redis_url, clock=Clock())
    leisure = Leisure(link)
    lost: list[str] = []
    for name in ("a", "b"):
        leisure.put(("SET", name, "1"), if_lost=lambda: lost.append("lost"))
    with redis.Redis.from_url(redis_url) as client:
        eventually(lambda: client.exists("a", "b") == 2)
    assert lost == []
    link.close()


def test_without_redis_it_is_done_alone(own_redis: OwnRedis) -> None:
    link = RedisLink(own_redis.url, clock=Clock())
    leisure = Leisure(link)
    own_redis.stop()
    lost: list[float] = []
    leisure.put(("SET", "a", "1"), if_lost=lambda: lost.append(time.monotonic()))
    eventually(lambda: bool(lost))
    link.close()
