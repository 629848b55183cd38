"""What a caller hears when something does not work: never blamed, always a next step."""

from __future__ import annotations

from askpro.booking.wording.speech import CALLBACK_OFFER, sentence
from askpro.errors import (
    BudgetSpent,
    CalcomError,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomUnauthorized,
    CalcomUnreachable,
)

_NOT_YOUR_FAULT = "Das liegt nicht an Ihnen."


def calendar_down(fault: CalcomError, *, wish_kept: bool = False) -> str:
    """The sentence of rules.md §9 for what happened at Cal.com, and a callback as the next step.

    ``wish_kept``: the wish is already written down for somebody to call back about.
    """
    kept = "Ihren Terminwunsch habe ich notiert, wir rufen Sie dazu zurück."
    return sentence(calendar_trouble(fault), _NOT_YOUR_FAULT, kept if wish_kept else CALLBACK_OFFER)


def calendar_trouble(fault: CalcomError) -> str:
    """Only what is wrong; the exact words of rules.md §9 are a promise."""
    if isinstance(fault, CalcomUnauthorized):
        return "Unser Kalender meldet gerade einen Authentifizierungsfehler."
    if isinstance(fault, CalcomNotFound):
        return "Unser Kalender hat die gewünschte Ressource nicht gefunden."
    if isinstance(fault, CalcomRateLimited | BudgetSpent):
        return "Zu viele Anfragen erreichen gerade unseren Kalender."
    if isinstance(fault, CalcomUnreachable):
        return "Leider ist unser System nicht erreichbar."
    return "Leider ist unser System momentan nicht verfügbar."


def unknown_company() -> str:
    return (
        "Ich kann diesen Anruf leider keinem Unternehmen zuordnen. "
        "Bitte rufen Sie die gewünschte Nummer noch einmal direkt an."
    )


def unknown_function() -> str:
    return sentence("Das kann ich am Telefon leider nicht für Sie erledigen.", CALLBACK_OFFER)


def not_available_yet() -> str:
    return sentence("Das kann ich am Telefon leider noch nicht für Sie erledigen.", CALLBACK_OFFER)


def internal_error() -> str:
    """Something of ours broke; the caller keeps a next step."""
    return sentence("Da ist bei uns leider etwas schiefgegangen.", _NOT_YOUR_FAULT, CALLBACK_OFFER)
