"""Flask-Caching on the guards' ground: JSON only, and an empty cache when Redis is gone."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from askpro.guards import Guards
from tests.guards.conftest import Ground

Make = Callable[..., Guards]


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('code from Redis ran')",))


def test_flask_caching_is_registered_and_keeps_things(ground: Ground, guards: Make):
    app = Flask("small")
    made = guards()
    made.init_app(app)
    assert app.extensions["cache"][made.cache] is made.backend
    with app.app_context():
        made.cache.set("branch_15", {"name": "Mitte"}, timeout=30)
        kept = None if ground.name == "gone" else {"name": "Mitte"}
        assert made.cache.get("branch_15") == kept


def test_things_can_be_added_once_and_forgotten(ground: Ground, guards: Make):
    cache = guards().backend
    if ground.name == "gone":
        assert not cache.set("a", 1)
        assert not cache.add("a", 1)
        assert not cache.has("a")
        assert not cache.delete("a")
        assert not cache.clear()
        return
    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    assert cache.get("a") == 1
    assert cache.delete("a")
    assert cache.get("a") is None
    cache.set("b", 1, timeout=timedelta(seconds=1))
    cache.set("c", 1, timeout=0)
    ground.wait(1.1)
    assert cache.get("b") is None
    assert cache.has("c")
    assert cache.clear()
    assert not cache.has("c")


def test_a_pickle_in_redis_is_no_value(ground: Ground, guards: Make):
    made = guards()
    if ground.shared:
        made.link.ask(("SET", "askpro_cache_trap", b"!" + pickle.dumps(Bomb())))
    assert made.backend.get("trap") is None
    assert made.backend.serializer.loads(pickle.dumps(Bomb())) is None
