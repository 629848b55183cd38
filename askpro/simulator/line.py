"""One telephone call as Retell conducts it: events, functions, transcript, signatures.

Speaks HTTP to a running gateway and knows Retell's contract (retell.md §1-§5); refuses to know
what is said, which is :mod:`askpro.simulator.scenarios`.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import requests

from askpro.clock import Clock
from askpro.simulator.cast import Company, Person
from askpro.simulator.retell_wire import analysis as analysis_of
from askpro.simulator.retell_wire import encode, milliseconds, sign

EVENT_PATH = "/api/webhooks/retell"
FUNCTION_PATH = "/api/webhooks/retell/function"
#: Retell's patience: a webhook is tried up to four times, a function once (retell.md §3, §4).
_WEBHOOK_ATTEMPTS = 4
_SECONDS_PER_WORD = 0.38


@dataclass(frozen=True)
class Turn:
    """One thing that happened. ``kind``: caller, agent, function or event."""

    kind: str
    text: str
    ms: float | None = None
    status: str | None = None
    http: int | None = None


@dataclass(frozen=True)
class Spoken:
    """The gateway's answer to a function. ``status`` "" = no answer that could be read."""

    status: str
    message: str
    http: int | None
    ms: float
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def alternatives(self) -> list[dict[str, Any]]:
        found = self.fields.get("alternatives")
        return found if isinstance(found, list) else []


@dataclass(frozen=True)
class Connection:
    """How to reach a gateway. ``key`` signs; ``clock`` is the family's.

    ``pace`` is the time in seconds that one spoken word takes on the wall clock (0 = at once).
    ``simulator_url`` lets a scenario break the calendar.
    """

    base_url: str
    key: str
    clock: Clock = field(default_factory=Clock)
    pace: float = 0.0
    timeout: float = 15.0
    simulator_url: str | None = None
    duplicates: bool = False
    reorder: bool = False
    retry_seconds: float = 0.2
    session: requests.Session = field(default_factory=requests.Session, compare=False)


