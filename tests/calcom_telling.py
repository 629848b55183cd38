"""What Cal.com tells of bookings, by the few words that matter; the rest is plausible."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from askpro.providers.calcom_webhooks import CalcomEvent, parse_calcom_event

#: The hairdresser of the golden world.
HAIRCUT, ORGANIZER = 3100411, 51001
TORBEN = {
    "name": "Torben Wackernagel",
    "email": "torben.wackernagel@example.com",
    "phoneNumber": "+4917604069012",
}
_STATUS = {
    "BOOKING_REQUESTED": "PENDING",
    "BOOKING_CANCELLED": "CANCELLED",
    "BOOKING_REJECTED": "REJECTED",
}


def body(
    trigger: str,
    uid: str,
    *,
    at: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
    attendee: dict[str, Any] | None = None,
    event_type: int = HAIRCUT,
    organizer: int = ORGANIZER,
    previous: str | None = None,
    key: str | None = None,
    seat: str | None = None,
    sequence: int = 0,
    no_show: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A webhook body. ``at`` is when it was sent, ``previous`` the uid that ``uid`` replaces."""
    person = dict(TORBEN if attendee is None else attendee)
    sent = _text(at)
    if trigger == "BOOKING_NO_SHOW_UPDATED":
        marked = {"email": person["email"], "noShow": no_show}
        payload: dict[str, Any] = {"bookingUid": uid, "attendees": [marked], **more}
        return {"triggerEvent": trigger, "createdAt": sent, "payload": payload}
    payload = {
        "uid": uid,
        "bookingId": sum(map(ord, uid)),
        "eventTypeId": event_type,
        "status": _STATUS.get(trigger, "ACCEPTED"),
        "organizer": {"id": organizer, "username": "salon-quittenberg"},
        "attendees": [person],
        "iCalSequence": sequence,
        "metadata": {"gw_key": key} if key else {},
    }
    if start is not None:
        payload["startTime"] = _text(start)
    if end is not None:
        payload["endTime"] = _text(end)
    if previous:
        payload["rescheduleUid"] = previous
    if seat:
        payload["attendeeSeatId"] = seat
    payload.update(more)
    if trigger.startswith("MEETING_"):
        return {"triggerEvent": trigger, "createdAt": sent, **payload}
    return {"triggerEvent": trigger, "createdAt": sent, "payload": payload}


def raw(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def event(trigger: str, uid: str, **said: Any) -> CalcomEvent:
    """:func:`body`, as it is read."""
    return parse_calcom_event(raw(body(trigger, uid, **said)))


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
