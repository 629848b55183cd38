"""Trouble on demand: what a test or a demonstration asks of ``POST /_sim/faults``.

A fault names the requests it strikes (``path`` as a prefix, ``method``, ``account`` by the name of
whose key it is, ``times``, ``error_share``) and what happens to them:

==================  ===========================================================================
mode                what the client sees
==================  ===========================================================================
ok                  ``status`` if one is given (429 with its headers), else only ``latency_ms``
hang                nothing, for ``seconds``; the request is not served
html                an HTML page of the edge (502, or ``status``); the request is not served
reset               the request is served; the connection is reset in the middle of the answer
truncated           the request is served; the answer ends in the middle, politely
drip                the request is served; the answer comes one byte a second
commit_then_500     the request is served; the answer says 500 (or ``status``)
commit_then_hang    the request is served; then nothing, for ``seconds``
==================  ===========================================================================
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from askpro.simulator import refusals

Mode = Literal[
    "ok", "hang", "reset", "truncated", "html", "drip", "commit_then_500", "commit_then_hang"
]
MODES = ("ok", "hang", "reset", "truncated", "html", "drip", "commit_then_500", "commit_then_hang")
HTML = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n"
    "</body>\r\n</html>\r\n"
)


@dataclass(frozen=True)
class Fault:
    """``latency_ms`` goes before everything else. ``times`` None = until taken back."""

    mode: Mode = "ok"
    latency_ms: float = 0
    error_share: float = 1.0
    status: int | None = None
    path: str | None = None
    method: str | None = None
    account: str | None = None
    times: int | None = None
    seconds: float = 600.0
    rate_limit_headers: bool = True
    reset_seconds: int = 37

    @property
    def serves(self) -> bool:
        """Whether the request takes effect before the trouble starts."""
        if self.mode == "ok":
            return self.status is None
        return self.mode not in ("hang", "html")

    @property
    def harmless(self) -> bool:
        nothing_fails = self.error_share == 0 or (self.mode == "ok" and self.status is None)
        return nothing_fails and not self.latency_ms

    @property
    def aim(self) -> tuple[str | None, str | None, str | None]:
        """Which requests it is about; another fault with the same aim takes its place."""
        return self.path, self.method, self.account

    def strikes(self, method: str, path: str, account: str) -> bool:
        right_method = self.method is None or self.method.upper() == method
        right_account = self.account in (None, account)
        return right_method and right_account and (self.path is None or path.startswith(self.path))


def read_fault(raw: Mapping[str, Any]) -> Fault:
    """A fault from JSON. ValueError names what is wrong."""
    known = {f.name for f in fields(Fault)}
    unknown = set(raw) - known
    if unknown:
        raise ValueError(
            f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
        )
    given = {key: value for key, value in raw.items() if value is not None}
    if given.get("mode", "ok") not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}")
    if given.get("error_share") and given.get("mode", "ok") == "ok" and "status" not in given:
        given["status"] = 500
    for name, least, most in (
        ("latency_ms", 0, 600_000),
        ("error_share", 0, 1),
        ("status", 400, 599),
        ("times", 1, 1_000_000_000),
        ("seconds", 0, 3600),
    ):
        value = given.get(name)
        if value is None:
            continue
        html_ok = name == "status" and given.get("mode") == "html" and value == 200
        if not isinstance(value, int | float) or not (least <= value <= most or html_ok):
            raise ValueError(f"{name} must be a number from {least} to {most}")
    return Fault(**given)


class Faults:
    """The faults in force; the one posted last wins where several strike."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._struck = 0
        self._released = threading.Event()

    def set(self, fault: Fault) -> None:
        """Put a fault in force, in place of the one with the same aim.

        A harmless one takes that fault back; without an aim it takes all back.
        """
        if fault.harmless and not any(fault.aim):
            self.clear()
            return
        with self._lock:
            self._faults = [each for each in self._faults if each.aim != fault.aim]
            if not fault.harmless:
                self._faults.insert(0, fault)

    def clear(self) -> None:
        """Take all back, and let go of every request that hangs."""
        with self._lock:
            self._faults = []
            self._struck = 0
            self._released.set()
            self._released = threading.Event()

    def shown(self) -> dict[str, Any]:
        with self._lock:
            return {
                "faults": [
                    {f.name: getattr(one, f.name) for f in fields(one)} for one in self._faults
                ],
                "struck": self._struck,
            }

    def draw(self, method: str, path: str, account: str) -> Fault | None:
        """The fault that strikes this request, if one does; counts it."""
        if not self._faults:
            return None
        with self._lock:
            for number, fault in enumerate(self._faults):
                if not fault.strikes(method, path, account):
                    continue
                if random.random() >= fault.error_share:
                    # Spared the trouble, not the latency.
                    return Fault(latency_ms=fault.latency_ms) if fault.latency_ms else None
                self._struck += 1
                if fault.times is not None:
                    if fault.times <= 1:
                        del self._faults[number]
                    else:
                        self._faults[number] = replace(fault, times=fault.times - 1)
                return fault
        return None

    def wait(self, seconds: float) -> None:
        """Hang for so long, or until the faults are cleared."""
        self._released.wait(seconds)

    def drip(self, body: bytes, every: float = 1.0) -> Iterator[bytes]:
        released = self._released
        for number in range(len(body)):
            if released.wait(every):
                yield body[number:]
                return
            yield body[number : number + 1]


def broken_off(body: bytes, connection: socket.socket | None, *, reset: bool) -> Iterator[bytes]:
    """Half of the body, then the end of the connection: politely (FIN) or not (RST)."""
    yield body[: max(len(body) // 2, 1)]
    if connection is not None:
        # Give the first half time to arrive: a reset may overtake what the peer has not read.
        time.sleep(0.05)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        else:
            connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("the answer ends here on purpose")


def refusal_of(fault: Fault) -> refusals.CalRefusal:
    """The documented answer of a fault's status."""
    status = fault.status or 500
    if status == 429:
        return refusals.too_many_requests()
    if status == 401:
        return refusals.invalid_key()
    if status == 403:
        return refusals.forbidden()
    if status == 409:
        return refusals.taken("no_available_users_found_error")
    if status < 500:
        return refusals.CalRefusal(status, "Simulated refusal")
    return refusals.server_fault(status)
