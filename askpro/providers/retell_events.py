"""Retell's webhook events, thinned to what this product keeps (retell.md §1, §4, §5, §8).

Recordings, log links and access tokens never leave this module; the transcript only where it is
asked for. An event is refused only when nobody could say whose it is; a strange value in a field
that merely describes the call is dropped, because a refused event is a lost one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import datetime
from itertools import islice
from typing import Any

from askpro.errors import BadRequest
from askpro.providers import fields
from askpro.providers.json_body import load_object
from askpro.providers.retell_functions import CallFacts, call_facts

LIFECYCLE = frozenset({"call_started", "call_ended", "call_analyzed"})
TRANSFERS = frozenset(
    {"transfer_started", "transfer_bridged", "transfer_cancelled", "transfer_ended"}
)
CHATS = frozenset({"chat_started", "chat_ended", "chat_analyzed"})
INBOUND = "call_inbound"
TRANSCRIPT = "transcript_updated"
#: An event whose name is no name. It is acknowledged, as all unknown ones are.
UNNAMED = "unknown"
KNOWN = LIFECYCLE | TRANSFERS | CHATS | {INBOUND, TRANSCRIPT}

_LONGEST_SUMMARY = 5_000
_MOST_ANALYSIS_FIELDS = 50
_INSTANTS = frozenset({"sent_at", "started_at", "ended_at"})


@dataclass(frozen=True, slots=True)
class RetellEvent:
    """One event. ``event`` is Retell's word for it, ``known`` whether this product acts on it.

    ``subject`` says what ``call_id`` identifies: call, chat or inbound. Instants are aware and UTC,
    ``cost_cents`` is Retell's ``combined_cost``, which counts cents of a US dollar. Latencies are
    medians in milliseconds. ``summary``, ``analysis`` and ``transcript`` are texts about a person.

    ``dedupe_key`` is equal for two deliveries of one event, None where every delivery counts;
    ``digest`` is the hash of the raw body.
    """

    event: str
    subject: str
    call: CallFacts
    dedupe_key: str | None
    digest: str
    sent_at: datetime | None = None
    agent_name: str | None = None
    agent_version: int | None = None
    call_status: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    disconnection_reason: str | None = None
    cost_cents: float | None = None
    latency_e2e_ms: int | None = None
    latency_llm_ms: int | None = None
    latency_tts_ms: int | None = None
    transfer_number: str | None = None
    sentiment: str | None = None
    successful: bool | None = None
    in_voicemail: bool | None = None
    summary: str | None = None
    analysis: dict[str, str | int | float | bool] = field(default_factory=dict, hash=False)
    transcript: str | None = None

    @property
    def known(self) -> bool:
        return self.event in KNOWN

    def to_json(self) -> dict[str, Any]:
        """What the inbox stores: JSON types only, without empty fields."""
        stored: dict[str, Any] = {}
        for f in dataclass_fields(self):
            value = getattr(self, f.name)
            if isinstance(value, datetime):
                value = value.isoformat()
            elif isinstance(value, CallFacts):
                value = {
                    c.name: getattr(value, c.name)
                    for c in dataclass_fields(value)
                    if getattr(value, c.name) is not None
                }
            if value is not None and value != {}:
                stored[f.name] = value
        return stored | {"call": stored.get("call", {})}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> RetellEvent:
        """The event that :meth:`to_json` stored, here or in a newer release that was taken back."""
        values: dict[str, Any] = {"dedupe_key": None, **_known(cls, stored)}
        values["call"] = CallFacts(**_known(CallFacts, stored.get("call", {})))
        for name in _INSTANTS & values.keys():
            values[name] = datetime.fromisoformat(values[name])
        return cls(**values)


def _known(kind: type, stored: dict[str, Any]) -> dict[str, Any]:
    names = {each.name for each in dataclass_fields(kind)}
    return {name: value for name, value in stored.items() if name in names}


def parse_event(raw: bytes, *, keep_transcript: bool = False) -> RetellEvent:
    """Read a webhook body. Call it only after the signature was verified.

    Raises :class:`BadRequest` naming the field when the body is no JSON object, names no event, or
    a known event names no call; :class:`~askpro.errors.TooLarge` for a hostile shape.
    """
    body = load_object(raw)
    said = body.get("event")
    if fields.text(said) is None:
        raise BadRequest(field="event")
    event = fields.token(said, 64) or UNNAMED
    digest = hashlib.sha256(raw).hexdigest()
    return _read_event(event, body, digest, keep_transcript)


def read_call(call: dict[str, Any], *, keep_transcript: bool = False) -> RetellEvent:
    """The event that would say what Retell's API says about ``call``: for calls whose events were
    lost. It is the latest that the call can have had.

    Raises :class:`BadRequest` as :func:`parse_event`.
    """
    if call.get("call_analysis"):
        event = "call_analyzed"
    elif call.get("call_status") in ("ended", "error", "not_connected"):
        event = "call_ended"
    else:
        event = "call_started"
    return _read_event(event, {"call": call}, "", keep_transcript)


def _read_event(
    event: str, body: dict[str, Any], digest: str, keep_transcript: bool
) -> RetellEvent:
    subject, holder = _subject(event, body)
    facts = _facts(subject, holder, event)
    analysis = fields.mapping(holder.get("call_analysis") or holder.get("chat_analysis"))
    latency = fields.mapping(holder.get("latency"))
    transfer_number = _transfer_number(body, holder)
    return RetellEvent(
        event=event,
        subject=subject,
        call=facts,
        dedupe_key=_dedupe_key(event, facts, holder, transfer_number, digest),
        digest=digest,
        sent_at=fields.instant_from_ms(body.get("event_timestamp")),
        agent_name=fields.text(holder.get("agent_name"), 200),
        agent_version=fields.narrow(holder.get("agent_version")),
        call_status=fields.token(holder.get("call_status") or holder.get("chat_status"), 40),
        started_at=fields.instant_from_ms(holder.get("start_timestamp")),
        ended_at=fields.instant_from_ms(holder.get("end_timestamp")),
        duration_ms=_not_negative(fields.narrow(holder.get("duration_ms"))),
        disconnection_reason=fields.token(holder.get("disconnection_reason"), 100),
        cost_cents=_cost(holder),
        latency_e2e_ms=_median(latency, "e2e"),
        latency_llm_ms=_median(latency, "llm"),
        latency_tts_ms=_median(latency, "tts"),
        transfer_number=transfer_number,
        sentiment=fields.token(analysis.get("user_sentiment"), 40),
        successful=fields.flag(analysis.get("call_successful", analysis.get("chat_successful"))),
        in_voicemail=fields.flag(analysis.get("in_voicemail")),
        summary=fields.text(
            analysis.get("call_summary") or analysis.get("chat_summary"), _LONGEST_SUMMARY
        ),
        analysis=_custom_analysis(analysis),
        transcript=_transcript(holder) if keep_transcript else None,
    )


def _subject(event: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(subject, the object that describes it). Chats may come under ``call`` or ``chat``."""
    if event == INBOUND or ("call_inbound" in body and "call" not in body):
        names = (("inbound", "call_inbound"), ("inbound", "call"))
    elif event in CHATS or ("chat" in body and "call" not in body):
        names = (("chat", "chat"), ("chat", "call"))
    else:
        names = (("call", "call"), ("chat", "chat"))
    for subject, name in names:
        holder = body.get(name)
        if holder is None:
            continue
        if type(holder) is not dict:
            raise BadRequest(field=name)
        return subject, holder
    if event in KNOWN:
        raise BadRequest(field=names[0][1])
    return names[0][0], {}


