"""The reference transcripts: right in at least 85 %, confident and wrong in none (quality.md)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from askpro.booking.transcript import extract
from tests.booking.transcript.calls import BERLIN, noted
from tests.reference import reference, reference_files

pytestmark = pytest.mark.contract

FOLDERS = "data/payloads/transcripts/*"
SCORED = ("wanted", "service", "intent")
LEAST_RIGHT = 0.85


def heard(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(expected, found) of one transcript, in the same words."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    began = datetime.fromisoformat(expected["reference_time"]).astimezone(BERLIN)
    found = noted(extract((folder / "transcript.txt").read_text(encoding="utf-8"), began))
    for name in ("wanted", "existing"):
        slot = expected.get(name)
        expected[name] = [slot["date"], slot["time"]] if slot else None
    return expected, found


def test_enough_of_them_are_right():
    folders = sorted(reference("data/payloads/transcripts").iterdir())
    right = total = 0
    for folder in folders:
        expected, found = heard(folder)
        if not expected["should_be_confident"]:
            right, total = right + (not found["confident"]), total + 1
            continue
        for name in SCORED:
            right, total = right + (found[name] == expected[name]), total + 1
    assert right / total >= LEAST_RIGHT


@pytest.mark.parametrize("folder", reference_files(FOLDERS))
def test_none_is_confident_and_wrong(folder: Path):
    expected, found = heard(folder)
    if not expected["should_be_confident"]:
        assert not found["confident"]
    elif found["confident"]:
        assert found["wanted"] == expected["wanted"]
        assert found["existing"] == expected["existing"]
        assert found["intent"] == expected["intent"]


@pytest.mark.parametrize("folder", reference_files(FOLDERS))
def test_names_numbers_and_addresses_are_heard(folder: Path):
    expected, found = heard(folder)
    assert (found["customer_name"] or "").lower() == (expected["customer_name"] or "").lower()
    assert found["phone"] == expected["phone"]
    assert found["email"] == expected["email"]
