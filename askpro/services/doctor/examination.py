"""All checks, in the order in which they are told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import requests

from askpro.services.control import NoInstance
from askpro.services.doctor import calls, doors, state, workers
from askpro.services.doctor.findings import Finding, seen
from askpro.services.doctor.instance import Instance, trial_id
from askpro.services.runtime import Runtime

log = logging.getLogger(__name__)

Check = Callable[[Instance], Iterator[Finding]]


def _inside(name: str, trial: str) -> Check:
    """A check that is tried by one command in the instance."""

    def check(instance: Instance) -> Iterator[Finding]:
        answer = instance.ask(trial, name=trial_id())
        yield Finding(name, answer["ok"], answer["evidence"], answer.get("tried", True))

    check.__name__ = name
    return check


CHECKS: tuple[Check, ...] = (
    doors.every_route,
    doors.forged_signatures,
    calls.replayed,
    calls.burst,
    _inside("companies' cache keys never meet", "cache keys"),
    workers.shared,
    _inside("the breaker opens and closes", "breaker"),
    _inside("the budget holds requests back", "budget"),
    _inside("faults have their sentences", "sentences"),
    _inside("personal values stay out of the log", "log lines"),
    _inside("markup is stripped", "markup"),
    _inside("searches move into opening hours", "hours"),
    _inside("no query without a company", "no company"),
    _inside("row level security", "row security"),
    doors.calcom_address,
    state.versions,
    state.migrations,
    state.clocks,
    state.keys,
    state.companies,
    state.work,
    state.machine,
)


def examine(runtime: Runtime, url: str | None, *, version: str) -> list[Finding]:
    """Try everything on the instance at ``url`` (default: HOST and PORT).

    A check that breaks is a finding as well: what could not be tried is not in force. Raises
    :class:`~askpro.services.control.NoInstance` when there is nobody to examine.
    """
    instance = Instance(runtime, url, version)
    findings: list[Finding] = []
    try:
        for check in CHECKS:
            try:
                findings += check(instance)
            except (NoInstance, requests.RequestException, KeyError, ValueError) as why:
                log.warning("a check broke", extra={"check": check.__name__}, exc_info=True)
                broken = seen("could not be tried: %(why)s", why=_told(why))
                findings.append(Finding(_name(check), False, broken))
    finally:
        instance.close()
    return findings


def _name(check: Check) -> str:
    return check.__name__.replace("_", " ")


def _told(why: Exception) -> str:
    return f"{type(why).__name__} {why}".strip()[:200]
