"""Where Redis is: one server, or the master that its sentinels name.

Knows the URL and redis-py's defaults that must not be kept: ten retries, five seconds of patience
and handshakes that cost round trips. Refuses to know what is said on the connection.

``redis+sentinel://[user:password@]host:port,host:port/service[/database]`` asks the sentinels for
``service``; the password is Redis's. ``?sentinel_password=…`` and ``?ssl=true`` are understood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from redis.backoff import NoBackoff
from redis.connection import ConnectionInterface, ConnectionPool
from redis.retry import Retry
from redis.sentinel import Sentinel

from askpro.guards.redis_socket import make_prompt

SENTINEL_SCHEME = "redis+sentinel"
_SENTINEL_PORT = 26379
_UNCOUNTED = 2**31


def connection_maker(url: str, timeout: float) -> Callable[[], ConnectionInterface]:
    """A function that makes connections, not yet connected. Raises ValueError on a wrong URL."""
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,
    }
    if not url.startswith(f"{SENTINEL_SCHEME}://"):
        pool = ConnectionPool.from_url(url, **options)
    else:
        pool = _pool_of_the_master(url, options)
    # The pool only makes connections here and never hears of their end: it must not count them.
    pool.max_connections = _UNCOUNTED
    make_prompt(pool)
    return pool.make_connection


def _pool_of_the_master(url: str, options: dict[str, Any]) -> ConnectionPool:
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    path = [unquote(step) for step in parts.path.split("/") if step]
    if not path or not parts.netloc:
        raise ValueError("a sentinel URL is redis+sentinel://host:port,host:port/service")
    identity, _, hosts = parts.netloc.rpartition("@")
    user, _, password = identity.partition(":")
    sentinel = Sentinel(
        [_address(host) for host in hosts.split(",")],
        sentinel_kwargs={**options, "password": query.get("sentinel_password")},
    )
    master = sentinel.master_for(
        path[0],
        db=int(path[1]) if len(path) > 1 else 0,
        username=unquote(user) or None,
        password=unquote(password) or None,
        ssl=query.get("ssl", "").lower() in ("1", "true", "yes"),
        **options,
    )
    pool: ConnectionPool = master.connection_pool
    return pool


def _address(host: str) -> tuple[str, int]:
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        port = port.removeprefix(":")
    else:
        name, _, port = host.partition(":")
    return name, int(port or _SENTINEL_PORT)
