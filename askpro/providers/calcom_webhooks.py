"""Cal.com's webhooks: the signature over the raw body, and the event thinned to what is kept.

Facts from calcom.md §7: no time stamp and no delivery id is signed, so one body may come twice and
in any order; ``BOOKING_NO_SHOW_UPDATED`` names the booking ``bookingUid``, ``MEETING_*`` are flat
and carry the *booking's* ``createdAt``, old integrations write ``BOOKING.CREATED``, a move on a
type that needs confirmation arrives as ``BOOKING_REQUESTED`` with ``rescheduleUid`` (#21169).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import datetime
from itertools import islice
from typing import Any

from askpro.errors import BadRequest
from askpro.providers import fields
from askpro.providers.calcom_people import real_email
from askpro.providers.json_body import load_object

_SIGNATURE = re.compile(r"[0-9a-f]{64}")
#: Bookings' and seats'. A slash would be read as what stands between the two.
_UID = re.compile(r"[A-Za-z0-9_-]{1,100}")
KNOWN = frozenset(
    {
        "BOOKING_CREATED",
        "BOOKING_REQUESTED",
        "BOOKING_RESCHEDULED",
        "BOOKING_CANCELLED",
        "BOOKING_REJECTED",
        "BOOKING_NO_SHOW_UPDATED",
        "MEETING_STARTED",
        "MEETING_ENDED",
        "OOO_CREATED",
        "PING",
    }
)
_FLAT = frozenset({"MEETING_STARTED", "MEETING_ENDED"})
_KEPT_METADATA = 50
_INSTANTS = frozenset({"start", "end", "created_at", "previous_start"})


def sign_calcom(raw: bytes, secret: str) -> str:
    """The ``X-Cal-Signature-256`` that Cal.com would send for ``raw``."""
    return hmac.digest(secret.encode(), raw, "sha256").hex()


def verify_calcom(raw: bytes, secrets: Iterable[str], header: str | None) -> str | None:
    """The secret among ``secrets`` that signed ``raw``, or None. Constant time over all of them.

    An empty secret is none, and so is Cal.com's literal ``no-secret-provided``.
    """
    if not isinstance(header, str) or not _SIGNATURE.fullmatch(header):
        return None
    matching = None
    for secret in secrets:
        if hmac.compare_digest(sign_calcom(raw, secret), header) and secret:
            matching = secret
    return matching


@dataclass(frozen=True, slots=True)
class CalcomEvent:
    """One webhook. Instants are aware and UTC; ``status`` is in small letters.

    ``trigger`` is Cal.com's name with underscores. ``uid`` is the booking the event is about; after
    a move it is the new one and ``previous_uid`` the old. ``sequence`` (iCalendar) orders events of
    one booking, then ``created_at``, which is None for ``MEETING_*``. ``email`` is None where
    Cal.com stands in an address of its own for a missing one. A booking uid is a bearer secret:
    never log or show it.

    An absence (``OOO_CREATED``) has an organizer and the instants, and no booking.

    ``dedupe_key`` is equal for equal events of one subscription, ``digest`` hashes the body.
    """

    trigger: str
    dedupe_key: str
    digest: str
    uid: str | None = None
    previous_uid: str | None = None
    booking_id: int | None = None
    event_type_id: int | None = None
    status: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    previous_start: datetime | None = None
    created_at: datetime | None = None
    sequence: int | None = None
    reason: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    seat_uid: str | None = None
    no_show: bool | None = None
    organizer_id: int | None = None
    organizer_username: str | None = None
    gw_key: str | None = None
    metadata: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def known(self) -> bool:
        """Whether this product acts on the trigger."""
        return self.trigger in KNOWN

    @property
    def moves(self) -> bool:
        """Whether an earlier booking was replaced by this one, whatever the trigger says."""
        return self.previous_uid is not None

    def to_json(self) -> dict[str, Any]:
        """What the inbox stores: JSON types only, without empty fields."""
        stored: dict[str, Any] = {}
        for f in dataclass_fields(self):
            value = getattr(self, f.name)
            if isinstance(value, datetime):
                value = value.isoformat()
            if value is not None and value != {}:
                stored[f.name] = value
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> CalcomEvent:
        """The event that :meth:`to_json` stored, here or in a newer release that was taken back."""
        known = {each.name for each in dataclass_fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        for name in _INSTANTS & values.keys():
            values[name] = datetime.fromisoformat(values[name])
        return cls(**values)


def parse_calcom_event(raw: bytes) -> CalcomEvent:
    """Read a webhook body. Call it only after the signature was verified.

    Raises :class:`BadRequest` naming the field when the body is no JSON object, names no trigger,
    or carries a payload that is no object; :class:`~askpro.errors.TooLarge` for a hostile shape.
    Everything else that is strange is left out: a refused webhook is never sent again.
    """
    body = load_object(raw)
    trigger = _trigger(body.get("triggerEvent"))
    booking = _booking(trigger, body)
    uid = _uid(booking.get("uid") or booking.get("bookingUid"))
    created_at = fields.instant(body.get("createdAt"))
    digest = hashlib.sha256(raw).hexdigest()
    # Without a booking there is no customer either: the PING button sends an invented attendee.
    attendees = fields.items(booking.get("attendees")) if uid else []
    attendee = fields.mapping(attendees[0]) if attendees else fields.NOTHING
    responses = fields.mapping(booking.get("responses")) if uid else fields.NOTHING
    organizer = fields.mapping(booking.get("organizer") or booking.get("user"))
    metadata = _metadata(booking)
    start = fields.instant(booking.get("startTime") or booking.get("start"))
    return CalcomEvent(
        trigger=trigger,
        dedupe_key=_dedupe_key(trigger, uid, created_at, digest),
        digest=digest,
        uid=uid,
        previous_uid=_uid(booking.get("rescheduleUid")),
        booking_id=fields.whole(booking.get("bookingId", booking.get("id"))) if uid else None,
        event_type_id=fields.narrow(booking.get("eventTypeId")),
        status=(fields.text(booking.get("status"), 40) or "").lower() or None,
        start=start,
        end=fields.later(fields.instant(booking.get("endTime") or booking.get("end")), start),
        previous_start=fields.instant(booking.get("rescheduleStartTime")),
        created_at=None if trigger in _FLAT else created_at,
        sequence=fields.narrow(booking.get("iCalSequence")),
        reason=fields.text(
            booking.get("cancellationReason") or booking.get("rejectionReason"), 500
        ),
        name=fields.text(attendee.get("name") or _answer(responses, "name"), 150),
        email=real_email(attendee.get("email") or _answer(responses, "email")),
        phone=fields.text(
            attendee.get("phoneNumber") or _answer(responses, "attendeePhoneNumber"), 50
        ),
        seat_uid=_seat_uid(booking, attendees),
        no_show=fields.flag(attendee.get("noShow")),
        organizer_id=fields.narrow(organizer.get("id")),
        organizer_username=fields.text(organizer.get("username"), 200),
        gw_key=metadata.get("gw_key"),
        metadata=metadata,
    )


def _trigger(value: object) -> str:
    name = fields.text(value, 64)
    if name is None:
        raise BadRequest(field="triggerEvent")
    return name.upper().replace(".", "_")


def _booking(trigger: str, body: dict[str, Any]) -> Mapping[str, Any]:
    payload = body.get("payload")
    if payload is None:
        return body if trigger in _FLAT or "uid" in body else fields.NOTHING
    if type(payload) is not dict:
        raise BadRequest(field="payload")
    return fields.mapping(payload["oooEntry"]) if "oooEntry" in payload else payload


def _dedupe_key(trigger: str, uid: str | None, created_at: datetime | None, digest: str) -> str:
    """Two bookings of one trigger and second differ by uid; what names none, by its bytes.

    ``MEETING_*`` carry the booking's time of creation, which is as good: each happens once.
    """
    if uid is None or created_at is None:
        return f"{trigger}:{digest[:32]}"
    return f"{trigger}:{uid}:{created_at.isoformat()}"


def _uid(value: object) -> str | None:
    """A uid as Cal.com makes them; anything else, cut or whole, would be another's or nobody's."""
    uid = fields.text(value, 200)
    return uid if uid and _UID.fullmatch(uid) else None


def _seat_uid(booking: Mapping[str, Any], attendees: list[Any]) -> str | None:
    """The seat that an event is about; None for the whole booking."""
    named = _uid(booking.get("attendeeSeatId"))
    if named or len(attendees) != 1:
        return named
    attendee = fields.mapping(attendees[0])
    seat = fields.mapping(attendee.get("bookingSeat")).get("referenceUid")
    return _uid(attendee.get("seatUid") or seat)


def _metadata(booking: Mapping[str, Any]) -> dict[str, str]:
    kept = {}
    for name, value in islice(fields.mapping(booking.get("metadata")).items(), _KEPT_METADATA):
        key, read = fields.text(name, 40), fields.text(value, 500)
        if key and read:
            kept[key] = read
    return kept


def _answer(responses: Mapping[str, Any], slug: str) -> object:
    return fields.mapping(responses.get(slug)).get("value")
