"""The periodic work of the worker, by name; each returns what it did as figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from askpro.services import alerts, audit, callback_drain, reconciliation, settlement, sweep
from askpro.services.privacy import retention
from askpro.services.runtime import Runtime


def settle(runtime: Runtime) -> dict[str, Any]:
    """Bookings and changes of unknown outcome."""
    return asdict(settlement.settle_unknown(runtime))


def sweep_calls(runtime: Runtime) -> dict[str, Any]:
    """Calls that never ended."""
    return asdict(sweep.sweep_calls(runtime))


def reconcile(runtime: Runtime) -> dict[str, Any]:
    """Every company's bookings at Cal.com against ours."""
    return asdict(reconciliation.reconcile_all(runtime))


def compare(runtime: Runtime) -> dict[str, Any]:
    """Appointments that stand here and not at Cal.com."""
    return asdict(reconciliation.compare_upcoming(runtime))


def drain(runtime: Runtime) -> dict[str, Any]:
    """Wishes collected while the calendar was down."""
    return asdict(callback_drain.drain(runtime))


def purge(runtime: Runtime) -> dict[str, Any]:
    """Personal data that is older than it may be."""
    return dict(retention.purge(runtime, audit.WORKER))


def alert(runtime: Runtime) -> dict[str, Any]:
    """The conditions that should not be, begun and ended."""
    return alerts.check(runtime)
