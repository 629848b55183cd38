"""A stub in Cal.com's place and a client that talks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from askpro.clock import Clock
from askpro.providers.calcom import Attempt, CalcomAccount, CalcomClient
from askpro.settings import Settings
from tests.providers.stub import Stub, stub_server


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as running:
        yield running


@pytest.fixture
def attempts() -> list[Attempt]:
    """What the client's observer heard."""
    return []


@pytest.fixture
def make_client(stub: Stub, attempts: list[Attempt]) -> Callable[..., CalcomClient]:
    """``make_client(read_seconds=0.3, circuit=…)``: a client of the stub, impatient by default."""

    def make(*, url: str | None = None, circuit: Any = None, **seconds: float) -> CalcomClient:
        settings = Settings(
            calcom_connect_seconds=seconds.get("connect_seconds", 0.5),
            calcom_read_seconds=seconds.get("read_seconds", 2.0),
            calcom_write_seconds=seconds.get("write_seconds", 2.0),
            web_threads=16,
        )
        account = CalcomAccount("calcom_api", "cal_test_key", url or stub.url)
        return CalcomClient(account, settings, Clock(), circuit=circuit, observer=attempts.append)

    return make


@pytest.fixture
def client(make_client: Callable[..., CalcomClient]) -> CalcomClient:
    return make_client()
