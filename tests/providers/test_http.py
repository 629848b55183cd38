"""The sender that both providers use."""

from __future__ import annotations

import os
import socket
import time

import pytest

from askpro.providers import bounded_connection
from askpro.providers.http import AnswerLost, Deadline, NothingSent, Sender
from tests.providers.stub import Stub, answer, hang


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
