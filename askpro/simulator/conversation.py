"""Calls as text for a terminal: turn by turn, or one line each."""

from __future__ import annotations

import textwrap
from datetime import datetime

from askpro.simulator.caller import CallResult
from askpro.simulator.line import Turn

_WHO = {"caller": "Caller", "agent": "Agent", "function": "Gateway", "event": "Retell"}
_WIDTH = 96


def turn_text(turn: Turn) -> str:
    """One turn, wrapped and indented under who speaks."""
    who = f"{_WHO[turn.kind]:>8}  "
    if turn.kind == "function":
        answer = turn.status or ("no answer" if turn.http is None else f"HTTP {turn.http}")
        text = f"{turn.text} -> {answer}, {turn.ms:.0f} ms"
    elif turn.kind == "event":
        http = "no answer" if turn.http is None else str(turn.http)
        text = f"{turn.text} -> {http}, {turn.ms:.0f} ms"
    else:
        text = turn.text
    return textwrap.fill(
        text, _WIDTH, initial_indent=who, subsequent_indent=" " * len(who), break_on_hyphens=False
    )


def summary(result: CallResult) -> str:
    """The last line of a played call."""
    count = len(result.functions)
    return (
        f"{result.scenario}: {result.outcome}. {count} function{'s' if count != 1 else ''}, "
        f"slowest {result.slowest_ms:.0f} ms, call {result.call_id}"
    )


def live_line(result: CallResult, at: datetime) -> str:
    """One call on one line, for the demonstration's running list."""
    mark = "!" if result.failures else " "
    if result.appointment:
        when = f"{datetime.fromisoformat(result.appointment):%a %d %b %H:%M}"
    else:
        # Why there is none: the last word of the gateway.
        when = next(reversed(result.statuses), "") if result.outcome == "nothing" else ""
    return (
        f"{at:%H:%M:%S} {mark} {result.company.business:<24.24} {result.caller.name:<22.22} "
        f"{result.scenario:<28.28} {result.outcome:<11} {when:<16} {result.slowest_ms:5.0f} ms"
    )
