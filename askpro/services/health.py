"""What is the matter: the checks behind ``/api/health/detailed``.

Each check is quick and says ``healthy``, ``degraded`` or ``unhealthy`` for itself. Cal.com and
Retell are judged by the breaker and the last real call, never probed per request.
"""

from __future__ import annotations

import math
import os
import shutil
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from askpro.guards.redis_link import RedisLink
from askpro.services.runtime import Runtime
from askpro.store import inbox, jobs
from askpro.store.models import FunctionCall, InboxEvent

HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"
_ORDER = (HEALTHY, DEGRADED, UNHEALTHY)
_FULL_DISK_PERCENT = 95
_OLD_EVENT = timedelta(minutes=5)

Check = dict[str, Any]


def examine(runtime: Runtime) -> tuple[str, dict[str, Check]]:
    """(overall status, the six checks by name). Never raises."""
    checks = {
        "database": _database(runtime),
        "cache": _cache(runtime),
        "filesystem": _filesystem(runtime),
        "system": _system(),
        "application": _application(runtime),
        "external_services": _external(runtime),
    }
    return max((check["status"] for check in checks.values()), key=_ORDER.index), checks


class Examination:
    """:func:`examine` for a crowd: who asks while it runs waits, and shares the next one with all
    who wait. Nobody hears of a moment before they asked, and 200 who ask at once are two looks at
    database and Redis, not 200 that push each other off the connections."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._began = -math.inf
        self._found: tuple[str, dict[str, Check]] = (HEALTHY, {})

    def __call__(self) -> tuple[str, dict[str, Check]]:
        """(overall status, the six checks by name), as they are now. Never raises."""
        asked = time.monotonic()
        with self._lock:
            if self._began < asked:
                self._began = time.monotonic()
                self._found = examine(self._runtime)
            return self._found


def can_serve(runtime: Runtime) -> bool:
    """Whether callers can be answered: the database is there and has its tables."""
    try:
        with runtime.database.unrestricted_unsafe() as session:
            session.execute(text("SELECT 1 FROM companies LIMIT 1"))
    except SQLAlchemyError:
        return False
    return True


def _database(runtime: Runtime) -> Check:
    engine = runtime.database.engine
    check: Check = {"driver": f"{engine.dialect.name}+{engine.dialect.driver}"}
    began = time.perf_counter()
    is_postgresql = engine.dialect.name == "postgresql"
    # A replica that nobody promoted reads and never writes.
    question = (
        "SELECT current_setting('transaction_read_only') = 'off'" if is_postgresql else "SELECT 1"
    )
    try:
        with runtime.database.unrestricted_unsafe() as session:
            writable = bool(session.scalar(text(question)))
    except SQLAlchemyError as error:
        return check | {
            "status": UNHEALTHY,
            "connected": False,
            "error": type(error).__name__,
        }
    return check | {
        "status": HEALTHY if writable else UNHEALTHY,
        "connected": True,
        "writable": writable,
        "response_time_ms": _ms_since(began),
        "pool": engine.pool.status(),
    }


def _cache(runtime: Runtime) -> Check:
    """Embedded mode keeps its cache in memory, which is always there and no server."""
    link = runtime.guards.link
    of_a_server: Check = dict.fromkeys(
        ("version", "used_memory", "connected_clients", "response_time_ms")
    )
    if not link.configured:
        return {"status": HEALTHY, "backend": "memory", "connected": True, **of_a_server}
    began = time.perf_counter()
    info = _redis_info(link)
    if info is None:
        since = link.status()["degraded_since"]
        away = {"backend": "redis", "connected": False, "since": since}
        return {"status": DEGRADED, **away, **of_a_server}
    return {
        "status": HEALTHY,
        "backend": "redis",
        "connected": True,
        "version": info.get("redis_version"),
        "used_memory": int(info.get("used_memory", 0)),
        "connected_clients": int(info.get("connected_clients", 0)),
        "response_time_ms": _ms_since(began),
    }


def _redis_info(link: RedisLink) -> dict[str, str] | None:
    """What INFO says, or None when Redis can't be asked."""

    def asked() -> dict[str, str] | None:
        lines = link.ask(("INFO",))[0].decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    return link.either(asked, lambda: None)


def _filesystem(runtime: Runtime) -> Check:
    """The instance's folder, and the one of an embedded database; the worse one is told of."""
    folders = {Path(runtime.settings.instance_path)}
    database = runtime.database.engine.url
    if database.get_backend_name() == "sqlite" and database.database:
        folders.add(Path(database.database).parent)
    checks = [_guarded(partial(_disk, folder)) for folder in folders]
    return max(checks, key=lambda check: _ORDER.index(check["status"]))


def _disk(folder: Path) -> Check:
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".health-{os.getpid()}"
    try:
        probe.write_bytes(b"ok")
        probe.unlink()
        writable = True
    except OSError:
        writable = False
    usage = shutil.disk_usage(folder)
    used = round(100 * usage.used / usage.total, 1)
    is_full = used >= _FULL_DISK_PERCENT
    return {
        "status": UNHEALTHY if not writable else DEGRADED if is_full else HEALTHY,
        "writable": writable,
        "disk_free_bytes": usage.free,
        "disk_used_percent": used,
    }


def _system() -> Check:
    return _guarded(
        lambda: {
            "status": HEALTHY,
            "memory_percent": psutil.virtual_memory().percent,
            "process_memory_bytes": psutil.Process().memory_info().rss,
            "load": [round(value, 2) for value in os.getloadavg()],
            "cores": os.cpu_count(),
            "pid": os.getpid(),
        }
    )


def _application(runtime: Runtime) -> Check:
    try:
        return _inbox_and_workers(runtime, runtime.clock.now())
    except SQLAlchemyError as error:
        return {"status": UNHEALTHY, "error": type(error).__name__}


def _inbox_and_workers(runtime: Runtime, now: datetime) -> Check:
    with runtime.database.unrestricted_unsafe() as session:
        pending, oldest = inbox.waiting(session)
        failed = session.scalar(
            select(func.count()).where(InboxEvent.state == "new", InboxEvent.error.is_not(None))
        )
        dead = session.scalar(select(func.count()).where(InboxEvent.state == "dead"))
        workers = jobs.alive(session, now)
        errors = session.scalar(
            select(func.count()).where(
                FunctionCall.at > now - timedelta(days=1), FunctionCall.success.is_(False)
            )
        )
    age = (now - oldest).total_seconds() if oldest else 0.0
    is_late = bool(dead) or age > _OLD_EVENT.total_seconds() or not workers
    return {
        "status": DEGRADED if is_late else HEALTHY,
        "inbox": {
            "pending": pending,
            "failed": failed,
            "dead": dead,
            "oldest_age_seconds": round(age, 1),
        },
        "workers": [
            {
                "worker": worker.worker,
                "beat_seconds_ago": round((now - worker.beat_at).total_seconds(), 1),
            }
            for worker in workers
        ],
        "errors_24h": errors,
    }


def _external(runtime: Runtime) -> Check:
    circuits = runtime.guards.circuits.status()
    is_open = any(circuit["state"] != "closed" for circuit in circuits)
    return {
        "status": DEGRADED if is_open else HEALTHY,
        "calcom": {"circuits": circuits, "last_call": runtime.last_calls.of("calcom")},
        "retell": {"last_call": runtime.last_calls.of("retell")},
    }


def _guarded(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except OSError as error:
        return {"status": UNHEALTHY, "error": type(error).__name__}


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
