"""Redaction of the reference data: quality.md asks for 99.5 % of every kind."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from askpro.guards.redaction import Redactor
from tests.guards.redaction.corpus import Case, left_of
from tests.reference import reference

pytestmark = pytest.mark.contract


def test_it_hides_the_reference_lines_and_leaves_the_harmless_ones() -> None:
    redactor = Redactor()
    lines = reference("data/german-pii/cases.jsonl")
    seen: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for row in map(json.loads, lines.read_text(encoding="utf-8").splitlines()):
        shown = redactor.text(row["text"])
        hidden = not any(
            left_of(Case(row["kind"], row["text"], each), shown) for each in row["hide"]
        )
        seen[row["kind"]] += 1
        good[row["kind"]] += hidden and all(each in shown for each in row["keep"])
    assert {kind: good[kind] / seen[kind] for kind in seen} == dict.fromkeys(seen, 1.0)


def test_it_leaves_dates_and_times_alone_however_they_are_said() -> None:
    redactor = Redactor()
    lines = reference("data/german-datetime/cases.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert [text for text in texts if redactor.text(text) != text] == []


def test_nothing_personal_is_left_of_a_transcript() -> None:
    redactor = Redactor()
    for folder in sorted(reference("data/payloads/transcripts").iterdir()):
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        shown = redactor.text((folder / "transcript.txt").read_text(encoding="utf-8")).lower()
        assert [each for each in expected["pii"] if each.lower() in shown] == [], folder.name
