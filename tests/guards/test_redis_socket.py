"""The socket to Redis, over a pair of connected ones."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from askpro.guards.redis_address import connection_maker
from askpro.guards.redis_socket import PromptSocket
from tests.servers.redis import OwnRedis


@pytest.fixture
def pair() -> Iterator[tuple[PromptSocket, socket.socket]]:
    near, far = socket.socketpair()
    near.settimeout(0.05)
    prompt = PromptSocket.in_place_of(near)
    yield prompt, far
    prompt.close()
    far.close()


def test_it_waits_for_an_answer_as_long_as_was_said(pair):
    prompt, far = pair
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        prompt.recv_into(bytearray(10))
    assert 0.04 < time.monotonic() - begun < 1
    prompt.settimeout(10)
    threading.Timer(0.05, far.sendall, (b"late",)).start()
    buffer = bytearray(10)
    assert prompt.recv_into(buffer) == 4
    assert buffer[:4] == b"late"


def test_it_tells_that_the_other_side_hung_up(pair):
    prompt, far = pair
    far.close()
    assert prompt.recv_into(bytearray(10)) == 0


def test_more_than_the_kernel_takes_at_once_arrives_whole(pair):
    prompt, far = pair
    prompt.settimeout(10)
    sent = bytes(range(256)) * 8000
    heard = bytearray()

    def hear() -> None:
        while len(heard) < len(sent):
            heard.extend(far.recv(65_536))

    listener = threading.Thread(target=hear)
    listener.start()
    prompt.sendall(sent)
    listener.join(10)
    assert heard == sent


def test_who_does_not_read_is_given_up(pair):
    prompt, _ = pair
    with pytest.raises(TimeoutError):
        prompt.sendall(bytes(10_000_000))


def test_connections_to_redis_have_it(own_redis: OwnRedis):
    connection = connection_maker(own_redis.url, 0.5)()
    connection.connect()
    try:
        assert isinstance(connection._sock, PromptSocket)
        connection.send_command("PING")
        assert connection.read_response() == b"PONG"
    finally:
        connection.disconnect()
