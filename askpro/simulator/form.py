"""Does a booking answer what the event type's form asks? (calcom.md §3, the field errors)"""

from __future__ import annotations

from typing import Any

from askpro.simulator import refusals
from askpro.simulator.contract.requests import CreateBooking
from askpro.simulator.world import BookingField, EventType

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "boolean": (bool,),
    "multiselect": (list,),
    "checkbox": (list,),
    "multiemail": (list,),
}
_STANDARD = ("name", "email", "attendeePhoneNumber", "title", "notes", "guests", "location")


def check_answers(kind: EventType, wish: CreateBooking) -> None:
    """Raise the refusal of the first field that is missing or wrong."""
    if kind.phone_required and not wish.attendee.phoneNumber:
        raise refusals.bad_request(
            "Missing attendee phone number - it is required by the event type. "
            'Pass it as "attendee.phoneNumber" in the request.'
        )
    if kind.email_verification and not wish.emailVerificationCode:
        raise refusals.bad_request(
            "Email verification code is required for this event type. "
            "Please provide it as 'emailVerificationCode'."
        )
    answers = wish.bookingFieldsResponses
    for asked in kind.fields:
        if asked.slug in answers:
            _check(asked, answers[asked.slug])
        elif asked.required:
            raise refusals.bad_request(
                f"Missing required booking field response: {asked.slug}. "
                "Please provide it in bookingFieldsResponses."
            )
    if wish.recurrenceCount and not kind.recurring:
        raise refusals.bad_request("Can't pass 'recurrenceCount': event type is not recurring.")
    known = {asked.slug for asked in kind.fields} | set(_STANDARD)
    for slug in answers:
        if slug not in known:
            raise refusals.bad_request(
                f"Booking field with slug '{slug}' does not exist on event type {kind.id}."
            )


def _check(asked: BookingField, answer: Any) -> None:
    wanted = _PYTHON_TYPES.get(asked.type, (str,))
    if not isinstance(answer, wanted) or (isinstance(answer, bool) and bool not in wanted):
        raise refusals.bad_request(
            f"Invalid type for booking field '{asked.slug}'. Expected a value compatible with "
            f"field type '{asked.type}', but received {type(answer).__name__}."
        )
    if asked.options:
        for one in answer if isinstance(answer, list) else [answer]:
            if one not in asked.options:
                raise refusals.bad_request(
                    f"Invalid option '{one}' for booking field '{asked.slug}'. "
                    f"Allowed options are: {', '.join(asked.options)}."
                )