def _facts(subject: str, holder: dict[str, Any], event: str) -> CallFacts:
    facts = call_facts(holder, outer_id=holder.get("chat_id")) if holder else CallFacts()
    # An inbound call may have no record and, before 2026, had no id; its numbers say enough.
    if facts.call_id is None and event in KNOWN and subject != "inbound":
        raise BadRequest(field="chat.chat_id" if subject == "chat" else "call.call_id")
    return facts


def _dedupe_key(
    event: str,
    facts: CallFacts,
    holder: dict[str, Any],
    transfer_number: str | None,
    digest: str,
) -> str | None:
    """Retell's advice (retell.md §4); what it says nothing about is equal byte for byte."""
    if event == TRANSCRIPT:
        return None
    if event in LIFECYCLE or event in CHATS or (event == INBOUND and facts.call_id):
        return f"{event}:{facts.call_id}"
    if event in TRANSFERS:
        started = fields.whole(holder.get("start_timestamp"))
        attempt = hashlib.sha256(f"{started}|{transfer_number}".encode()).hexdigest()[:16]
        return f"{event}:{facts.call_id}:{attempt}"
    return f"{event}:{digest[:32]}"


def _transfer_number(body: dict[str, Any], holder: dict[str, Any]) -> str | None:
    destination = body.get("transfer_destination") or holder.get("transfer_destination")
    if type(destination) is dict:
        destination = destination.get("number")
    return fields.text(destination, 100)


def _cost(holder: dict[str, Any]) -> float | None:
    cost = fields.number(fields.mapping(holder.get("call_cost")).get("combined_cost"))
    return cost if cost is not None and 0 <= cost < 1e9 else None


def _median(latency: Any, part: str) -> int | None:
    median = fields.number(fields.mapping(latency.get(part)).get("p50"))
    return round(median) if median is not None and 0 <= median < 1e9 else None


def _not_negative(value: int | None) -> int | None:
    return value if value is not None and value >= 0 else None


def _custom_analysis(analysis: Any) -> dict[str, str | int | float | bool]:
    """The single values of the operator's own analysis; Retell allows any object there."""
    kept: dict[str, str | int | float | bool] = {}
    free = fields.mapping(analysis.get("custom_analysis_data"))
    for name, value in islice(free.items(), _MOST_ANALYSIS_FIELDS):
        key = fields.text(name, 100)
        read = fields.text(value, 1_000) if isinstance(value, str) else value
        if key and isinstance(read, str | int | float | bool):
            kept[key] = read
    return kept


def _transcript(holder: dict[str, Any]) -> str | None:
    whole_text = fields.lines(holder.get("transcript"), 2_000_000)
    if whole_text is not None:
        return whole_text
    spoken = []
    for turn in fields.items(holder.get("transcript_object")):
        said = fields.text(fields.mapping(turn).get("content"), 10_000)
        role = fields.mapping(turn).get("role")
        if said and role in ("agent", "user"):
            spoken.append(f"{role.capitalize()}: {said}")
    return "\n".join(spoken) or None
