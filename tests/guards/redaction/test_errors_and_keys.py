"""What errors quote, nested values, encoded keys and said secrets."""

from __future__ import annotations

from typing import Any

import pytest

from askpro.guards.redaction import Redactor

SHOWN = "[PII_REDACTED]"


@pytest.mark.parametrize(
    "text",
    [
        "[type=string_too_long, input_value='Ute Öz', input_type=str]",
        "input_value={'name': 'Ute Öz'}, input_type=dict",
        '{"type":"value_error","loc":["name"],"input":"Ute Öz"}',
        r"{\"loc\":[\"name\"],\"input\":\"Ute Öz\"}",
        "{'type': 'x', 'loc': ('name',), 'input': 'Ute Öz'}",
        "[parameters: ('Ute Öz', 15, 'call_ended')]",
        "[parameters: {'whom': 'Ute Öz', 'at': '2026-10-15T14:30:00'}]",
        "INSERT INTO customers (name, age) VALUES ('Ute Öz', 3)",
        '{"name": {"value": "Ute Öz"}}',
        '{"name": ["Ute Öz"]}',
        '{"name": {"label": "your_name", "value": "Ute Öz"}}',
        "SELECT id FROM customers WHERE lower(name) LIKE 'Ute Öz' AND kind = 'call_ended'",
        "SELECT id FROM customers WHERE company_id = 15 AND name = 'Ute Öz'",
        "UPDATE customers SET name = 'Ute Öz' WHERE id = 15",
        "customer_name=Ute Öz, service_name=Herrenschnitt",
        "customerName: Ute Öz",
        "caller_name -> Ute Öz",
        "[('customer_name', 'Ute Öz'), ('service', 'Herrenschnitt')]",
    ],
)
def test_what_an_error_quotes_is_hidden_and_nothing_else(text: str):
    assert Redactor().text(text) == text.replace("Ute Öz", SHOWN)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("X-Cal-Signature-256: 0123456789abcdef0123", "0123456789abcdef0123"),
        ("X-Cal-Secret-Key: abcdef123456", "abcdef123456"),
        ("-H 'Authorization: Token abcdef0123456789'", "abcdef0123456789"),
        ("Authorization%3A%20Bearer%20abcdef123456", "abcdef123456"),
        ("('X-Cal-Signature-256', '0123456789abcdef')", "0123456789abcdef"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI", "wJalrXUtnFEMI"),
        ("POSTGRES_PASSWORD=sommer mail_password='x1'", "sommer"),
        ("?sig=Zm9vYmFyYmF6cXV4&sv=2020", "Zm9vYmFyYmF6cXV4"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----MIIEvQIBADAN", "MIIEvQIBADAN"),
    ],
)
def test_a_header_or_a_variable_tells_of_a_secret(text: str, secret: str):
    assert secret not in Redactor().text(text)


def test_a_key_that_ends_like_a_secrets_is_one():
    value = {"mail_password": "sommer", "backup_api_key": "abc", "tokens": 5}
    hidden = "[REDACTED]"
    shown = {"mail_password": hidden, "backup_api_key": hidden, "tokens": 5}
    assert Redactor().value(value) == shown


@pytest.mark.parametrize("key", ["attendee%5Bname%5D=", "attendee[name]=", "x%26name%3D"])
def test_an_encoded_key_tells_what_follows(key: str):
    assert Redactor().text(f"GET /?{key}Ute%20%C3%96z 200") == f"GET /?{key}{SHOWN} 200"


@pytest.mark.parametrize(
    "text",
    [
        "[parameters: {'company_id_1': 15, 'state': 'call_ended'}]",
        "input_value=15, input_type=int",
        '"input": null, "input_tokens": 5',
        "values (1, 2, 3)",
        "Das Passwort ist falsch, password is required",
        "pin 12 of the chip",
    ],
)
def test_what_programs_write_stays(text: str):
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Passwort ist Sommer2024!", "Sommer2024!"),
        ("PIN 1234", "1234"),
        ("die PIN ist eins zwei drei vier", "eins zwei drei vier"),
        ("CVV 123", "123"),
    ],
)
def test_a_said_secret_is_hidden(text: str, secret: str):
    assert Redactor().text(text) == text.replace(secret, "[REDACTED]")


@pytest.mark.parametrize(
    "value",
    [
        {"name": {"value": "Ute Öz"}},
        {"name": ["Ute Öz"]},
        {"attendee": ["Ute Öz"]},
        {"contact": "Ute Öz"},
        {"guest": "Ute Öz"},
        {"steuer_id": "86095742719"},
    ],
)
def test_a_persons_key_hides_what_is_nested_in_it(value: dict[str, Any]):
    assert Redactor().value(value) == dict.fromkeys(value, SHOWN)


def test_a_name_that_a_key_tells_is_hidden_in_every_text_beside_it():
    value = {
        "title": "Schnitt zwischen Salon und Ute Öz",
        "attendees": [{"name": "Ute Öz"}],
        "service": {"name": "Schnitt", "duration": 30},
    }
    assert Redactor().value(value) == {
        "title": "Schnitt zwischen Salon und [NAME_REDACTED]",
        "attendees": [{"name": SHOWN}],
        "service": {"name": "Schnitt", "duration": 30},
    }


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ({"label": "Vorname", "value": "Ute"}, {"label": "Vorname", "value": "[PII_REDACTED]"}),
        ({"field": "telefon", "wert": "4711"}, {"field": "telefon", "wert": "[PII_REDACTED]"}),
        ({"key": "api_key", "value": "abc"}, {"key": "api_key", "value": "[REDACTED]"}),
        ({"label": "Farbe", "value": "Kupfer"}, {"label": "Farbe", "value": "Kupfer"}),
    ],
)
def test_a_form_s_field_tells_what_its_value_is(field: dict[str, str], shown: dict[str, str]):
    assert Redactor().value({"fields": [field]}) == {"fields": [shown]}


def test_a_name_that_is_nested_in_arguments_is_hidden_in_every_text():
    shown = Redactor().arguments({"kunde": {"name": "Ute Öz"}, "service": "Farbe für Öz"})
    assert shown["service"] == "Farbe für [NAME_REDACTED]"


def test_a_things_name_in_two_languages_stays():
    value = {"name": {"de": "Haarschnitt"}, "duration": 45}
    assert Redactor().value(value) == value


def test_the_keys_of_arguments_are_looked_at_as_well():
    shown = Redactor().arguments({"Frau Müller": 1, "+49 176 4043210": 2})
    assert shown == {"Frau [NAME_REDACTED]": 1, "[PHONE_REDACTED]": 2}
