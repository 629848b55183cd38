"""GET /v2/bookings: its filters, order and pages (calcom.md §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from askpro.simulator import refusals
from askpro.simulator.bookings import Booking
from askpro.simulator.calendar import Calendar

STATUSES = ("upcoming", "past", "cancelled", "recurring", "unconfirmed")
_SORTS: dict[str, Callable[[Booking], datetime]] = {
    "sortStart": lambda row: row.start,
    "sortEnd": lambda row: row.end,
    "sortCreated": lambda row: row.created_at,
    "sortUpdatedAt": lambda row: row.updated_at,
}
_BOUNDS: dict[str, Callable[[Booking, datetime], bool]] = {
    "afterStart": lambda row, at: row.start >= at,
    "beforeEnd": lambda row, at: row.end <= at,
    "afterCreatedAt": lambda row, at: row.created_at >= at,
    "beforeCreatedAt": lambda row, at: row.created_at <= at,
    "afterUpdatedAt": lambda row, at: row.updated_at >= at,
    "beforeUpdatedAt": lambda row, at: row.updated_at <= at,
}


@dataclass(frozen=True)
class Page:
    rows: list[Booking]
    total: int
    take: int
    skip: int


def search(
    calendar: Calendar, query: Mapping[str, str], may_see: Callable[[Booking], bool]
) -> Page:
    """The page that ``query`` (the URL's) asks for; CalRefusal 400 where it makes no sense."""
    take = _whole(query, "take", 100, 1, 250)
    skip = _whole(query, "skip", 0, 0, 10_000_000)
    with calendar.lock:
        email = query.get("attendeeEmail")
        rows: Iterable[Booking] = (
            calendar.shelf.with_email(email) if email else calendar.shelf.all()
        )
        tests = _tests(query, calendar.clock.now())
        found = [row for row in rows if may_see(row) and all(test(row) for test in tests)]
        found.sort(key=lambda row: (row.start, row.id))
        for name, key in _SORTS.items():
            if name in query:
                if query[name] not in ("asc", "desc"):
                    raise _invalid(name, "must be one of the following values: asc, desc")
                found.sort(key=key, reverse=query[name] == "desc")
        return Page(found[skip : skip + take], len(found), take, skip)


def _tests(query: Mapping[str, str], now: datetime) -> list[Callable[[Booking], bool]]:
    tests: list[Callable[[Booking], bool]] = []
    for name, in_bound in _BOUNDS.items():
        if name in query:
            at = _instant(query, name)
            tests.append(partial(_in_bound, in_bound, at))
    if "status" in query:
        asked = [word for word in query["status"].split(",") if word]
        for word in asked:
            if word not in STATUSES:
                raise _invalid("status", f"must be one of: {', '.join(STATUSES)}")
        tests.append(lambda row: any(has_status(row, word, now) for word in asked))
    if "attendeeName" in query:
        name = query["attendeeName"]
        tests.append(lambda row: any(a.name == name for a in row.attendees))
    if "bookingUid" in query:
        uid = query["bookingUid"]
        tests.append(lambda row: row.uid == uid)
    wanted = query.get("eventTypeIds") or query.get("eventTypeId")
    if wanted:
        try:
            ids = {int(word) for word in wanted.split(",")}
        except ValueError:
            raise _invalid("eventTypeIds", "must be a comma separated list of numbers") from None
        tests.append(lambda row: row.event_type.id in ids)
    if "teamId" in query or "teamsIds" in query:
        tests.append(lambda row: False)  # Nobody here belongs to a team.
    return tests


def _in_bound(in_bound: Callable[[Booking, datetime], bool], at: datetime, row: Booking) -> bool:
    return in_bound(row, at)


def has_status(row: Booking, word: str, now: datetime) -> bool:
    """Cal.com's list statuses, which are not the booking's own."""
    if word == "cancelled":
        return not row.active
    if word == "past":
        return row.active and row.end <= now
    if word == "unconfirmed":
        return row.status == "pending" and row.end >= now
    if word == "recurring":
        return row.active and row.end >= now and row.recurring_uid is not None
    return row.active and row.end >= now


def _whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    raw = query.get(name)
    if raw is None:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise _invalid(name, "must be an integer number") from None
    if not least <= value <= most:
        raise _invalid(name, f"must be from {least} to {most}")
    return value


def _instant(query: Mapping[str, str], name: str) -> datetime:
    try:
        value = datetime.fromisoformat(query[name])
    except ValueError:
        raise _invalid(name, "must be a valid ISO 8601 date string") from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _invalid(name: str, why: str) -> refusals.CalRefusal:
    return refusals.invalid_fields(
        [{"property": name, "constraints": {"isValid": f"{name} {why}"}, "children": []}]
    )
