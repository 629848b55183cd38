"""What mappings, arguments and objects look like after redaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
import psutil
import pytest

from askpro.guards.redaction import Redactor, shown_path


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "Passwort",
        "api_key",
        "apiKey",
        "X-Retell-Signature",
        "access_token",
        "Schlüssel",
    ],
)
def test_it_hides_what_a_telling_key_says_is_secret(redactor: Redactor, key: str) -> None:
    assert redactor.value({key: "abc"}) == {key: "[REDACTED]"}


@pytest.mark.parametrize(
    "key",
    [
        "customer_name",
        "customerName",
        "Kundenname",
        "telefonnummer",
        "E-Mail",
        "from_number",
        "Straße",
        "geburtsdatum",
        "transcript",
        "attendeePhoneNumber",
        "Rückruf-Nummer",
        "anschrift",
        "notfallkontakt_telefon_privat",
        "phone_e164",
        "Name (Kunde)",
        "name_des_kunden",
        "Mädchenname",
        "versicherten-nr",
        "kfzKennzeichen",
    ],
)
def test_it_hides_what_a_telling_key_says_is_personal(redactor: Redactor, key: str) -> None:
    assert redactor.value({key: "abc"}) == {key: "[PII_REDACTED]"}
    assert redactor.text(f'{{"{key}": "abc"}}') == f'{{"{key}": "[PII_REDACTED]"}}'


@pytest.mark.parametrize(
    "key",
    [
        *("function_name", "service_name", "hostname", "filename", "phone_calls_today"),
        *("mail_sent", "client_address", "contact_id", "name_old", "kunde_seit", "user_agent"),
    ],
)
def test_it_compares_keys_whole(redactor: Redactor, key: str) -> None:
    assert redactor.value({key: "abc"}) == {key: "abc"}


def test_it_shows_that_nothing_was_given(redactor: Redactor) -> None:
    nothing = {"phone": None, "email": "", "customer_name": None, "token": None, "mobile": False}
    assert redactor.value(nothing) == nothing


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"name": "Anna Müller"}, "[PII_REDACTED]"),
        ({"name": "Anna Müller", "phone": "x", "duration": 45}, "[PII_REDACTED]"),
        ({"name": "check_availability", "args": {}}, "check_availability"),
        ({"name": "Haarschnitt", "duration": 45, "price": 3990}, "Haarschnitt"),
        ({"name": "Salon Quittenberg", "opening_hours": []}, "Salon Quittenberg"),
    ],
)
def test_a_name_is_a_persons_unless_a_thing_stands_beside_it(
    redactor: Redactor, value: dict[str, Any], shown: str
) -> None:
    assert redactor.value(value)["name"] == shown


def test_it_looks_into_what_is_nested(redactor: Redactor) -> None:
    body = {
        "call": {
            "call_id": "call_28be",
            "from_number": "+49176",
            "transcript_object": [{"content": "x"}],
        },
        "args": [
            {"kundenname": "Anna", "note": "an anna@web.de"},
            ("0176 4043210", b"DE89370400440532013000"),
        ],
        "customer": {"name": "Anna", "last_visit": "2026-10-15"},
    }
    assert redactor.value(body) == {
        "call": {
            "call_id": "call_28be",
            "from_number": "[PII_REDACTED]",
            "transcript_object": "[PII_REDACTED]",
        },
        "args": [
            {"kundenname": "[PII_REDACTED]", "note": "an [EMAIL_REDACTED]"},
            ["[PHONE_REDACTED]", "[IBAN_REDACTED]"],
        ],
        "customer": {"name": "[PII_REDACTED]", "last_visit": "2026-10-15"},
    }


def test_personal_keys_of_mappings_are_hidden_too(redactor: Redactor) -> None:
    assert redactor.value({"anna@web.de": 1}) == {"[EMAIL_REDACTED]": 1}


def test_a_number_that_lost_its_plus_is_hidden_and_times_are_not(redactor: Redactor) -> None:
    assert redactor.value([4917604069012, 1795190000000, 2563193, 2**80]) == [
        "[PHONE_REDACTED]",
        1795190000000,
        2563193,
        "[HUGE_NUMBER]",
    ]


class _Telling:
    def __str__(self) -> str:
        return "call from +49 176 4043210"


class _Silent:
    def __str__(self) -> str:
        raise RuntimeError("no text for you, anna@web.de")


@dataclass
class _Customer:
    name: str
    note: str
    secret: str = field(repr=False, default="geheim")


def test_objects_are_shown_as_their_text_and_records_as_their_fields(redactor: Redactor) -> None:
    assert redactor.value(_Telling()) == "call from [PHONE_REDACTED]"
    assert redactor.value(_Silent()) == "<_Silent without text: RuntimeError>"
    assert redactor.value(_Customer("Anna", "an anna@web.de")) == {
        "name": "[PII_REDACTED]",
        "note": "an [EMAIL_REDACTED]",
    }


def test_endless_and_huge_values_end(redactor: Redactor) -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "[TOO_DEEP]" in orjson.dumps(redactor.value(endless)).decode()
    assert "[TOO_MANY]" in orjson.dumps(redactor.value(list(range(100_000)))).decode()


def test_a_traces_arguments_hide_the_name_in_every_text() -> None:
    shown = Redactor().arguments(
        {
            "name": "Jasmin Weißgerber",
            "service": "Haarschnitt",
            "date": "2026-10-15",
            "notes": "Frau Weissgerber kommt mit Kind, Rückruf 0176 4043210",
            "duration": 45,
        }
    )
    assert shown == {
        "name": "[PII_REDACTED]",
        "service": "Haarschnitt",
        "date": "2026-10-15",
        "notes": "Frau [NAME_REDACTED] kommt mit Kind, Rückruf [PHONE_REDACTED]",
        "duration": 45,
    }


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/health?phone=0176", "/api/health"),
        ("/login/once/AbCdEfGhIjKlMnOpQrStUv", "/login/once/[REDACTED]"),
        ("/calls/call_28be68cd2f29b8fc6908945c985", "/calls/call_28be68cd2f29b8fc6908945c985"),
        ("/api/webhooks/retell/collect-appointment", "/api/webhooks/retell/collect-appointment"),
    ],
)
def test_a_path_is_shown_without_query_and_tokens(path: str, shown: str) -> None:
    assert shown_path(path) == shown


def test_ids_of_machines_pass_and_teach_the_automata_nothing():
    redactor, process = Redactor(), psutil.Process()

    def lines(count: int) -> None:
        for number in range(count):
            told = {"request_id": uuid4().hex, "call_id": f"call_{uuid4().hex[:27]}", "ms": number}
            assert redactor.value(told) == told
            assert redactor.text(own := str(uuid4())) == own

    lines(500)
    before = process.memory_info().rss
    lines(20_000)
    assert process.memory_info().rss - before < 4_000_000


def test_figures_as_long_as_an_id_are_looked_at():
    assert Redactor().text("0176" + "4069777" * 4) != "0176" + "4069777" * 4


def test_a_customer_is_a_person_whatever_stands_beside_the_name() -> None:
    """A row of our own table has the company's id in it, as a service has."""
    row = {"id": 7, "company_id": 15, "name": "Ute Öz"}
    shown = Redactor().value({"customer": row, "service": {**row, "name": "Haarschnitt"}})
    assert shown["customer"]["name"] == "[PII_REDACTED]"
    assert shown["service"]["name"] == "Haarschnitt"
