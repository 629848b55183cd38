"""What is written otherwise than it reads: encoded, of full width, with signs that nobody sees."""

from __future__ import annotations

import pytest

from askpro.guards.redaction import Redactor


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Nummer 0171\u200b234\u200b5678", "Nummer [PHONE_REDACTED]"),
        ("ute\u200b@\u2060web.de", "[EMAIL_REDACTED]"),
        ("+49 171\u202e 2345678", "[PHONE_REDACTED]"),
        ("ute\uff20web\uff0ede", "[EMAIL_REDACTED]"),
        ("０１７１－２３４５６７８", "[PHONE_REDACTED]"),
        ("Tel ٠١٧١٢٣٤٥٦٧٨", "Tel [PHONE_REDACTED]"),
        ("Tel \U0001d7ce\U0001d7cf\U0001d7d5\U0001d7cf 2345678", "Tel [PHONE_REDACTED]"),
        ("Herr M%C3%BCller rief an", "Herr [NAME_REDACTED] rief an"),
        ("GET /?q=Goethestra%C3%9Fe%2012 200", "GET /?q=[PII_REDACTED] 200"),
        ("Fra\u00adu Öz", "Frau [NAME_REDACTED]"),
    ],
)  # fmt: skip
def test_a_disguise_hides_nothing_from_the_redactor(text: str, shown: str):
    assert Redactor().text(text) == shown
    assert Redactor().value({"message": text}) == {"message": shown}


@pytest.mark.parametrize(
    "text",
    [
        "GET /a%20b%2Fc?x=%C3%BC%0A 404",
        "50%20 of 100 %, %zz %C3 %FF%FE",
        "\ufeffid,name",
        "Ａｓｋ\u200bPro ٣ Termine",
    ],
)
def test_a_harmless_disguise_stays(text: str):
    assert Redactor().text(text) == text


def test_what_is_cut_off_never_shows_half_of_a_disguised_number():
    number = "\u200b".join("01712345678")
    shown = Redactor(most=12).text(f"Nummer: {number}")
    assert shown.startswith("Nummer: [PHONE_REDACTED]")
