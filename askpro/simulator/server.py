"""A small threaded HTTP/1.1 server for the simulator's WSGI app.

Werkzeug's development server closes every connection and waits after each answer; a gateway under
load would measure that instead of itself. This one keeps connections alive, never delays small
packets, and hands the app its socket (``simulator.socket``) so that faults can really break it.
Only for loopback: it trusts its clients.
"""

from __future__ import annotations

import io
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote

WsgiApp = Callable[..., Iterable[bytes]]
#: An answer that carries it is sent piece by piece; the header itself is not sent.
STREAM_HEADER = "X-Sim-Stream"
_MOST_BODY = 10_000_000


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body would otherwise wait for each other: Nagle meets delayed ACK, 40 ms a request.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: SimulatorServer

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError, ValueError):
            # The client went away, or a fault closed the socket under us.
            self.close_connection = True

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        if length > _MOST_BODY or chunked:
            self.close_connection = True
            self.send_error(411 if chunked else 413)
            return
        body = self.rfile.read(length) if length else b""
        answer = self.server.app(self._environ(body), self._start)
        try:
            for part in answer:
                self._send(part)
            self._send(b"")
            self.wfile.flush()
        except (ConnectionError, ValueError):
            self.close_connection = True
        finally:
            close = getattr(answer, "close", None)
            if close:
                close()

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = _serve

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        code, _, reason = status.partition(" ")
        self._pending: tuple[int, str, list[tuple[str, str]]] | None = (int(code), reason, headers)

    def _send(self, part: bytes) -> None:
        if self._pending:
            code, reason, headers = self._pending
            self._pending = None
            self.send_response_only(code, reason)
            self._streams = False
            for name, value in headers:
                if name == STREAM_HEADER:
                    self._streams = True
                    continue
                self.send_header(name, value)
                if name.lower() == "connection" and value.lower() == "close":
                    self.close_connection = True
            self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(part)
        if self._streams and part:
            self.wfile.flush()

    _streams = False

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "simulator.socket": self.connection,
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
        }
        for name, value in self.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    def log_message(self, format: str, *args: Any) -> None:
        """No access log: /_sim/requests has it all."""


class SimulatorServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serve ``app`` on host and port (0 = any free one). One thread a connection."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, app: WsgiApp, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is everyday life here; anything else is a bug and shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop listening and cut what is still open. Call from another thread."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # Already gone, which is what we want.
