"""The functions of this gateway as Retell's agents see them: tool definitions to paste or push.

Shape and advice are Retell's (retell.md §9): top-level ``"type": "object"``, no ``call_id``
parameter (the model would invent one), speech while we work, no retry of writes.
"""

from __future__ import annotations

from typing import Any

from askpro.services.directory import Office

_NOW = "Heute ist {{current_calendar_Europe/Berlin}}, es ist {{current_time_Europe/Berlin}}."
_DATE = {
    "type": "string",
    "description": f"Der Tag, so wie der Anrufer ihn sagt, oder als JJJJ-MM-TT. {_NOW}",
}
_TIME = {"type": "string", "description": "Die Uhrzeit, so wie der Anrufer sie sagt, oder HH:MM."}
_NAME = {"type": "string", "description": "Vor- und Nachname des Kunden."}
_EMAIL = {"type": "string", "description": "E-Mail-Adresse, wenn der Anrufer eine nennt."}
_PHONE = {
    "type": "string",
    "description": "Nur eine andere Nummer als die, von der angerufen wird.",
}
_NOTES = {"type": "string", "description": "Wünsche zum Termin."}
_REASON = {"type": "string", "description": "Warum, wenn der Anrufer es sagt."}
#: Which of several appointments is meant.
_WHICH = {
    "service": {"type": "string", "description": "Wofür er ist, wenn es mehrere Termine gibt."},
    "name": {"type": "string", "description": "Für wen er ist, wenn es mehrere Termine gibt."},
}
_CONFIRM = {
    "type": "boolean",
    "description": "Nur setzen, nachdem message gefragt und der Anrufer ausdrücklich geantwortet "
    "hat: true bei Ja, false bei Nein. Sonst weglassen.",
}
_READS_MS = 8_000
_WRITES_MS = 10_000
_WAITING = "Einen Moment bitte, ich schaue in den Kalender."
_BOOKING = "Einen Moment bitte, ich trage das ein."


def tools_of(office: Office, base_url: str) -> list[dict[str, Any]]:
    """Every function as a Retell custom tool; ``base_url`` is the gateway's, with https."""
    url = f"{base_url.rstrip('/')}/api/webhooks/retell/function"
    return [
        {
            "type": "custom",
            "name": name,
            "description": description,
            "url": url,
            "method": "POST",
            "args_at_root": False,
            "timeout_ms": _WRITES_MS if writes else _READS_MS,
            "max_retry": 0 if writes else 1,
            "speak_during_execution": True,
            "execution_message_type": "static_text",
            "execution_message_description": _BOOKING if writes else _WAITING,
            "speak_after_execution": True,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": required,
            },
        }
        for name, description, writes, properties, required in _functions(office)
    ]


def _functions(
    office: Office,
) -> list[tuple[str, str, bool, dict[str, Any], list[str]]]:
    """(name, description, writes, properties, required) of each function."""
    service = {
        "type": "string",
        "description": "Die gewünschte Leistung in den Worten des Anrufers. Angeboten werden: "
        + ", ".join(s.name for s in office.services if s.bookable)
        + ".",
    }
    when = {"service": service, "date": _DATE, "time": _TIME}
    person = {"name": _NAME, "email": _EMAIL, "phone": _PHONE, "notes": _NOTES}
    return [
        (
            "current_context",
            "Zu Beginn des Gesprächs: Datum, Uhrzeit, Öffnungszeiten und ob der Anrufer bekannt "
            "ist.",
            False,
            {},
            [],
        ),
        (
            "check_availability",
            "Prüft, ob ein Termin frei ist, oder nennt die freien Zeiten eines Tages. Immer "
            "aufrufen, bevor eine Zeit zugesagt wird. Den Satz in message vorlesen.",
            False,
            when,
            ["date"],
        ),
        (
            "get_alternatives",
            "Nennt andere freie Zeiten rund um einen Wunsch.",
            False,
            {**when, "max_alternatives": {"type": "integer", "minimum": 1, "maximum": 5}},
            [],
        ),
        (
            "find_next_available",
            "Nennt den nächsten freien Termin einer Leistung.",
            False,
            {"service": service, "after": _DATE, "search_days": {"type": "integer"}},
            [],
        ),
        (
            "book_appointment",
            "Bucht einen Termin, nachdem der Anrufer Tag, Uhrzeit und Namen bestätigt hat. Nur "
            "status booked heißt gebucht; bei requested oder pending nichts anderes sagen als "
            "message.",
            True,
            {**when, **person},
            ["date", "time", "name"],
        ),
        (
            "reschedule_appointment",
            "Verschiebt einen bestehenden Termin des Anrufers. Fragt message zurück, mit der "
            "Antwort in confirm noch einmal aufrufen.",
            True,
            {
                "old_date": {**_DATE, "description": "Der Tag des bestehenden Termins."},
                "old_time": {**_TIME, "description": "Die Uhrzeit des bestehenden Termins."},
                **_WHICH,
                "new_date": _DATE,
                "new_time": _TIME,
                "reason": _REASON,
                "confirm": _CONFIRM,
            },
            [],
        ),
        (
            "cancel_appointment",
            "Sagt einen bestehenden Termin des Anrufers ab. Fragt message zurück, mit der Antwort "
            "in confirm noch einmal aufrufen.",
            True,
            {"date": _DATE, "time": _TIME, **_WHICH, "reason": _REASON, "confirm": _CONFIRM},
            [],
        ),
        (
            "query_appointment",
            "Nennt die kommenden Termine des Anrufers.",
            False,
            {"date": _DATE},
            [],
        ),
        ("list_services", "Nennt, was angeboten wird, mit Dauer und Preis.", False, {}, []),
        (
            "request_callback",
            "Notiert einen Rückrufwunsch, zum Beispiel wenn der Kalender nicht erreichbar ist.",
            True,
            {
                "name": _NAME,
                "phone": _PHONE,
                "window": {"type": "string", "description": "Wann ein Rückruf passt."},
                "reason": _REASON,
                "priority": {"type": "string", "enum": ["normal", "high", "urgent"]},
            },
            [],
        ),
    ]
