"""A load generator in a process of its own: raw sockets, kept alive, each request sent once.

``python -m benchmarks.client URL FILE CONNECTIONS SECONDS [RATE]``. With a rate requests are due at
fixed instants, and a late answer counts from when its request was due, so that a server that stands
still is not spared. Without one it serves where there is no wrk.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit


class _Line:
    """One connection, and the request that is out on it."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.heard = b""

    def send(self, request: bytes, due: float) -> None:
        self.due, self.heard = due, b""
        self.socket.sendall(request)

    def hear(self) -> int | None:
        """The status once the whole answer is here; 0 when the connection is gone."""
        piece = self.socket.recv(65536)
        if not piece:
            return 0
        self.heard += piece
        head, blank, body = self.heard.partition(b"\r\n\r\n")
        if not blank:
            return None
        length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
        return int(head[9:12]) if len(body) >= int(length) else None


def run(
    url: str, requests: list[bytes], connections: int, seconds: float, rate: float | None = None
) -> dict[str, float]:
    """Send ``requests`` until the time or they are over; what came of it."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), int(parts.port or 80)
    waiting = deque(requests)
    ready = selectors.DefaultSelector()
    idle: deque[_Line] = deque()
    for _ in range(connections):
        line = _Line(host, port)
        ready.register(line.socket, selectors.EVENT_READ, line)
        idle.append(line)
    latencies: list[float] = []
    refused = broken = sent = 0
    begun = time.perf_counter()
    until = begun + seconds
    while True:
        now = time.perf_counter()
        while idle and waiting and now < until:
            due = begun + sent / rate if rate else now
            if due > now:
                break
            idle.popleft().send(waiting.popleft(), due)
            sent += 1
        if now >= until or (not waiting and len(idle) == connections):
            break
        pause = until - now
        if rate and idle and waiting:
            pause = max(begun + sent / rate - now, 0)
        for key, _ in ready.select(min(pause, 0.05)):
            line = key.data
            status = line.hear()
            if status is None:
                continue
            latencies.append((time.perf_counter() - line.due) * 1000)
            refused += status >= 400
            if status == 0:
                broken += 1
                ready.unregister(line.socket)
                line = _Line(host, port)
                ready.register(line.socket, selectors.EVENT_READ, line)
            idle.append(line)
    spent = time.perf_counter() - begun
    latencies.sort()

    def rank(share: float) -> float:
        return latencies[int(len(latencies) * share)] if latencies else 0.0

    return {
        "answers": len(latencies),
        "seconds": spent,
        "refused": refused,
        "broken": broken,
        "p50": rank(0.5),
        "p99": rank(0.99),
    }


def request_of(url: str, signature: str, body: str) -> bytes:
    parts = urlsplit(url)
    raw = body.encode()
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        f"X-Retell-Signature: {signature}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


def main() -> None:
    url, file, connections, seconds, *rate = sys.argv[1:]
    lines = Path(file).read_text("utf-8").splitlines()
    requests = [request_of(url, *line.split("\t", 1)) for line in lines]
    result = run(url, requests, int(connections), float(seconds), float(rate[0]) if rate else None)
    print("RESULT " + json.dumps(result))


if __name__ == "__main__":
    main()
