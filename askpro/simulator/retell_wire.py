"""Retell's bytes: bodies, time stamps and signatures (retell.md §1, §2)."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any


def sign(raw: bytes, key: str, unix_ms: int) -> str:
    """``X-Retell-Signature`` over the raw body (retell.md §2)."""
    digest = hmac.new(key.encode(), raw + str(unix_ms).encode(), hashlib.sha256).hexdigest()
    return f"v={unix_ms},d={digest}"


def analysis(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "call_summary": found.get("summary", "Ein Anrufer hat sich nach einem Termin erkundigt."),
        "in_voicemail": False,
        "user_sentiment": found.get("sentiment", "Neutral"),
        "call_successful": bool(found.get("successful", True)),
        "custom_analysis_data": found.get("data", {}),
    }


def encode(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
