"""What a caller hears about appointments: booked, requested, moved, cancelled, found, refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from askpro.booking.policy import Refusal
from askpro.booking.wording.moments import (
    Listener,
    day_clause,
    joined,
    spoken_time,
    stretch,
    whens,
)
from askpro.booking.wording.numbers import before_noun, counted, price
from askpro.booking.wording.speech import (
    CALLBACK_OFFER,
    first_fit,
    for_service,
    sayable,
    sentence,
)

Action = Literal["query", "reschedule", "cancel"]

_DOING = {"query": "nennen", "reschedule": "verschieben", "cancel": "absagen"}
_DONE = {"reschedule": "verschoben", "cancel": "abgesagt"}
_NOUN = {"reschedule": "Verschiebung", "cancel": "Absage"}


@dataclass(frozen=True)
class Entry:
    """An appointment as it is told: ``confirmed`` false while the host or Cal.com has not yet,
    ``name`` whose it is where nothing else tells it from another."""

    start: datetime
    service: str | None = None
    confirmed: bool = True
    name: str | None = None

    @property
    def told(self) -> str:
        """What it is for, or for whom."""
        names = sayable([self.name])
        return f" auf den Namen {names[0]}" if names else for_service(self.service)


# -- booking ----------------------------------------------------------------------------------


def booked(
    at: Listener, start: datetime, service: str | None = None, *, beside: datetime | None = None
) -> str:
    """Exactly one booking stands; ``beside`` is when another one of this call does."""
    return sentence(
        f"Ihr Termin{for_service(service)} {whens(at, [start])} ist fest gebucht.",
        f"Ihr Termin {whens(at, [beside])} bleibt ebenfalls bestehen." if beside else "",
        "Wir freuen uns auf Sie.",
    )


def already_booked(at: Listener, entry: Entry) -> str:
    """The caller wants a time at which they have this very appointment."""
    return sentence(
        f"Den Termin{for_service(entry.service)} {whens(at, [entry.start])} haben Sie bereits.",
        "Er ist fest gebucht." if entry.confirmed else "Er ist noch nicht bestätigt.",
    )


def booked_together(at: Listener, parts: Sequence[Entry]) -> str:
    """All parts of a composite service stand, back to back."""
    names = sayable(part.service for part in parts)
    return sentence(
        f"Ihr Termin {whens(at, [parts[0].start])} ist fest gebucht.",
        f"Nacheinander machen wir {joined(names)}." if names else "",
        "Wir freuen uns auf Sie.",
    )


def requested(at: Listener, start: datetime, service: str | None = None) -> str:
    """Cal.com has it as pending: the host still has to confirm."""
    return sentence(
        f"Ich habe Ihren Termin{for_service(service)} {whens(at, [start])} angefragt.",
        "Er ist noch nicht fest, wir bestätigen ihn so bald wie möglich.",
    )


def pending(at: Listener, start: datetime, service: str | None = None) -> str:
    """The outcome of a booking is not known yet; the wish is written down and will be settled."""
    return sentence(
        f"Ihren Terminwunsch{for_service(service)} {whens(at, [start])} habe ich notiert.",
        "Die Bestätigung steht noch aus, Sie brauchen nichts weiter zu tun.",
    )


# -- moving and cancelling --------------------------------------------------------------------


def rescheduled(
    at: Listener, new: datetime, service: str | None = None, *, fee_cents: int = 0
) -> str:
    return sentence(
        f"Ich habe Ihren Termin{for_service(service)} verschoben. Er ist jetzt {whens(at, [new])}.",
        _fee(fee_cents, "reschedule"),
    )


def reschedule_requested(at: Listener, new: datetime, service: str | None = None) -> str:
    """The move awaits the host's confirmation."""
    return sentence(
        f"Die Verschiebung Ihres Termins{for_service(service)} habe ich angefragt. "
        f"Neu wäre er {whens(at, [new])}, das bestätigen wir Ihnen noch."
    )


def change_pending(at: Listener, action: Action, entry: Entry) -> str:
    """The outcome of moving or cancelling is not known yet."""
    return sentence(
        f"Ihren Wunsch, den Termin{for_service(entry.service)} {whens(at, [entry.start])} "
        f"zu {_infinitive(action)}, habe ich notiert.",
        "Die Bestätigung steht noch aus, Sie brauchen nichts weiter zu tun.",
    )


def ready(at: Listener, entry: Entry) -> str:
    """The appointment is found, the new time is missing."""
    return sentence(
        f"Ihr Termin{for_service(entry.service)} ist {whens(at, [entry.start])}.",
        "Auf wann möchten Sie ihn verschieben?",
    )


def cancelled(at: Listener, entry: Entry, *, fee_cents: int = 0) -> str:
    return sentence(
        f"Ihr Termin{for_service(entry.service)} {whens(at, [entry.start])} ist abgesagt.",
        _fee(fee_cents, "cancel"),
        "Möchten Sie einen neuen Termin vereinbaren?",
    )


def already_cancelled(at: Listener, entry: Entry) -> str:
    return sentence(
        f"Ihr Termin{for_service(entry.service)} {whens(at, [entry.start])} war bereits abgesagt.",
        "Möchten Sie einen neuen Termin vereinbaren?",
    )


def confirm_change(at: Listener, action: Action, entry: Entry, *, fee_cents: int = 0) -> str:
    """Before something that costs or can't be undone: names the appointment and asks."""
    return sentence(
        f"Sie haben einen Termin{for_service(entry.service)} {whens(at, [entry.start])}.",
        _fee(fee_cents, action),
        f"Soll ich ihn wirklich {_DOING[action]}?",
    )


