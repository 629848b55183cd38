"""Hostile transcripts: no exception, and time that grows with the length only."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.booking.transcript import extract
from tests.booking.dates.notation import berlin
from tests.booking.transcript.calls import calls

NOW = berlin("2026-10-20T10:15")
LINES = sorted({line for call in calls() for line in call.transcript.splitlines() if line})
HOSTILE = {
    "one long word": "User: " + "a" * 50_000,
    "empty turns": "Agent: \nUser: \n" * 4000,
    "many times": "User: " + "montag um drei nein " * 2600,
    "no full stops": "User: " + "ich hätte gern am montag um drei einen termin oder nein " * 900,
    "digits": "User: " + "null eins sieben sechs " * 2100,
    "at signs": "User: " + "a@" * 25_000,
    "spoken at signs": "User: " + "ät punkt " * 5500,
    "dots": "User: " + "." * 50_000,
    "names": "Agent: Ihr Name?\nUser: " + "Hans Meier, " * 4100,
    "offers and answers": "Agent: Dienstag um zehn?\nUser: nein Mittwoch um elf\n" * 1000,
    "choices": "Agent: " + "Montag um neun oder " * 2500 + "\nUser: ja",
    "half phrases": "User: " + "muss noch erst kann ich nicht wie bin da " * 1200,
    "clock shapes": "User: " + "9:9:9:" * 8300,
    "combining accents": "User: " + "u\u0308" * 25_000,
    "line breaks": "\n" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_transcript_takes_about_twice_the_time(name):
    def seconds(text: str) -> float:
        best = 9.0
        for _ in range(3):
            begin = time.process_time()
            extract(text, NOW)
            best = min(best, time.process_time() - begin)
        return best

    text = HOSTILE[name][:50_000]
    whole, half = seconds(text), seconds(text[: len(text) // 2])
    assert whole < 6 * max(half, 0.002)
    assert whole < 1.0


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=25))
def test_any_order_of_lines_is_read(lines):
    facts = extract("\n".join(lines), NOW)
    assert 0 <= facts.confidence <= 100
    if facts.confident and facts.intent == "book":
        assert facts.wanted is not None
        assert facts.wanted.time is not None


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read(text):
    extract(text, NOW)
    extract("Agent: Wann?\nUser: " + text, NOW)
