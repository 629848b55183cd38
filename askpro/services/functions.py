"""One table of functions, and what surrounds each of them: the answer to a fault, and the trace."""

from __future__ import annotations

import logging
from collections.abc import Callable

from askpro import trace
from askpro.booking import cleaning, wording
from askpro.errors import CalcomError, InvalidInput, Spoken
from askpro.logs import remember_names
from askpro.providers.retell_functions import FunctionCall
from askpro.services import (
    appointments,
    availability,
    booking,
    callbacks,
    callers,
    cancelling,
    catalogue,
    faults,
    moving,
)
from askpro.services.answers import Answer
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.services.shown_arguments import shown_arguments
from askpro.services.turns import Turn, turn_of

log = logging.getLogger(__name__)

Handler = Callable[[Runtime, Turn], Answer]

HANDLERS: dict[str, Handler] = {
    "check_availability": availability.check_availability,
    "get_alternatives": availability.get_alternatives,
    "find_next_available": availability.find_next_available,
    "book_appointment": booking.book_appointment,
    "collect_appointment": booking.collect_appointment,
    "check_customer": callers.check_customer,
    "list_services": catalogue.list_services,
    "current_context": callers.current_context,
    "query_appointment": appointments.query_appointment,
    "reschedule_appointment": moving.reschedule_appointment,
    "cancel_appointment": cancelling.cancel_appointment,
    "request_callback": callbacks.request_callback,
}


_CHANGES_THE_CALENDAR = frozenset(
    {"book_appointment", "collect_appointment", "reschedule_appointment", "cancel_appointment"}
)

#: Asked twice, they do no more than once.
ONLY_ASKS = frozenset(
    {
        "check_availability",
        "get_alternatives",
        "find_next_available",
        "check_customer",
        "list_services",
        "current_context",
        "query_appointment",
    }
)


def answer(runtime: Runtime, office: Office | None, asked: FunctionCall) -> Answer:
    """Answer a function call; whatever happens, there is a sentence for the caller."""
    began = runtime.clock.monotonic()
    at = runtime.clock.now()
    if office is None:
        given = Answer("unknown_company", wording.unknown_company())
    else:
        given = _handled(
            runtime,
            turn_of(
                office,
                asked.call,
                asked.args,
                at,
                not_after=began + runtime.settings.calcom_write_seconds,
            ),
            asked,
        )
    _keep_trace(runtime, office, asked, given, at, (runtime.clock.monotonic() - began) * 1000)
    return given


def _handled(runtime: Runtime, turn: Turn, asked: FunctionCall) -> Answer:
    remember_names(turn.text("name"))
    handler = HANDLERS.get(asked.name)
    if handler is None:
        status = "not_available_yet" if asked.known else "unknown_function"
        sentence = wording.not_available_yet() if asked.known else wording.unknown_function()
        return Answer(status, sentence, {"function": cleaning.plain(asked.name)})
    if is_paused(turn.office.mode, asked.name):
        return Answer("calendar_down", wording.unknown_function(), {"callback_offered": True})
    try:
        return handler(runtime, turn)
    except InvalidInput as wrong:
        return Answer(wrong.status, wrong.sentence, {"field": wrong.field})
    except Spoken as spoken:
        return Answer(spoken.status, spoken.sentence)
    except CalcomError as error:
        return faults.calendar_down(turn, error)
    except Exception as error:
        faults.note_error(error)
        log.exception("function failed", extra={"function": asked.name})
        return Answer("calendar_down", wording.internal_error())


def is_paused(mode: str, function: str) -> bool:
    """An operator has paused the company's bookings (``messages``) or all but messages."""
    if mode == "messages":
        return function in _CHANGES_THE_CALENDAR
    return mode == "paused" and function not in ("request_callback", "current_context")


def _keep_trace(
    runtime: Runtime,
    office: Office | None,
    asked: FunctionCall,
    given: Answer,
    at: object,
    milliseconds: float,
) -> None:
    current = trace.current() or trace.Trace()
    name = asked.name if asked.known else "unknown"
    current.function = current.just_ended(name, milliseconds, given.status)
    current.told.update(
        function=name,
        outcome=given.status,
        cache=current.cache,
    )
    if asked.warnings:
        current.told["warnings"] = list(asked.warnings)
    if office is None:
        return
    current.told["company_id"] = office.company_id
    runtime.traces.write(
        {
            "company_id": office.company_id,
            "call_id": asked.call.call_id,
            "at": at,
            "function": name,
            "arguments": shown_arguments(asked.args, [each.name for each in office.services]),
            "status": given.status,
            "success": given.success,
            "milliseconds": round(milliseconds, 2),
            "queries": current.queries,
            "redis_trips": current.redis_trips,
            "calcom_ms": round(current.spent_ms("calcom"), 2),
            "cache": current.cache,
            "error": current.error,
            "request_id": current.request_id,
            "steps": [step.as_dict() for step in current.steps],
        }
    )
