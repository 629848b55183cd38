"""What every service is handed: the settings, the clock, the database, the guards, the calendars.

Made once in :func:`askpro.create_app`; holds no request's state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from askpro.clock import Clock
from askpro.guards import Guards
from askpro.providers.calcom import CalcomClient
from askpro.services.bell import Bell
from askpro.services.directory import Directory, Office
from askpro.services.last_calls import LastCalls
from askpro.services.standing import Standing
from askpro.services.traces import TraceBook
from askpro.settings import Settings
from askpro.store.tenancy import Database


@dataclass(frozen=True)
class Runtime:
    """The long-lived parts of one gateway process."""

    settings: Settings
    clock: Clock
    database: Database
    guards: Guards
    directory: Directory
    standing: Standing
    traces: TraceBook
    last_calls: LastCalls
    bell: Bell
    #: Cal.com's client for one office: its account decides circuit, budget and key.
    calcom: Callable[[Office], CalcomClient]

    def close(self) -> None:
        """Write what waits, end the threads and let go of connections: nobody is served now."""
        self.traces.close()
        self.guards.close()
        self.database.engine.dispose()
