"""Whole calls, from wrong numbers to changed minds."""

from __future__ import annotations

from typing import Any

from askpro.booking.transcript import extract
from tests.booking.transcript.calls import calls, noted

_NO_SIGNS = str.maketrans("", "", ".,;!?")


def test_calls_are_noted_as_a_listener_would() -> None:
    wrong: dict[str, Any] = {}
    for call in calls():
        found = noted(extract(call.transcript, call.began))
        if (heard := {name: found[name] for name in call.expected}) != call.expected:
            wrong[call.name] = (heard, call.expected)
    assert wrong == {}


def test_no_call_is_confident_and_wrong_even_when_speech_recognition_drops_signs() -> None:
    wrong: dict[str, Any] = {}
    for call in calls():
        lines = []
        for line in call.transcript.splitlines():
            speaker, _, text = line.partition(": ")
            lines.append(f"{speaker}: {text.lower().translate(_NO_SIGNS)}")
        found = noted(extract("\n".join(lines), call.began))
        wanted = call.expected.get("wanted", found["wanted"])
        if found["confident"] and found["wanted"] != wanted:
            wrong[call.name] = (found["wanted"], wanted)
    assert wrong == {}
