"""A company's services as its Cal.com event types say: new, renamed, changed, removed.

What people gave a service here stays theirs: synonyms, price, order, gaps, rules. What Cal.com
decides follows Cal.com: name, length, notice, seats, and whether a voice agent can book it at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.booking.hours_text import parse_hours
from askpro.errors import InvalidInput
from askpro.providers.calcom import EventType, Schedule
from askpro.services import audit, calendar
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store.models import Branch, Company, ServiceRow

#: Cal.com's reasons (:class:`~askpro.providers.calcom.EventType`) as a caller may hear them.
_WHY_NOT = {
    "email_verification": "dafür muss zuerst die E-Mail-Adresse bestätigt werden",
    "paid": "dieser Termin wird online bezahlt",
    "recurring": "Serientermine werden nicht am Telefon gebucht",
    "managed_parent": "das ist nur die Vorlage einer Terminart",
    "required_field": "dafür sind Angaben nötig, die nur online abgefragt werden",
}
#: A schedule's days (calcom.md §5) as opening hours name them.
_DAYS = {
    "monday": "Mo", "tuesday": "Di", "wednesday": "Mi", "thursday": "Do",
    "friday": "Fr", "saturday": "Sa", "sunday": "So",
}  # fmt: skip
_AFTER_ALL = 1_000


@dataclass(frozen=True)
class Change:
    """``kind``: new, renamed, changed, back, removed, refused. ``detail`` says what, in words."""

    kind: str
    event_type_id: int
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Synced:
    """What a look at Cal.com changed for one company; ``refused`` changes are standing facts,
    ``hours`` new ones."""

    company_id: int
    name: str
    services: int
    changes: tuple[Change, ...]
    hours: str | None = None

    @property
    def new(self) -> list[str]:
        return self._named("new")

    @property
    def changed(self) -> list[str]:
        return list(dict.fromkeys(self._named("back", "renamed", "changed")))

    @property
    def removed(self) -> list[str]:
        return self._named("removed")

    @property
    def not_bookable(self) -> dict[str, str]:
        """Name → the German reason."""
        return {each.name: each.detail for each in self.changes if each.kind == "refused"}

    def _named(self, *kinds: str) -> list[str]:
        return [each.name for each in self.changes if each.kind in kinds]


def sync_services(
    runtime: Runtime, company_id: int, *, with_hours: bool = False, keep: bool = True
) -> Synced:
    """Ask Cal.com what the company offers and take it over; ``keep`` False only tells.

    ``with_hours`` also takes the opening hours from the default schedule, where the company has
    one branch. Raises :class:`InvalidInput` when the company cannot be asked for, and
    :class:`~askpro.errors.CalcomError`.
    """
    office = runtime.directory.office(company_id)
    if office is None:
        raise InvalidInput("company", f"Company {company_id} has no branch.")
    if not office.calcom.api_key:
        raise InvalidInput(
            "calcom_api_key",
            f"There is no Cal.com key for {office.company_name}: set CALCOM_API_KEY or its own.",
        )
    client = runtime.calcom(office)
    types = client.event_types(_username(runtime, office))
    hours = _hours_text(client.schedules()) if with_hours else None
    now = runtime.clock.now()
    with runtime.database.of_company(company_id, write=True) as session:
        changes = _take_over(session, types, now)
        if hours is not None:
            hours = _set_hours(session, hours)
        count = sum(1 for row in session.scalars(select(ServiceRow)) if row.removed_at is None)
        if keep:
            _note(session, company_id, changes, hours, now)
        else:
            session.rollback()
    if keep and (changes or hours):
        runtime.directory.changed()
        calendar.drop(runtime, company_id)
    return Synced(company_id, office.company_name, count, changes, hours)


def _username(runtime: Runtime, office: Office) -> str:
    """The company's Cal.com user; with a key of its own the key knows."""
    with runtime.database.unrestricted_unsafe() as session:
        named, own_key = session.execute(
            select(Company.calcom_username, Company.calcom_api_key).where(
                Company.id == office.company_id
            )
        ).one()
    if named:
        return str(named)
    user = runtime.calcom(office).me() if own_key else None
    if user is None or user.username is None:
        raise InvalidInput(
            "calcom_username", f"{office.company_name} has no Cal.com user name to look for."
        )
    with runtime.database.unrestricted_unsafe(write=True) as session:
        company = session.get_one(Company, office.company_id)
        company.calcom_username, company.calcom_user_id = user.username, user.id
    return user.username


