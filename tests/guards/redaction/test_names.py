"""Names: known from the call, or introduced by a sentence."""

from __future__ import annotations

import json
import threading
from urllib.parse import quote

import pytest

from askpro.guards.redaction import Redactor, forget_names, remember_names


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.mark.parametrize(
    "text",
    [
        "Torben Wackernagel",
        "WACKERNAGEL, TORBEN",
        "wackernagels Termin",
        "Wackernagel's booking",
        "die Wackernagels kommen",
        "title: Haarschnitt mit Wackernagel",
        "anna_wackernagel.txt",
        "a\\nWackernagel",
    ],
)
def test_a_known_name_is_hidden_in_any_case_and_with_its_endings(
    redactor: Redactor, text: str
) -> None:
    remember_names("Torben Wackernagel")
    shown = redactor.text(text).lower()
    assert "wackernagel" not in shown
    assert "torben" not in shown
    assert "[name_redacted]" in shown


@pytest.mark.parametrize(
    "writing",
    [
        "Weißgerber", "Weissgerber", "WEISSGERBER", "weißgerbers", "Müller-Weißgerber",
        json.dumps("Weißgerber"), quote("Weißgerber"), quote("Weißgerber", encoding="latin-1"),
        repr("Weißgerber".encode()), "Müller", "Mueller", "muller", "mu\u0308ller", quote("Müller"),
    ],
)  # fmt: skip
def test_a_known_name_is_hidden_in_every_writing(redactor: Redactor, writing: str) -> None:
    remember_names("Jasmin Müller-Weißgerber")
    shown = redactor.text(f"booking of {writing} failed").lower()
    for part in ("gerber", "ller", "m%c3"):
        assert part not in shown


def test_a_known_name_is_not_hidden_inside_other_words(redactor: Redactor) -> None:
    remember_names("Rose Lang")
    assert (
        redactor.text("Prose, langsam, Langeweile, entlang")
        == "Prose, langsam, Langeweile, entlang"
    )


def test_a_short_name_is_hidden_only_where_it_looks_like_one(redactor: Redactor) -> None:
    remember_names("Max Böhm")
    assert redactor.text("Max kommt, max=15, max böhm") == (
        "[NAME_REDACTED] kommt, max=15, [NAME_REDACTED]"
    )


def test_particles_and_nobody_are_no_names(redactor: Redactor) -> None:
    remember_names("Herr von der Heide", "unbekannt", None, "", "{{user_name}}")
    assert redactor.text("von der unbekannt Heide") == "von der unbekannt [NAME_REDACTED]"


def test_a_name_never_breaks_a_token(redactor: Redactor) -> None:
    remember_names("Phone Redacted", "Email")
    assert redactor.text("an anna@web.de, 0176 4043210") == "an [EMAIL_REDACTED], [PHONE_REDACTED]"


def test_what_one_request_knows_no_other_does(redactor: Redactor) -> None:
    remember_names("Wackernagel")
    seen: list[str] = []
    other = threading.Thread(target=lambda: seen.append(redactor.text("Wackernagel")))
    other.start()
    other.join()
    assert seen == ["Wackernagel"]
    forget_names()
    assert redactor.text("Wackernagel") == "Wackernagel"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mein Name ist Anna Müller und ich", "Mein Name ist [NAME_REDACTED] und ich"),
        ("mein name ist schmidt", "mein name ist [NAME_REDACTED]"),
        ("ich heiße anna müller und hätte", "ich heiße [NAME_REDACTED] und hätte"),
        ("hier spricht Dr. Müller-Lüdenscheidt", "hier spricht Dr. [NAME_REDACTED]"),
        ("hier spricht Frau Dr. Müller-Lüdenscheidt", "hier spricht Frau Dr. [NAME_REDACTED]"),
        ("hier ist der Herr Nguyen Van Thanh", "hier ist der Herr [NAME_REDACTED]"),
        ("auf den Namen von Yıldız bitte", "auf den Namen von [NAME_REDACTED] bitte"),
        ("Frau Müller Termin am Montag", "Frau [NAME_REDACTED] Termin am Montag"),
        ("für Herrn D'Angelo um acht", "für Herrn [NAME_REDACTED] um acht"),
        ("Kunde Anna Müller hat gebucht", "Kunde [NAME_REDACTED] hat gebucht"),
        ("meine Tochter Lena braucht Zeit", "meine Tochter [NAME_REDACTED] braucht Zeit"),
        ("Kowalski am Apparat", "[NAME_REDACTED] am Apparat"),
        ("Müller hier, guten Tag", "[NAME_REDACTED] hier, guten Tag"),
        ("Ja hallo, Brinkschulte, ich müsste", "Ja hallo, [NAME_REDACTED], ich müsste"),
        ("Agent: Ihr Name?\nUser: Li Wei.", "Agent: Ihr Name?\nUser: [NAME_REDACTED]."),
        (
            "Wackernagel hier, Torben Wackernagel. Gut, Wackernagels Auto",
            "[NAME_REDACTED] hier, [NAME_REDACTED]. Gut, [NAME_REDACTED] Auto",
        ),
        (
            "user: für meine mutter liesel obermoser\nagent: gut für frau obermoser um elf",
            "user: für meine mutter [NAME_REDACTED]\nagent: gut für frau [NAME_REDACTED] um elf",
        ),
    ],
)
def test_a_name_that_a_sentence_introduces_is_hidden_everywhere(
    redactor: Redactor, text: str, shown: str
) -> None:
    assert redactor.text(text) == shown


def test_a_line_that_was_harmless_before_has_a_known_name_hidden(redactor: Redactor) -> None:
    line = "Termin mit Ostrowskaja am Freitag"
    assert redactor.text(line) == line
    assert redactor.value({"text": line}) == {"text": line}
    remember_names("Ostrowskaja")
    try:
        assert "Ostrowskaja" not in redactor.text(line)
        assert "Ostrowskaja" not in str(redactor.value({"text": line}))
    finally:
        forget_names()
