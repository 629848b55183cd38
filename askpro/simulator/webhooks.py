"""Signed webhooks to subscribers, one attempt each, from a thread of their own (calcom.md §7)."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

TRIGGERS = (
    "BOOKING_CREATED", "BOOKING_PAYMENT_INITIATED", "BOOKING_PAID", "BOOKING_RESCHEDULED",
    "BOOKING_REQUESTED", "BOOKING_CANCELLED", "BOOKING_REJECTED", "BOOKING_NO_SHOW_UPDATED",
    "FORM_SUBMITTED", "MEETING_ENDED", "MEETING_STARTED", "RECORDING_READY", "INSTANT_MEETING",
    "RECORDING_TRANSCRIPTION_GENERATED", "OOO_CREATED", "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW", "FORM_SUBMITTED_NO_EVENT", "ROUTING_FORM_FALLBACK_HIT",
    "DELEGATION_CREDENTIAL_ERROR", "WRONG_ASSIGNMENT_REPORT",
)  # fmt: skip
VERSION = "2021-10-20"


def sign(raw: bytes, secret: str | None) -> str:
    """``X-Cal-Signature-256``: lowercase hex over the raw body; a fixed word without a secret."""
    if not secret:
        return "no-secret-provided"
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Subscriber:
    """Where webhooks go. ``account_id`` None = those of every account.

    ``secrets_by_account`` are the tenants' own; the others are signed with ``secret``.
    """

    url: str
    secret: str | None = field(default=None, repr=False)
    account_id: int | None = None
    triggers: frozenset[str] = frozenset(TRIGGERS)
    secrets_by_account: Mapping[int, str] = field(default_factory=dict, repr=False)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    active: bool = True

    def wants(self, trigger: str, account_id: int) -> bool:
        mine = self.account_id in (None, account_id)
        return self.active and mine and trigger in self.triggers | {"PING"}

    def secret_for(self, account_id: int) -> str | None:
        return self.secrets_by_account.get(account_id) or self.secret


@dataclass
class _Delivery:
    url: str
    raw: bytes
    signature: str
    trigger: str
    uid: str


class Webhooks:
    """Subscribers and the outbox. ``copies`` and ``delay_ms`` make Cal.com's delivery worse.

    ``awaited``: as older builds do, an event is delivered inside the call that caused it, which is
    answered only afterwards (calcom.md §7).
    """

    def __init__(self, timeout: float = 10.0) -> None:
        self.copies = 1
        self.delay_ms = 0.0
        self.awaited = False
        self.paused = threading.Event()
        self._timeout = timeout
        self._subscribers: dict[str, Subscriber] = {}
        self._outbox: queue.Queue[_Delivery | None] = queue.Queue()
        self._done: deque[dict[str, Any]] = deque(maxlen=2000)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._under_way = 0

    def subscribe(self, subscriber: Subscriber) -> Subscriber:
        with self._lock:
            self._subscribers[subscriber.id] = subscriber
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self._thread.start()
        return subscriber

    def unsubscribe(self, subscriber_id: str) -> Subscriber | None:
        with self._lock:
            return self._subscribers.pop(subscriber_id, None)

    def subscribers(self) -> list[Subscriber]:
        with self._lock:
            return list(self._subscribers.values())

    def send(self, trigger: str, account_id: int, uid: str, body: Mapping[str, Any]) -> None:
        """Queue one event for every subscriber that wants it. Returns at once unless awaited."""
        wanting = [s for s in self.subscribers() if s.wants(trigger, account_id)]
        if not wanting:
            return
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        for subscriber in wanting:
            signature = sign(raw, subscriber.secret_for(account_id))
            for _ in range(self.copies):
                with self._lock:
                    self._under_way += 1
                delivery = _Delivery(subscriber.url, raw, signature, trigger, uid)
                if self.awaited:
                    with requests.Session() as session:
                        self._deliver(session, delivery)
                else:
                    self._outbox.put(delivery)

    def idle(self) -> bool:
        with self._lock:
            return self._under_way == 0

    def deliveries(self) -> list[dict[str, Any]]:
        """What was delivered, oldest first: trigger, uid, url, status (None = no answer), ms."""
        with self._lock:
            return list(self._done)

    def stop(self) -> None:
        self.paused.clear()
        self._outbox.put(None)
        if self._thread:
            self._thread.join(timeout=2)

    def _run(self) -> None:
        with requests.Session() as session:
            while (delivery := self._outbox.get()) is not None:
                while self.paused.is_set():
                    time.sleep(0.02)
                if self.delay_ms:
                    time.sleep(self.delay_ms / 1000)
                self._deliver(session, delivery)

    def _deliver(self, session: requests.Session, delivery: _Delivery) -> None:
        started = time.monotonic()
        status: int | None = None
        try:
            # Redirects are not followed: a 3xx loses the event, as it does with Cal.com.
            answer = session.post(
                delivery.url,
                data=delivery.raw,
                headers={
                    "Content-Type": "application/json",
                    "X-Cal-Signature-256": delivery.signature,
                    "X-Cal-Webhook-Version": VERSION,
                },
                timeout=self._timeout,
                allow_redirects=False,
            )
            status = answer.status_code
        except requests.RequestException:
            status = None  # Lost: Cal.com only logs it, and so do the deliveries.
        with self._lock:
            self._under_way -= 1
            self._done.append(
                {
                    "trigger": delivery.trigger,
                    "uid": delivery.uid,
                    "url": delivery.url,
                    "status": status,
                    "ms": round((time.monotonic() - started) * 1000, 1),
                }
            )
