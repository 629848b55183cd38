"""Questions back to the caller, and what can't be right about what they said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from askpro.booking.model import Service
from askpro.booking.wording.moments import Listener, day_clause, joined
from askpro.booking.wording.numbers import length
from askpro.booking.wording.speech import CALLBACK_OFFER, first_fit, sayable, sentence, speakable

Problem = Literal["missing", "unreadable", "too_long", "out_of_range"]

#: Field -> (article and noun, pronoun, question when it is missing).
_FIELDS = {
    "name": ("Der Name", "ihn", "Auf welchen Namen darf ich den Termin eintragen?"),
    "email": ("Die E-Mail-Adresse", "sie", "Wie lautet Ihre E-Mail-Adresse?"),
    "phone": ("Die Telefonnummer", "sie", "Unter welcher Telefonnummer erreichen wir Sie?"),
    "service": ("Die Leistung", "sie", "Welche Leistung wünschen Sie?"),
    "date": ("Das Datum", "es", "Für welchen Tag wünschen Sie den Termin?"),
    "time": ("Die Uhrzeit", "sie", "Um wie viel Uhr möchten Sie kommen?"),
    "datetime": ("Der Zeitpunkt", "ihn", "Wann möchten Sie kommen?"),
    "duration": ("Die Dauer", "sie", "Wie lange soll der Termin dauern?"),
    "notes": ("Die Anmerkung", "sie", "Was darf ich zum Termin notieren?"),
    "reason": ("Der Grund", "ihn", "Was darf ich als Grund notieren?"),
    "window": ("Die Wunschzeit", "sie", "Wann passt Ihnen ein Rückruf?"),
    "old_date": ("Das bisherige Datum", "es", "An welchem Tag ist Ihr bisheriger Termin?"),
    "old_time": ("Die bisherige Uhrzeit", "sie", "Um wie viel Uhr ist Ihr bisheriger Termin?"),
    "new_date": ("Das neue Datum", "es", "Auf welchen Tag möchten Sie den Termin verschieben?"),
    "new_time": ("Die neue Uhrzeit", "sie", "Auf wie viel Uhr möchten Sie den Termin verschieben?"),
    "after": ("Das Datum", "es", "Ab welchem Tag darf ich suchen?"),
}
_OTHER_FIELD = ("Die Angabe", "sie", "Können Sie mir das bitte noch einmal sagen?")


def invalid(field: str, problem: Problem = "unreadable") -> str:
    """Which field and why, without repeating what was said. ``field`` is our argument name."""
    noun, pronoun, question = _FIELDS.get(field, _OTHER_FIELD)
    if problem == "missing":
        return question
    if problem == "too_long":
        return f"{noun} ist leider zu lang. Bitte nennen Sie {pronoun} mir etwas kürzer."
    if problem == "out_of_range":
        if field == "duration":
            return (
                f"Ein Termin kann zwischen {length(15)} und {length(480)} dauern. "
                "Wie lange soll er sein?"
            )
        return f"{noun} kann so leider nicht stimmen. Bitte nennen Sie {pronoun} mir noch einmal."
    if field == "email":
        return (
            "Die E-Mail-Adresse habe ich leider nicht richtig verstanden. "
            "Bitte buchstabieren Sie sie noch einmal."
        )
    if field == "name":
        return "Ihren Namen habe ich leider nicht verstanden. Bitte nennen Sie ihn noch einmal."
    return (
        f"{noun.replace('Der ', 'Den ')} habe ich leider nicht richtig verstanden. "
        f"Bitte nennen Sie {pronoun} mir noch einmal."
    )


def when_again() -> str:
    """Nothing in it was a day or a time: names forms that are understood."""
    return (
        "Wann Sie kommen möchten, habe ich leider nicht verstanden. Sagen Sie bitte zum Beispiel "
        "morgen um zehn Uhr, nächsten Dienstag oder am dritten November."
    )


def too_far_ahead() -> str:
    """The wish is years away: nobody looks for it."""
    return (
        "So weit im Voraus vergeben wir leider noch keine Termine. "
        "Welchen früheren Tag wünschen Sie?"
    )


def which_day() -> str:
    return _FIELDS["date"][2]


def which_time(at: Listener, day: date) -> str:
    """The day is known, the time is not."""
    return f"Um wie viel Uhr möchten Sie {day_clause(day, at.today)} kommen?"


def whose_name() -> str:
    return _FIELDS["name"][2]


def which_service(candidates: Sequence[Service]) -> str:
    """Unsure between several services, or half sure of one: asks. A composite service stands beside
    its parts as both of them together."""
    parts = {each.id for each in candidates if not each.parts}
    names = [
        f"beides zusammen, also {name}"
        if len(each.parts) == 2 and parts >= set(each.parts)
        else name
        for each in candidates
        if (name := speakable(each.name))
    ]
    if not names:
        return _FIELDS["service"][2]
    return first_fit(
        f"Meinen Sie {joined(names[:count], 'oder')}?" for count in range(len(names), 0, -1)
    )


def unknown_service(offered: Sequence[Service]) -> str:
    """The service named is not offered here: says what is, and asks."""
    names = sayable(each.name for each in offered)
    if not names:
        return sentence("Das bieten wir leider nicht an.", CALLBACK_OFFER)
    return first_fit(
        f"Das bieten wir leider nicht an. Wir bieten{_some(count, names)} "
        f"{joined(names[:count])} an. Was darf es sein?"
        for count in range(len(names), 0, -1)
    )


def not_bookable(service: Service) -> str:
    """Listed, but not by voice; ``why_not`` is the service's own German reason."""
    reason = speakable(service.why_not, 120) if service.why_not else ""
    name = speakable(service.name) or "Das"
    return sentence(
        f"{name} kann ich am Telefon leider nicht eintragen.",
        f"{reason}." if reason else "",
        CALLBACK_OFFER,
    )


def _some(count: int, names: Sequence[str]) -> str:
    return "" if count == len(names) else " zum Beispiel"
