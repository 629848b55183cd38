"""The deployed nginx configuration, running against a gateway that only echoes."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.reference import ROOT
from tests.servers.leash import LOG_FILES, Leash
from tests.servers.nginx import Nginx
from tests.servers.ports import free_port

SITE = ROOT / "deploy" / "nginx" / "askpro.conf"


class Wall:
    """nginx with the deployed configuration. ``url`` is HTTPS; ``certificate`` verifies it."""

    def __init__(
        self,
        leash: Leash,
        folder: Path,
        first: int,
        second: int,
        beside: int | None,
        lower: bool,
    ) -> None:
        self.certificate = _certificate(folder / "tls")
        self.port, self.plain_port = free_port(), free_port()
        self.etc = folder
        site = SITE.read_text().replace("/etc/askpro", str(folder))
        if beside is not None:  # As a balancer's list of machines: they take turns.
            site = site.replace("127.0.0.1:8001", f"127.0.0.1:{beside}", 1)
        site = site.replace("127.0.0.1:8001", f"127.0.0.1:{first}")
        site = site.replace("127.0.0.1:8002", f"127.0.0.1:{second}")
        if lower:
            site = site.replace("rate=200r/s", "rate=20r/s").replace("burst=400", "burst=40")
        site = re.sub(r"listen \[::\].*\n", "", site)
        site = site.replace("listen 443", f"listen 127.0.0.1:{self.port}")
        site = site.replace("listen 80;", f"listen 127.0.0.1:{self.plain_port};")
        site = site.replace("/var/log/nginx", str(folder))
        self.access_log = folder / "askpro.log"
        self.error_log = folder / "askpro-errors.log"
        LOG_FILES.update((self.access_log, self.error_log))
        self.nginx = Nginx(leash, site)
        self.nginx.start(self.port)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def session(self) -> requests.Session:
        """A client that keeps its connection and trusts this certificate only."""
        session = requests.Session()
        session.trust_env = False  # REQUESTS_CA_BUNDLE would win over verify.
        session.verify = str(self.certificate)
        return session

    def log_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.access_log.read_text().splitlines()]


@pytest.fixture
def wall(leash: Leash, tmp_path: Path) -> Iterator[Callable[..., Wall]]:
    """``wall(8001)`` puts nginx in front of the gateway on that port; ``second`` is the one that a
    release switches to, ``beside`` one that serves at the same time. ``lower``: a tenth of the
    requests is a flood, which a busy machine can bring about as well."""
    made: list[Wall] = []

    def make(
        first: int, second: int = 1, *, beside: int | None = None, lower: bool = False
    ) -> Wall:
        made.append(Wall(leash, tmp_path, first, second, beside, lower))
        return made[-1]

    yield make
    for one in made:
        one.nginx.stop()


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Header and body leave together; else each answer waits 40 ms for an ACK.

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(self.path)
        if self.path == "/vanish-once" and self.server.seen.count("/vanish-once") == 1:
            self.close_connection = True
            return
        answer = json.dumps({"headers": dict(self.headers), "bytes": len(body)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.wfile.flush()

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """The tests look at ``seen``."""


@pytest.fixture
def echo() -> Iterator[ThreadingHTTPServer]:
    """A gateway that answers with the headers it got; ``seen`` lists the paths."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def _certificate(folder: Path) -> Path:
    """A certificate of our own for 127.0.0.1, where the site looks for one."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "askpro.example.com")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=10))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "fullchain.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
