"""The sender that both providers use."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from askpro.providers import bounded_connection
from askpro.providers.http import AnswerLost, Deadline, NothingSent, Sender
from tests.providers.stub import Stub, answer, close, drip, hang, message, stub_server


def sender(stub: Stub) -> Sender:
    return Sender(stub.url, threads=4, connect_seconds=0.5)


def get(sender: Sender, seconds: float = 2.0) -> bytes:
    return sender.exchange("GET", "/x", Deadline.within(seconds), headers={}).body


def test_it_follows_no_redirect(stub: Stub) -> None:
    stub.will(answer(302, b"elsewhere", {"Location": f"{stub.url}/y"}))
    found = sender(stub).exchange("GET", "/x", Deadline.within(1), headers={})
    assert (found.status, found.body) == (302, b"elsewhere")
    assert len(stub.requests) == 1


def test_a_forked_process_opens_connections_of_its_own(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.will(answer(200, b"x"))
    shared = sender(stub)
    get(shared)
    get(shared)
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    get(shared)
    assert [request.connection for request in stub.requests] == [1, 1, 2]


def test_nothing_is_opened_before_it_is_needed(stub: Stub) -> None:
    sender(stub)
    time.sleep(0.05)
    assert stub.requests == []


def test_a_deadline_that_has_passed_sends_nothing(stub: Stub) -> None:
    with pytest.raises(NothingSent):
        get(sender(stub), seconds=0)


def test_a_connection_that_was_closed_meanwhile_is_replaced(stub: Stub) -> None:
    def answer_and_close(sock: socket.socket) -> bool:
        answer(200, b"x")(sock)
        return False

    stub.will(answer_and_close)
    reused = sender(stub)
    for _ in range(5):
        assert get(reused) == b"x"
        time.sleep(0.02)


def test_a_lost_answer_keeps_no_connection(stub: Stub) -> None:
    stub.will(hang(), answer(200, b"x"))
    reused = sender(stub)
    with pytest.raises(AnswerLost) as lost:
        get(reused, seconds=0.2)
    assert lost.value.why == "timeout"
    assert get(reused) == b"x"
    assert [request.connection for request in stub.requests] == [1, 2]


def test_a_silent_address_leaves_time_for_the_next(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two addresses, the first of which takes no more connections."""
    stub.will(answer(200, b"x"))
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname()),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", stub.port)),
        ]
        monkeypatch.setattr(bounded_connection.socket, "getaddrinfo", lambda *_, **__: addresses)
        began = time.monotonic()
        assert get(sender(stub)) == b"x"
        assert time.monotonic() - began < 0.5
        for one in waiting:
            one.close()


def test_no_address_that_answers_is_not_sent(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_connection.socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(NothingSent):
        get(sender(stub))


def test_a_header_that_cannot_be_sent_is_not_sent(stub: Stub) -> None:
    stub.will(answer(200, b"x"))
    for value in ("schlüssel€", "a\r\nX-Injected: 1"):
        with pytest.raises(NothingSent):
            sender(stub).exchange("GET", "/x", Deadline.within(1), headers={"Authorization": value})
    assert stub.requests == []


# -- the same over TLS, as in production --


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for loopback with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stub")])
    now = datetime.datetime.now(datetime.UTC)
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([loopback]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "stub.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[Stub, Sender]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with stub_server(context) as running:
        trusting = Sender(f"https://127.0.0.1:{running.port}", threads=4, connect_seconds=1)
        trusting._session_of_this_process().verify = str(certificate)
        yield running, trusting


def test_tls_reads_share_a_connection_and_writes_do_not(secure: tuple[Stub, Sender]) -> None:
    stub, trusting = secure
    stub.will(answer(200, b"x"))
    for method in ("GET", "GET", "POST", "POST", "GET"):
        trusting.exchange(method, "/x", Deadline.within(2), headers={}, body=None)
    assert [request.connection for request in stub.requests] == [1, 1, 2, 3, 4]


def test_the_hard_stop_holds_over_tls(secure: tuple[Stub, Sender]) -> None:
    stub, trusting = secure
    for slow in (hang(), drip(message(200, {"a": 1}))):
        stub.will(slow)
        began = time.monotonic()
        with pytest.raises(AnswerLost) as lost:
            get(trusting, seconds=0.4)
        assert lost.value.why == "timeout"
        assert time.monotonic() - began < 0.8


def test_an_answer_cut_off_inside_tls_is_lost(secure: tuple[Stub, Sender]) -> None:
    stub, trusting = secure
    stub.will(close(message(201, {"a": 1})[:-2]))
    with pytest.raises(AnswerLost) as lost:
        trusting.exchange("POST", "/x", Deadline.within(1), headers={}, body=b"{}")
    assert (lost.value.why, lost.value.status) == ("cut", 201)


def test_a_certificate_that_nobody_vouches_for_gets_no_request(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with stub_server(context) as running:
        doubting = Sender(f"https://127.0.0.1:{running.port}", threads=4, connect_seconds=1)
        with pytest.raises(NothingSent):
            get(doubting)
        assert running.requests == []