class Line:
    """A call from ringing to analysis. Every method that speaks is told to ``listener``."""

    def __init__(
        self,
        connection: Connection,
        company: Company,
        caller: Person,
        *,
        web: bool = False,
        listener: Callable[[Turn], None] | None = None,
    ) -> None:
        self.connection = connection
        self.company = company
        self.caller = caller
        self.web = web
        self.call_id = f"call_{secrets.token_hex(14)[:27]}"
        self.turns: list[Turn] = []
        self.variables: dict[str, str] = {}
        #: Start of the appointment that this call ended with, as the gateway wrote it.
        self.appointment: str | None = None
        self._listener = listener
        self._started = connection.clock.now()
        self._seconds = 0.0
        self._said: list[dict[str, Any]] = []
        self._with_tools: list[dict[str, Any]] = []
        self._held_back: list[dict[str, Any]] = []
        self._last: tuple[bytes, str] | None = None

    # -- the conversation ---------------------------------------------------------------------

    def says(self, text: str) -> None:
        """The caller speaks."""
        self._speak("user", text)
        self._told(Turn("caller", text))

    def agent(self, text: str) -> None:
        """The voice agent speaks."""
        self._speak("agent", text)
        self._told(Turn("agent", text))

    def function(self, name: str, /, **args: Any) -> Spoken:
        """The agent calls a function of the gateway and hears its answer."""
        invocation = {
            "role": "tool_call_invocation",
            "tool_call_id": f"tool_call_{secrets.token_hex(12)}",
            "name": name,
            "arguments": json.dumps(args, ensure_ascii=False),
            "type": "custom",
            "time_sec": round(self._seconds, 3),
        }
        self._with_tools.append(invocation)
        body = {"name": name, "call": self._call("ongoing", live=True), "args": args}
        raw = encode(body)
        signature = self._sign(raw)
        self._last = (raw, signature)
        return self._ask(name, raw, signature, str(invocation["tool_call_id"]))

    def same_again(self) -> Spoken:
        """Retell's own retry: the very bytes and signature of the last function call."""
        if self._last is None:
            raise ValueError("no function was called yet")
        raw, signature = self._last
        return self._ask("(the same bytes again)", raw, signature, None)

    def _ask(self, name: str, raw: bytes, signature: str, invocation_id: str | None) -> Spoken:
        answer, ms = self._post(FUNCTION_PATH, raw, signature)
        body: dict[str, Any] = {}
        if answer is not None:
            try:
                read = answer.json()
                body = read if isinstance(read, dict) else {}
            except ValueError:
                body = {}
        spoken = Spoken(
            status=str(body.get("status", "")),
            message=str(body.get("message", "")),
            http=answer.status_code if answer is not None else None,
            ms=ms,
            fields=body,
        )
        if invocation_id:
            self._with_tools.append(
                {
                    "role": "tool_call_result",
                    "tool_call_id": invocation_id,
                    "content": answer.text[:15_000] if answer is not None else "timeout",
                    "successful": answer is not None and answer.ok,
                }
            )
        moved = body.get("new")
        made = moved if isinstance(moved, dict) else body
        if spoken.status in ("booked", "requested", "rescheduled") and made.get("start"):
            self.appointment = str(made["start"])
        self._seconds += ms / 1000
        shown = json.dumps(json.loads(raw)["args"], ensure_ascii=False)
        self._told(Turn("function", f"{name} {shown}", ms, spoken.status, spoken.http))
        return spoken

    # -- the life of a call -------------------------------------------------------------------

    def rings(self) -> None:
        """``call_inbound`` (not for web calls), then ``call_started``."""
        if not self.web:
            self._inbound()
        event = {"event": "call_started", "call": self._call("ongoing")}
        if self.connection.reorder:
            self._held_back.append(event)  # It gets lost on the way and comes after the end.
        else:
            self._tell(event)

    def hangs_up(
        self, reason: str = "user_hangup", *, analysis: dict[str, Any] | None = None
    ) -> None:
        """``call_ended`` and ``call_analyzed``; with ``reorder`` the other way round."""
        ended = self._call("ended", reason=reason)
        analyzed = {**ended, "call_analysis": analysis_of(analysis or {})}
        events = [
            {"event": "call_ended", "call": ended},
            {"event": "call_analyzed", "call": analyzed},
        ]
        if self.connection.reorder:
            events.reverse()
        for event in [*events, *self._held_back]:
            self._tell(event)
        self._held_back = []

    def _inbound(self) -> None:
        raw = encode(
            {
                "event": "call_inbound",
                "event_timestamp": self.connection.clock.unix_ms(),
                "call_inbound": {
                    "call_id": self.call_id,
                    "agent_id": self.company.agent_id,
                    "agent_version": self.company.agent_version,
                    "from_number": self.caller.number,
                    "to_number": self.company.number,
                },
            }
        )
        signature = self._sign(raw)
        answer, ms = self._post(EVENT_PATH, raw, signature)
        http = answer.status_code if answer is not None else None
        self._told(Turn("event", "call_inbound", ms, None, http))
        if answer is not None and answer.ok:
            try:
                self.variables = answer.json()["call_inbound"].get("dynamic_variables") or {}
            except (ValueError, KeyError, AttributeError):
                self.variables = {}  # The call goes on without them, as Retell's would.

    def _tell(self, event: dict[str, Any]) -> None:
        """Deliver one event as Retell does: again on anything but 2xx, and twice if asked to."""
        raw = encode(event)
        for _ in range(2 if self.connection.duplicates else 1):
            for attempt in range(_WEBHOOK_ATTEMPTS):
                signature = self._sign(raw)
                answer, ms = self._post(EVENT_PATH, raw, signature)
                http = answer.status_code if answer is not None else None
                self._told(Turn("event", str(event["event"]), ms, None, http))
                if answer is not None and (answer.ok or answer.status_code in (401, 403)):
                    break
                time.sleep(min(self.connection.retry_seconds * 2**attempt, 2))

    def _sign(self, raw: bytes) -> str:
        """A company with a key of its own is spoken for by that key only."""
        key = self.company.retell_key or self.connection.key
        return sign(raw, key, self.connection.clock.unix_ms())

    # -- bytes on the wire --------------------------------------------------------------------

    def _post(
        self, path: str, raw: bytes, signature: str
    ) -> tuple[requests.Response | None, float]:
        started = time.monotonic()
        try:
            answer: requests.Response | None = self.connection.session.post(
                self.connection.base_url + path,
                data=raw,
                headers={"Content-Type": "application/json", "X-Retell-Signature": signature},
                timeout=self.connection.timeout,
                allow_redirects=False,
            )
        except requests.RequestException:
            answer = None  # The turn shows it: no HTTP status.
        return answer, round((time.monotonic() - started) * 1000, 1)

    def _call(
        self, status: str, *, live: bool = False, reason: str | None = None
    ) -> dict[str, Any]:
        start_ms = milliseconds(self._started)
        call: dict[str, Any] = {
            "call_id": self.call_id,
            "call_type": "web_call" if self.web else "phone_call",
            "agent_id": self.company.agent_id,
            "agent_name": f"{self.company.business} Empfang",
            "agent_version": self.company.agent_version,
            "call_status": status,
            "start_timestamp": start_ms,
            "metadata": {},
            "retell_llm_dynamic_variables": self.variables,
            "data_storage_setting": "everything",
            "opt_in_signed_url": False,
        }
        if self.web:
            call["access_token"] = f"web-{self.call_id}"
        else:
            call["direction"] = "inbound"
            call["from_number"] = self.caller.number
            call["to_number"] = self.company.number
        if reason:
            call["end_timestamp"] = start_ms + int(self._seconds * 1000)
            call["duration_ms"] = int(self._seconds * 1000)
            call["disconnection_reason"] = reason
            call["call_cost"] = {
                "combined_cost": round(self._seconds * 0.16, 3),
                "product_costs": [],
                "total_duration_seconds": round(self._seconds),
                "total_duration_unit_price": 0.16,
            }
        if live or reason:
            call["transcript"] = "".join(
                f"{'Agent' if t['role'] == 'agent' else 'User'}: {t['content']}\n"
                for t in self._said
            )
            call["transcript_object"] = self._said
            call["transcript_with_tool_calls"] = self._with_tools
        return call

    def _speak(self, role: str, text: str) -> None:
        words, start = [], self._seconds + 0.4
        for word in text.split():
            words.append(
                {"word": f"{word} ", "start": round(start, 3), "end": round(start + 0.3, 3)}
            )
            start += _SECONDS_PER_WORD
        self._seconds = start
        said = {"role": role, "content": text, "words": words}
        self._said.append(said)
        self._with_tools.append(said)
        if self.connection.pace:
            time.sleep(self.connection.pace * len(words))

    def _told(self, turn: Turn) -> None:
        self.turns.append(turn)
        if self._listener:
            self._listener(turn)

    def neighbour(self, caller: Person) -> Line:
        """Another call to the same company, at the same gateway, that nobody listens in to."""
        quick = replace(self.connection, pace=0.0)
        return Line(quick, self.company, caller)

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self._seconds)
