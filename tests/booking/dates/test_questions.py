"""What callers hear when their words can be taken in several ways: one line, speakable, short."""

from __future__ import annotations

import re

import pytest

from askpro.booking.dates import understand
from tests.booking.dates.notation import PHRASES, berlin, phrases

NOW = berlin("2026-10-20T10:15")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "nächsten Freitag",
            "Meinen Sie Freitag, den dreiundzwanzigsten Oktober, oder Freitag, den dreißigsten "
            "Oktober?",
        ),
        ("Montag um neun oder elf", "Meinen Sie um neun Uhr oder um elf Uhr?"),
        ("montags", "Meinen Sie Montag, den sechsundzwanzigsten Oktober?"),
        ("heute um zwanzig nach", "Welche Stunde meinen Sie dabei?"),
        (
            "Mittwoch, den zweiundzwanzigsten Oktober",
            "Meinen Sie morgen oder Donnerstag, den zweiundzwanzigsten Oktober?",
        ),
        (
            "heute oder morgen Nachmittag",
            "Meinen Sie heute oder morgen?",
        ),
    ],
)
def test_the_question_names_every_reading(text, question):
    assert understand(text, NOW).question == question


def test_more_readings_than_one_can_listen_to_are_asked_openly():
    question = understand("Montag oder Dienstag oder Mittwoch oder Donnerstag", NOW).question
    assert question == (
        "Das habe ich nicht eindeutig verstanden. Welchen Tag und welche Uhrzeit meinen Sie?"
    )


def test_every_question_can_be_spoken():
    asked = 0
    for path in PHRASES.glob("*.txt"):
        for phrase, said_at, _ in phrases(path.stem):
            question = understand(phrase, berlin(said_at)).question
            if question is None:
                continue
            asked += 1
            assert len(question) < 300
            assert question.endswith("?")
            assert not re.search(r"[\d\n{}<>]|  | \?|Meinen Sie\s*\?", question), question
    assert asked > 20


def test_a_weekend_is_named_by_its_first_day_and_a_span_says_uhr_once():
    assert understand("nächstes Wochenende", berlin("2026-11-18T10:00")).question == (
        "Meinen Sie das Wochenende vom einundzwanzigsten November oder das Wochenende vom "
        "achtundzwanzigsten November?"
    )
    spans = "morgen zwischen neun und elf oder zwischen vierzehn und sechzehn Uhr"
    assert understand(spans, berlin("2026-11-18T10:00")).question == (
        "Meinen Sie von neun bis elf Uhr oder von vierzehn bis sechzehn Uhr?"
    )
