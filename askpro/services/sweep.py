"""Calls that never end are closed after half an hour without a sign (rules.md §8).

Where a Retell key is there the call is looked up first: a lost ``call_ended`` is made good by what
Retell itself says of the call.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import func, select

from askpro.errors import AskProError
from askpro.providers.retell import RetellApi, RetellEvent
from askpro.services import call_events
from askpro.services.runtime import Runtime
from askpro.store.models import Call, FunctionCall

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 200


def close_stuck_calls(runtime: Runtime) -> int:
    """Close what has been silent for too long; the number of calls closed."""
    now = runtime.clock.now()
    silent = now - timedelta(minutes=runtime.settings.sweep_after_minutes)
    with runtime.database.unrestricted_unsafe() as session:
        last_function = (
            select(func.max(FunctionCall.at))
            .where(FunctionCall.call_id == Call.call_id)
            .scalar_subquery()
        )
        stuck = session.execute(
            select(Call.company_id, Call.call_id)
            .where(
                Call.state.in_(("inbound", "ongoing")),
                Call.last_sign_at < silent,
                func.coalesce(last_function, Call.last_sign_at) < silent,
            )
            .order_by(Call.last_sign_at)
            .limit(_MOST_AT_ONCE)
        ).all()
    for company_id, call_id in stuck:
        _close(runtime, company_id, call_id)
    return len(stuck)


def _close(runtime: Runtime, company_id: int, call_id: str) -> None:
    told = _ask_retell(runtime, company_id, call_id)
    now = runtime.clock.now()
    with runtime.database.of_company(company_id, write=True) as session:
        call = session.scalars(select(Call).where(Call.call_id == call_id)).one()
        if call.state not in ("inbound", "ongoing"):
            return
        if told is not None:
            call_events.record(session, company_id, call.branch_id, told, now)
        else:
            call.state = "ended"
            call.disconnection_reason = call.disconnection_reason or call_events.SWEPT
            call.outcome = call_events.outcome_of(session, call)
    log.info("stuck call closed", extra={"call_id": call_id, "company_id": company_id})


def _ask_retell(runtime: Runtime, company_id: int, call_id: str) -> RetellEvent | None:
    """What Retell says of the call, as an event; None without a key, or while it is not over."""
    office = runtime.directory.office(company_id)
    keys = runtime.settings.retell_api_key
    key = (office.retell_key if office else None) or (keys[0] if keys else None)
    if key is None:
        return None
    try:
        return RetellApi(key, runtime.settings.retell_base_url).get_call(call_id)
    except AskProError as error:
        log.info("Retell could not tell", extra={"error": type(error).__name__})
        return None
