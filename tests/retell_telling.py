"""What Retell tells of calls, by the few words that matter; the rest is plausible."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from askpro.providers.retell_events import RetellEvent, parse_event

CALLER, SALON = "+4917604069012", "+493023125110"


def body(event: str, call_id: str = "call_of_the_day", **call: Any) -> dict[str, Any]:
    """A webhook body; ``call`` are fields of its call, over plausible ones."""
    facts = {
        "call_id": call_id,
        "call_type": "phone_call",
        "agent_id": "agent_of_the_day",
        "agent_version": 7,
        "direction": "inbound",
        "from_number": CALLER,
        "to_number": SALON,
        **call,
    }
    return {"event": event, "call": {k: v for k, v in facts.items() if v is not None}}


def raw(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def event(name: str, call_id: str = "call_of_the_day", **call: Any) -> RetellEvent:
    """:func:`body`, as it is read."""
    return parse_event(raw(body(name, call_id, **call)), keep_transcript=True)


def lifecycle(call_id: str, began: datetime, **call: Any) -> list[dict[str, Any]]:
    """Started, ended and analysed, each knowing more than the one before."""
    ended = began + timedelta(seconds=95)
    start = {"start_timestamp": _ms(began)}
    end = {
        **start,
        "end_timestamp": _ms(ended),
        "duration_ms": 95_000,
        "disconnection_reason": "user_hangup",
        "call_cost": {"combined_cost": 2.2306},
        "latency": {"e2e": {"p50": 836}},
    }
    analysis = {"call_successful": True, "user_sentiment": "Positive", "in_voicemail": False}
    return [
        body("call_started", call_id, **start, **call),
        body("call_ended", call_id, **end, **call),
        body("call_analyzed", call_id, **end, call_analysis=analysis, **call),
    ]


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
