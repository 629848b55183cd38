"""What the instance says about itself."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from askpro.services import health as health_checks
from askpro.services.runtime import Runtime

_MIGRATIONS = Path(__file__).parents[4] / "migrations"
#: A worker answers this slowly, so that the next connection goes to another one.
_BUSY_SECONDS = 0.03


def facts(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    settings = runtime.settings
    with runtime.database.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    return {
        "pid": os.getpid(),
        "python": platform.python_version(),
        "workers": settings.workers,
        "clock_ms": runtime.clock.unix_ms(),
        "clock_offset_seconds": settings.clock_offset_seconds,
        "revision": revision,
        "head": ScriptDirectory(str(_MIGRATIONS)).get_current_head(),
        "keys": {
            "RETELL_API_KEY": bool(settings.retell_api_key),
            "CALCOM_API_KEY": bool(settings.calcom_api_key),
            "CALCOM_WEBHOOK_SECRET": bool(settings.calcom_webhook_secret),
        },
    }


def pid(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    time.sleep(_BUSY_SECONDS)
    return {"pid": os.getpid()}


def health(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """What ``/api/health/detailed`` tells operators."""
    return health_checks.examine(runtime)[1]


def clocks(runtime: Runtime, given: Mapping[str, Any]) -> dict[str, Any]:
    """Both in milliseconds since 1970: this machine, and the database's."""
    engine = runtime.database.engine
    asked = (
        "SELECT (julianday('now') - 2440587.5) * 86400.0"
        if engine.dialect.name == "sqlite"
        else "SELECT extract(epoch FROM clock_timestamp())"
    )
    with engine.connect() as connection:
        database = float(connection.execute(text(asked)).scalar_one())
    machine = datetime.now().astimezone().timestamp()
    return {"machine_ms": machine * 1000, "database_ms": database * 1000}