def kept(at: Listener, action: Action, entry: Entry, *, fee_cents: int = 0) -> str:
    """The caller said no to the change."""
    return sentence(
        f"Gut, Ihr Termin{for_service(entry.service)} {whens(at, [entry.start])} bleibt bestehen.",
        _fee(fee_cents, action),
        f"Oder soll ich ihn doch {_DOING[action]}?",
    )


def which_one(at: Listener, entries: Sequence[Entry], action: Action) -> str:
    """Several appointments fit: names them and asks."""
    return first_fit(
        f"{listing} Welchen davon möchten Sie {_DOING[action]}?"
        for listing in _listings(at, entries)
    )


def not_found(
    at: Listener, action: Action, day: date | None = None, until: date | None = None
) -> str:
    """No appointment of this caller fits: on ``day``, or until the day ``until``."""
    if day is None:
        return sentence(
            "Unter Ihrer Rufnummer finde ich leider keinen Termin.",
            "Möchten Sie einen neuen vereinbaren?",
        )
    where = stretch(at, day, until)
    question = which_of_yours(action)
    return sentence(
        f"{where} finde ich unter Ihrer Rufnummer leider keinen Termin.",
        "Möchten Sie einen neuen vereinbaren?" if action == "query" else question,
    )


def which_of_yours(action: Action) -> str:
    """Asks for the day of an appointment that stands."""
    return f"An welchem Tag ist der Termin, den Sie {_DOING[action]} möchten?"


def old_day_unclear(action: Action) -> str:
    """The day of the appointment that is to be changed was not understood."""
    return sentence("Den Tag habe ich leider nicht verstanden.", which_of_yours(action))


def not_allowed(action: Action) -> str:
    """An anonymous caller may not read, move or cancel anything."""
    refusal = (
        "Da Ihre Rufnummer unterdrückt ist, kann ich Ihnen aus Datenschutzgründen "
        f"keine Termine {_DOING[action]}."
        if action == "query"
        else "Da Ihre Rufnummer unterdrückt ist, darf ich aus Datenschutzgründen "
        f"keinen Termin {_DOING[action]}."
    )
    return sentence(
        refusal, "Unter welcher Nummer dürfen wir Sie zurückrufen, um das für Sie zu erledigen?"
    )


def not_movable(at: Listener, entry: Entry) -> str:
    """An appointment that can't be moved by voice, such as one of several parts."""
    return sentence(
        f"Ihren Termin{for_service(entry.service)} {whens(at, [entry.start])} kann ich am Telefon "
        "leider nicht verschieben, er bleibt bestehen.",
        CALLBACK_OFFER,
    )


def refused(refusal: Refusal, action: Action) -> str:
    """A policy of the business is against it; says which one."""
    if refusal.reason == "too_late":
        within = _notice(refusal.limit)
        why = f"Eine {_NOUN[action]} ist leider nur bis {within} vor dem Termin möglich."
    elif refusal.limit == 0:
        why = f"Eine {_NOUN[action]} ist bei uns leider nicht möglich."
    elif refusal.limit == 1:
        why = (
            "Pro Monat ist leider nur eine Terminänderung möglich, und diese haben Sie schon "
            "genutzt."
        )
    else:
        why = (
            f"Pro Monat sind leider nur {before_noun(refusal.limit)} Terminänderungen möglich, "
            "und diese haben Sie schon genutzt."
        )
    return sentence(why, "Ihr Termin bleibt bestehen.", CALLBACK_OFFER)


# -- asking -----------------------------------------------------------------------------------


def found(at: Listener, entries: Sequence[Entry]) -> str:
    """The caller's appointments."""
    if len(entries) == 1:
        return sentence(*_told(at, entries[0]))
    return first_fit(_listings(at, entries))


def none_found(at: Listener, day: date | None = None, until: date | None = None) -> str:
    return not_found(at, "query", day, until)


def _told(at: Listener, entry: Entry) -> Iterator[str]:
    yield f"Sie haben einen Termin{for_service(entry.service)} {whens(at, [entry.start])}."
    if not entry.confirmed:
        yield "Er ist noch nicht bestätigt."


def _listings(at: Listener, entries: Sequence[Entry]) -> Iterator[str]:
    """Ever shorter ways to name several appointments."""
    total = before_noun(len(entries))
    for count in range(len(entries), 0, -1):
        lead = f"Sie haben {total} Termine" + ("" if count == len(entries) else ", zum Beispiel")
        days = [
            (day, list(group)) for day, group in groupby(entries[:count], lambda e: at.day(e.start))
        ]
        if len(days) == 1:
            day = day_clause(days[0][0], at.today)
            yield f"{lead} {day} {joined([_at_time(at, e) for e in days[0][1]])}."
        else:
            told = [f"{whens(at, [e.start])}{e.told}" for e in entries[:count]]
            yield f"{lead}: {joined(told)}."


def _at_time(at: Listener, entry: Entry) -> str:
    return f"um {spoken_time(at.local(entry.start).time())}{entry.told}"


def _infinitive(action: Action) -> str:
    return {"query": "nennen", "reschedule": "verschieben", "cancel": "stornieren"}[action]


def _fee(cents: int, action: Action) -> str:
    if not cents:
        return ""
    return f"Für die {_NOUN[action]} berechnen wir {price(cents, accusative=True)}."


def _notice(hours: int) -> str:
    days, rest = divmod(hours, 24)
    if days > 1 and not rest:
        return f"{before_noun(days)} Tage"
    return counted(hours, "Stunde", "Stunden", "f")
