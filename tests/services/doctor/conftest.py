"""The golden world's gateway behind a real port, so that the doctor can knock."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from askpro.services.doctor import state
from askpro.services.doctor.examination import CHECKS
from askpro.services.doctor.findings import Finding
from askpro.services.doctor.instance import Instance
from askpro.settings import Settings
from tests.worlds import World, golden

#: Runs the named check, and returns its findings by name.
Diagnose = Callable[[str], dict[str, Finding]]


@contextmanager
def without_pytests_handlers() -> Iterator[None]:
    """pytest collects log lines as they were written, before anything is redacted."""
    root = logging.getLogger()
    pytests = [each for each in root.handlers if type(each).__module__.startswith("_pytest")]
    for handler in pytests:
        root.removeHandler(handler)
    try:
        yield
    finally:
        for handler in pytests:
            root.addHandler(handler)


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url)) as world:
        yield world


@pytest.fixture
def url(world: World) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def diagnose(world: World, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Diagnose]:
    monkeypatch.setattr(state, "_FIRST_SIGN_SECONDS", 0)  # Nobody starts a worker meanwhile.
    instances: list[Instance] = []

    def run(name: str) -> dict[str, Finding]:
        instance = Instance(world.runtime, url, "0.1.0")
        instances.append(instance)
        [check] = [each for each in CHECKS if each.__name__ == name]
        with without_pytests_handlers():
            return {finding.check: finding for finding in check(instance)}

    yield run
    for instance in instances:
        instance.close()
