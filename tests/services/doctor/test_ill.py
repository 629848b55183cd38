"""The doctor goes red for each protection that is switched off. What is patched is the guard inside
the running app, never the doctor."""

from __future__ import annotations

import dataclasses
import logging
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Response
from sqlalchemy import text

from askpro import logs
from askpro.booking import cleaning, wording
from askpro.booking.hours import MovedSearch, OpeningHours
from askpro.errors import CalcomError
from askpro.guards.permits import CircuitRules, Permit
from askpro.guards.slot_cache import Seen
from askpro.services.doctor import state
from askpro.services.doctor.examination import examine
from askpro.services.doctor.findings import Finding, summary
from askpro.services.runtime import Runtime
from askpro.store import inbox, tenancy
from askpro.web import auth, health, retell
from tests import factories
from tests.services.doctor.conftest import Diagnose
from tests.worlds import World

#: The checks that ask more of PostgreSQL say so themselves.
pytestmark = [pytest.mark.on("sqlite"), pytest.mark.slow]

Patch = pytest.MonkeyPatch


@pytest.fixture
def runtime(world: World) -> Runtime:
    return world.runtime


def red(findings: dict[str, Any], check: str) -> str:
    """The evidence of a check that must have failed."""
    assert not findings[check].ok, findings[check]
    return str(findings[check].evidence)


def with_rules(runtime: Runtime, monkeypatch: Patch, **rules: Any) -> None:
    circuits = runtime.guards.circuits
    changed: CircuitRules = dataclasses.replace(circuits.rules, **rules)
    monkeypatch.setattr(circuits._alone, "_rules", changed)


# -- who gets in --


def test_signatures_are_not_looked_at(diagnose: Diagnose, monkeypatch: Patch):
    anybody = auth.Speaker(None, None)
    monkeypatch.setattr(retell, "retell_speaker", lambda *_, **__: anybody)
    evidence = red(diagnose("every_route"), "unsigned requests are refused")
    assert "POST /api/retell/book-appointment" in evidence
    assert "another key: 200" in red(diagnose("forged_signatures"), "forged signatures are refused")


def test_any_signature_will_do(diagnose: Diagnose, monkeypatch: Patch):
    monkeypatch.setattr(auth, "verify", lambda raw, keys, *_: next(iter(keys), None))
    evidence = red(diagnose("forged_signatures"), "forged signatures are refused")
    assert "another body: 200" in evidence


def test_old_signatures_are_good_for_ever(diagnose: Diagnose, monkeypatch: Patch):
    verify = auth.verify
    monkeypatch.setattr(auth, "verify", lambda *given: verify(*given[:4], 10**12))
    evidence = red(diagnose("forged_signatures"), "forged signatures are refused")
    assert evidence == "not so: eleven minutes old: 200"


def test_an_own_key_is_refused(diagnose: Diagnose, monkeypatch: Patch):
    monkeypatch.setattr(auth, "verify", lambda *_: None)
    evidence = red(diagnose("forged_signatures"), "forged signatures are refused")
    assert evidence == "not so: the genuine one: 401"


@pytest.fixture
def without_headers(world: World) -> Iterator[None]:
    """The limiter was registered where nothing used it."""
    hooks = world.app.after_request_funcs[None]
    kept = list(hooks)
    hooks[:] = [hook for hook in hooks if getattr(hook, "__name__", "") != "put_headers"]
    yield
    hooks[:] = kept


def test_the_limiter_is_registered_nowhere(without_headers: None, diagnose: Diagnose):
    evidence = red(diagnose("every_route"), "every API route is counted")
    assert evidence.startswith("not so: ")


