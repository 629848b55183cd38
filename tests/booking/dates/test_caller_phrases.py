"""Phrases as callers and language models say them, each with what a German takes it to mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from askpro.booking.dates import understand
from tests.booking.dates.notation import PHRASES, berlin, phrases, told

Row = tuple[str, str, str]

THEMES = sorted(path.stem for path in PHRASES.glob("*.txt"))
#: Signs that are written and never spoken.
WRITTEN = frozenset(".:/{}-0123456789")
ALL = [row for theme in THEMES for row in phrases(theme)]


def misread(rows: Iterable[Row], said: Callable[[str], str]) -> list[tuple[str, str, str]]:
    """(what was said, what was heard, what it means) of the phrases that are not understood."""
    found = []
    for phrase, said_at, meaning in rows:
        if (heard := told(understand(said(phrase), berlin(said_at)))) != meaning:
            found.append((said(phrase), heard, meaning))
    return found


def without_signs(phrase: str) -> str:
    """As speech recognition may write it: no capitals, no umlauts."""
    return phrase.translate(str.maketrans("äöüÄÖÜ", "aouAOU")).replace("ß", "ss").lower()


@pytest.mark.parametrize("theme", THEMES)
def test_the_phrases_mean_what_a_german_takes_them_to_mean(theme):
    assert misread(phrases(theme), str) == []


def test_speech_recognition_may_drop_case_and_umlauts():
    assert misread([row for row in ALL if not WRITTEN & set(row[0])], without_signs) == []


#: These mean something else when they do not stand alone: a greeting, and minutes without an hour.
ALONE = frozenset({"Morgen, haben Sie am Freitag was frei?", "zwanzig nach"})


@pytest.mark.parametrize("polite", ["ja also {}", "dann bitte {}", "{} bitte", "{} wenn es geht"])
def test_politeness_changes_no_meaning(polite):
    spoken = [row for row in ALL if not WRITTEN & set(row[0]) and row[0] not in ALONE]
    assert misread(spoken, lambda phrase: polite.format(phrase.rstrip("? "))) == []
