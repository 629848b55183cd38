"""Phrases as callers and language models say them, each with what a German takes it to mean."""

from __future__ import annotations

import pytest

from askpro.booking.dates import understand
from tests.booking.dates.notation import PHRASES, berlin, phrases, told

THEMES = sorted(path.stem for path in PHRASES.glob("*.txt"))
#: Signs that are written and never spoken.
WRITTEN = frozenset(".:/{}-0123456789")
ALL = [pytest.param(*row, id=f"{theme}: {row[0]}") for theme in THEMES for row in phrases(theme)]


@pytest.mark.parametrize(("phrase", "said_at", "meaning"), ALL)
def test_the_phrase_means_what_a_german_takes_it_to_mean(phrase, said_at, meaning):
    assert told(understand(phrase, berlin(said_at))) == meaning


@pytest.mark.parametrize(
    ("phrase", "said_at", "meaning"), [row for row in ALL if not WRITTEN & set(row.values[0])][::4]
)
def test_speech_recognition_may_drop_case_commas_and_umlauts(phrase, said_at, meaning):
    heard = phrase.translate(str.maketrans("äöüÄÖÜ", "aouAOU")).replace("ß", "ss").lower()
    assert told(understand(heard, berlin(said_at))) == meaning


#: These mean something else when they do not stand alone: a greeting, and minutes without an hour.
ALONE = frozenset({"Morgen, haben Sie am Freitag was frei?", "zwanzig nach"})


@pytest.mark.parametrize("polite", ["ja also {}", "dann bitte {}", "{} bitte", "{} wenn es geht"])
def test_politeness_changes_no_meaning(polite):
    changed = []
    for row in ALL:
        phrase, said_at, meaning = row.values
        if WRITTEN & set(phrase) or phrase in ALONE:
            continue
        said = polite.format(phrase.rstrip("? "))
        if (heard := told(understand(said, berlin(said_at)))) != meaning:
            changed.append((said, heard, meaning))
    assert not changed