def test_every_call_ends_in_500(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    def broken(*_: Any, **__: Any) -> None:
        raise AttributeError("the limiter has no app")

    monkeypatch.setattr(runtime.guards.limits, "check_address", broken)
    assert " 500" in red(diagnose("every_route"), "every API route is counted")


def test_calcoms_address_is_gone(diagnose: Diagnose, world: World, monkeypatch: Patch):
    monkeypatch.setitem(
        world.app.view_functions, "calcom.webhooks_calcom_ping", lambda: Response(status=404)
    )
    evidence = red(diagnose("calcom_address"), "Cal.com's webhook address answers")
    assert "404" in evidence


# -- bursts and replays --


def test_bursts_are_not_limited(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    monkeypatch.setattr(runtime.guards.limits, "judge", lambda counted: None)
    evidence = red(diagnose("burst"), "a burst of one call is limited")
    assert evidence == "60 requests of one call, and none was refused"


def test_one_call_silences_another(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    limits = runtime.guards.limits
    count = limits.count_call
    monkeypatch.setattr(
        limits,
        "count_call",
        lambda company, call, *rest, **more: count(company, "one for all", *rest, **more),
    )
    evidence = red(diagnose("burst"), "a burst of one call is limited")
    assert "another call was answered 429" in evidence


def test_a_replay_is_worked_on_again(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    monkeypatch.setattr(runtime.guards.replays, "recall", lambda key: None)
    assert "worked on twice" in red(diagnose("replayed"), "a replay has one effect")


# -- cache and holds --


def test_cache_keys_lack_the_company(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    slots = runtime.guards.slots
    get = slots.get

    def of_nobody(*, company_id: int, **rest: Any) -> Seen:
        return get(company_id=1 if company_id else 0, **rest)

    monkeypatch.setattr(slots, "get", of_nobody)
    check = "companies' cache keys never meet"
    assert red(diagnose(check), check) == "one company was shown another's slots"


def test_a_key_without_a_company_is_taken(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    slots = runtime.guards.slots
    get = slots.get
    monkeypatch.setattr(
        slots, "get", lambda *, company_id, **rest: get(company_id=company_id or 7, **rest)
    )
    check = "companies' cache keys never meet"
    assert red(diagnose(check), check) == "slots were cached without a company"


def test_nothing_is_cached(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    def fetched(**asked: Any) -> Seen:
        return Seen(asked["fetch"](), "miss", 0.0)

    monkeypatch.setattr(runtime.guards.slots, "get", fetched)
    assert "each asked Cal.com" in red(diagnose("shared"), "workers share the slot cache")


def test_holds_hold_nothing(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    monkeypatch.setattr(runtime.guards.holds, "hold", lambda *_, **__: True)
    assert "two calls held one slot" in red(diagnose("shared"), "workers share holds")


def test_the_second_worker_is_missing(diagnose: Diagnose, monkeypatch: Patch, world: World):
    alone = dataclasses.replace(world.runtime.settings, web_concurrency=2)
    world.app.extensions["askpro"] = dataclasses.replace(world.runtime, settings=alone)
    assert "2 workers are configured, but only" in red(
        diagnose("shared"), "workers share the slot cache"
    )


# -- Cal.com --

BREAKER = "the breaker opens and closes"


def test_the_breaker_wraps_nothing(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    def permit(name: str, kind: Any) -> Permit:
        return Permit(name, kind, "token", 0, False, 100, False)

    monkeypatch.setattr(runtime.guards.circuits, "acquire", permit)
    assert "the circuit is not open" in red(diagnose(BREAKER), BREAKER)


def test_the_breaker_opens_late(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    with_rules(runtime, monkeypatch, failures=9)
    assert red(diagnose(BREAKER), BREAKER) == "opened by 9 failures instead of 5"


def test_an_open_breaker_lets_requests_through(
    diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime
):
    with_rules(runtime, monkeypatch, open_seconds=0)
    evidence = red(diagnose(BREAKER), BREAKER)
    assert "not open" in evidence or "through an open circuit" in evidence


def test_the_breaker_never_closes(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    with_rules(runtime, monkeypatch, successes=50)
    assert red(diagnose(BREAKER), BREAKER) == "2 successes, and the circuit is not closed"


def test_the_budget_is_larger_than_calcoms(
    diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime
):
    with_rules(runtime, monkeypatch, requests=1000)
    check = "the budget holds requests back"
    assert red(diagnose(check), check) == "121 requests reached Cal.com within a minute"


def test_a_fault_has_another_sentence(diagnose: Diagnose, monkeypatch: Patch):
    def vague(fault: CalcomError) -> str:
        return "Leider ist unser System momentan nicht verfügbar."

    monkeypatch.setattr(wording, "calendar_down", vague)
    check = "faults have their sentences"
    evidence = red(diagnose(check), check)
    assert evidence == "the promised words are missing for 401, 403, 404, 429, no connection"


# -- what is told to whom --

LINES = "personal values stay out of the log"


@pytest.mark.names_somebody("the redaction is switched off")
def test_lines_are_not_redacted(diagnose: Diagnose, monkeypatch: Patch):
    monkeypatch.setattr(logs, "_redactor", SimpleNamespace(value=lambda given: given))
    assert "a telephone number (message)" in red(diagnose(LINES), LINES)


def test_a_library_brings_a_handler_of_its_own(diagnose: Diagnose):
    handler = logging.StreamHandler()
    logging.getLogger("some.library").addHandler(handler)
    try:
        assert "a mail address (argument)" in red(diagnose(LINES), LINES)
    finally:
        logging.getLogger("some.library").removeHandler(handler)


def test_markup_is_kept(diagnose: Diagnose, monkeypatch: Patch):
    monkeypatch.setattr(cleaning, "_without_markup", lambda text: text)
    check = "markup is stripped"
    assert "Jürgen" in red(diagnose(check), check)


def test_searches_do_not_move(diagnose: Diagnose, monkeypatch: Patch):
    monkeypatch.setattr(OpeningHours, "move_search", lambda self, at: MovedSearch(at, at))
    check = "searches move into opening hours"
    assert "08:00 to Tue 08:00" in red(diagnose(check), check)


# -- companies --


def test_a_query_may_leave_the_company_out(diagnose: Diagnose, monkeypatch: Patch):
    monkeypatch.setattr(tenancy._company_tables_seen, "touched_by", lambda statement: False)
    check = "no query without a company"
    assert red(diagnose(check), check) == "a company's table was read without a company"


def test_a_company_is_shown_all_rows(diagnose: Diagnose, monkeypatch: Patch, runtime: Runtime):
    monkeypatch.setattr(tenancy.Database, "of_company", lambda self, _: self.unrestricted_unsafe())
    check = "no query without a company"
    assert "a company without branches was shown" in red(diagnose(check), check)


@pytest.mark.on("postgresql")
def test_row_level_security_is_off(diagnose: Diagnose, runtime: Runtime):
    with runtime.database.engine.connect() as connection:
        connection.execute(text("ALTER TABLE branches DISABLE ROW LEVEL SECURITY"))
        connection.commit()
    check = "row level security"
    assert red(diagnose(check), check) == "not forced on branches"


@pytest.mark.on("postgresql")
def test_the_policy_lets_everybody_read(diagnose: Diagnose, runtime: Runtime):
    with runtime.database.engine.connect() as connection:
        connection.execute(text("CREATE POLICY everybody ON branches USING (true)"))
        connection.commit()
    check = "row level security"
    assert "other companies were readable" in red(diagnose(check), check)


# -- what is there --


def test_another_version_runs(diagnose: Diagnose, monkeypatch: Patch):
    monkeypatch.setattr(health, "__version__", "0.0.9")
    evidence = red(diagnose("versions"), "the running version is this one")
    assert evidence.startswith("0.0.9 on Python")
    assert "of 0.1.0" in evidence


def test_migrations_are_missing(diagnose: Diagnose, runtime: Runtime):
    with runtime.database.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        connection.commit()
    assert "the database is at 0001, the code needs" in red(
        diagnose("migrations"), "migrations are complete"
    )


def test_the_clocks_disagree(diagnose: Diagnose, monkeypatch: Patch):
    fast = time.time
    monkeypatch.setattr(state.time, "time", lambda: fast() + 60)
    evidence = red(diagnose("clocks"), "clocks agree")
    assert re.match(r"instance -(59|60)\d{3} ms, database -", evidence)


def test_keys_are_missing(diagnose: Diagnose, world: World):
    poor = dataclasses.replace(world.runtime.settings, retell_api_key=(), calcom_api_key=None)
    world.app.extensions["askpro"] = dataclasses.replace(world.runtime, settings=poor)
    evidence = red(diagnose("keys"), "keys are configured")
    assert "RETELL_API_KEY" in evidence
    assert "CALCOM_API_KEY" in evidence
    assert "CALCOM_WEBHOOK_SECRET" not in evidence


def test_nobody_works_on_the_inbox(diagnose: Diagnose):
    findings = diagnose("work")
    assert red(findings, "workers are alive") == "no sign of life for 30 seconds"
    assert findings["the inbox is worked on"].ok


def test_a_worker_that_has_just_been_started_is_waited_for(
    diagnose: Diagnose, world: World, monkeypatch: Patch
):
    def start(_: float) -> None:
        with world.runtime.database.unrestricted_unsafe(write=True) as session:
            factories.beat(session, now=world.clock.now(), worker="late-1")

    monkeypatch.setattr(state.time, "sleep", start)
    monkeypatch.setattr(state, "_FIRST_SIGN_SECONDS", 60)
    assert diagnose("work")["workers are alive"].evidence.startswith("late-1")


def test_events_wait_for_too_long(diagnose: Diagnose, world: World):
    at = world.clock.now() - timedelta(hours=1)
    with world.runtime.database.unrestricted_unsafe(write=True) as session:
        inbox.store(
            session,
            provider="retell",
            event="call_ended",
            identity="old",
            company_id=None,
            branch_id=None,
            signed_by=None,
            subject="call_old",
            body={},
            now=at,
            state="new",
        )
    assert "the oldest for 36" in red(diagnose("work"), "the inbox is worked on")


def test_the_disk_cannot_be_written(diagnose: Diagnose, monkeypatch: Patch):
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert not diagnose("machine")["the disk is writable"].ok


# -- and what the doctor makes of it --


def test_a_check_that_breaks_is_a_finding(
    url: str, world: World, monkeypatch: Patch, runtime: Runtime
):
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no such guard")

    monkeypatch.setattr(runtime.guards.slots, "get", broken)
    monkeypatch.setattr(state, "_FIRST_SIGN_SECONDS", 0)
    findings = {each.check: each for each in examine(runtime, url, version="0.1.0")}
    assert "could not be tried" in findings["companies' cache keys never meet"].evidence
    assert not findings["companies' cache keys never meet"].ok
    assert findings["markup is stripped"].ok


def test_what_was_not_tried_is_not_counted():
    findings = [
        Finding("a", True, ""),
        Finding("b", False, ""),
        Finding("c", True, "nothing to try", tried=False),
    ]
    assert summary(findings) == (
        "1 of 2 checks that were tried are in force; 1 could not be tried here."
    )
