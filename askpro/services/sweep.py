"""Calls that never end are closed after half an hour without a sign (rules.md §8).

Where a Retell key is there the call is looked up first: a lost ``call_ended`` is made good by what
Retell itself says of the call, and one that goes on is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from askpro.errors import RetellError, RetellNotFound
from askpro.providers.retell import RetellApi, RetellEvent
from askpro.services import call_events, conversations, rounds
from askpro.services.runtime import Runtime
from askpro.store.models import Call, FunctionCall

log = logging.getLogger(__name__)

_RUNNING = ("inbound", "ongoing")
_MOST_AT_ONCE = 200
#: One round looks calls up for so long; the rest waits for the next one.
_LOOK_SECONDS = 60.0
#: While Retell can't be asked a call may wait so many times as long as without a key.
_PATIENCE = 4


@dataclass
class Swept:
    """What one round did: calls closed for want of any sign, calls that Retell told the end of,
    calls that go on, and calls that wait for Retell."""

    closed: int = 0
    told: int = 0
    going_on: int = 0
    waiting: int = 0


def sweep_calls(runtime: Runtime) -> Swept:
    """Look after every call that has been silent for too long."""
    swept = Swept()
    until = runtime.clock.monotonic() + _LOOK_SECONDS
    for company_id, call_id, last_sign in _silent(runtime):
        if runtime.clock.monotonic() > until:
            swept.waiting += 1
            continue
        with rounds.alone("sweep", company_id=company_id, call_id=call_id):
            _look_after(runtime, company_id, call_id, last_sign, swept)
    return swept


def _silent(runtime: Runtime) -> Sequence[tuple[int, str, datetime]]:
    """A function call is a sign of life too."""
    since = runtime.clock.now() - timedelta(minutes=runtime.settings.sweep_after_minutes)
    spoke = select(FunctionCall.id).where(
        FunctionCall.call_id == Call.call_id,
        FunctionCall.company_id == Call.company_id,
        FunctionCall.at >= since,
    )
    with runtime.database.unrestricted_unsafe() as session:
        rows = session.execute(
            select(Call.company_id, Call.call_id, Call.last_sign_at)
            .where(Call.state.in_(_RUNNING), Call.last_sign_at < since, ~spoke.exists())
            .order_by(Call.last_sign_at)
            .limit(_MOST_AT_ONCE)
        )
        return [(row[0], row[1], row[2]) for row in rows]


def _look_after(
    runtime: Runtime, company_id: int, call_id: str, last_sign: datetime, swept: Swept
) -> None:
    try:
        told = _ask_retell(runtime, company_id, call_id)
    except RetellError as error:
        patience = timedelta(minutes=runtime.settings.sweep_after_minutes) * _PATIENCE
        if runtime.clock.now() - last_sign < patience:
            log.info("Retell could not tell", extra={"error": type(error).__name__})
            swept.waiting += 1
            return
        told = None
    if told is None:
        _close(runtime, company_id, call_id, swept)
    else:
        _record(runtime, company_id, told, swept)


def _record(runtime: Runtime, company_id: int, told: RetellEvent, swept: Swept) -> None:
    now = runtime.clock.now()
    heard = conversations.hear(runtime, company_id, None, told)
    with runtime.database.of_company(company_id, write=True) as session:
        call = call_events.record(session, company_id, None, told, now)
        if heard is not None:
            conversations.compare(session, runtime, call, heard)
    swept.going_on += call.state in _RUNNING
    swept.told += call.state not in _RUNNING


def _close(runtime: Runtime, company_id: int, call_id: str, swept: Swept) -> None:
    with runtime.database.of_company(company_id, write=True) as session:
        call = session.scalars(select(Call).where(Call.call_id == call_id).with_for_update()).one()
        if call.state not in _RUNNING:
            return
        call_events.close(session, call)
    swept.closed += 1
    log.info("stuck call closed", extra={"call_id": call_id, "company_id": company_id})


def _ask_retell(runtime: Runtime, company_id: int, call_id: str) -> RetellEvent | None:
    """What Retell says of the call, as an event; None without a key, or where it knows no such
    call. Raises :class:`RetellError` while it can't be asked."""
    office = runtime.directory.readable_office(company_id)
    keys = (office.retell_key,) if office and office.retell_key else runtime.settings.retell_api_key
    fault: RetellError | None = None
    for key in keys:
        try:
            api = RetellApi(key, runtime.settings.retell_base_url)
            return api.get_call(call_id, keep_transcript=True)
        except RetellNotFound:
            continue
        except RetellError as error:
            # While keys are rotated one of them may be refused and the next one serve.
            fault = error
    if fault is not None:
        raise fault
    return None