def _take_over(session: Session, types: Sequence[EventType], now: datetime) -> tuple[Change, ...]:
    rows = {row.event_type_id: row for row in session.scalars(select(ServiceRow))}
    changes: list[Change] = []
    for place, kind in enumerate(types):
        row = rows.pop(kind.id, None)
        if row is None:
            row = ServiceRow(event_type_id=kind.id, priority=_AFTER_ALL + place, synonyms=[])
            session.add(row)
            changes.append(Change("new", kind.id, kind.title, f"{kind.minutes} minutes"))
        else:
            changes += _differences(row, kind)
        _follow(row, kind)
        if row.why_not:
            changes.append(Change("refused", kind.id, kind.title, row.why_not))
    for row in rows.values():
        if row.removed_at is None:
            row.removed_at = now
            changes.append(Change("removed", row.event_type_id, row.name))
    session.flush()
    return tuple(changes)


def _differences(row: ServiceRow, kind: EventType) -> list[Change]:
    found = []
    if row.removed_at is not None:
        found.append(Change("back", kind.id, kind.title))
    if row.name != kind.title:
        found.append(Change("renamed", kind.id, kind.title, f"was {row.name}"))
    changed = [
        f"{name} {old} → {new}"
        for name, old, new in (
            ("minutes", row.minutes, kind.minutes),
            ("notice", row.notice_minutes, kind.notice_minutes),
            ("seats", row.seats, kind.seats),
        )
        if old != new
    ]
    if changed:
        found.append(Change("changed", kind.id, kind.title, ", ".join(changed)))
    return found


def _follow(row: ServiceRow, kind: EventType) -> None:
    if row.name and row.name != kind.title and row.name not in row.synonyms:
        # Regulars go on asking for what it used to be called.
        row.synonyms = [*row.synonyms, row.name]
    row.name = kind.title
    row.slug = kind.slug[:120]
    row.minutes = kind.minutes
    row.multi_length = kind.multi_length
    row.notice_minutes = kind.notice_minutes
    row.seats = kind.seats
    row.removed_at = None
    row.why_not = why_not(kind)
    row.bookable = row.why_not is None


def why_not(kind: EventType) -> str | None:
    """The German reason why a voice agent can't book this type; None where it can."""
    words = [word.partition(":")[0] for word in kind.why_not]
    return next((_WHY_NOT[word] for word in words if word in _WHY_NOT), None)


def _note(
    session: Session,
    company_id: int,
    changes: Sequence[Change],
    hours: str | None,
    now: datetime,
) -> None:
    kinds = [change.kind for change in changes if change.kind != "refused"]
    counts = dict(Counter([*kinds, *(["hours"] if hours else [])]))
    if not counts:
        return
    audit.write(
        session,
        audit.COMMAND_LINE,
        "services_synced",
        at=now,
        company_id=company_id,
        detail=counts,
    )


# -- hours ----------------------------------------------------------------------------------------


def _hours_text(schedules: Sequence[Schedule]) -> str | None:
    """The default schedule, written as opening hours are."""
    chosen = next((each for each in schedules if each.is_default), None)
    if chosen is None or not chosen.availability:
        return None
    return ", ".join(
        f"{_DAYS[day.lower()]} {opens[:5]}-{closes[:5]}"
        for days, opens, closes in chosen.availability
        for day in days
        if day.lower() in _DAYS
    )


def _set_hours(session: Session, text: str) -> str | None:
    """``text``, if the branch was open at other times before."""
    branches = session.scalars(select(Branch)).all()
    if len(branches) != 1:
        return None
    (branch,) = branches
    known = branch.hours
    hours = parse_hours(
        text,
        ZoneInfo(branch.timezone),
        bundesland=branch.bundesland,
    ).to_json()
    branch.hours = {**hours, "holidays": known.get("holidays", []), "note": known.get("note", "")}
    return text if branch.hours != known else None
