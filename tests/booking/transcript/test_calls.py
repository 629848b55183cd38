"""Whole calls, from wrong numbers to changed minds."""

from __future__ import annotations

import pytest

from askpro.booking.transcript import extract
from tests.booking.transcript.calls import Call, calls, noted

CALLS = [pytest.param(call, id=call.name) for call in calls()]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_noted_as_a_listener_would(call: Call) -> None:
    found = noted(extract(call.transcript, call.began))
    assert {name: found[name] for name in call.expected} == call.expected


@pytest.mark.parametrize("call", CALLS)
def test_no_call_is_confident_and_wrong_even_when_speech_recognition_drops_signs(
    call: Call,
) -> None:
    lines = []
    for line in call.transcript.splitlines():
        speaker, _, text = line.partition(": ")
        lines.append(f"{speaker}: {text.lower().translate(str.maketrans('', '', '.,;!?'))}")
    found = noted(extract("\n".join(lines), call.began))
    if found["confident"] and "wanted" in call.expected:
        assert found["wanted"] == call.expected["wanted"]
