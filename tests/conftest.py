"""Options, markers and the two promises of every test: the machine's settings and the open network
do not exist for it."""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Any

import pytest

from askpro.settings import CLOCK_OFFSET_VARIABLE, Settings
from tests.counts import FULL_COUNTS_VARIABLE

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.databases",
    "tests.fixtures.instances",
    "tests.fixtures.log_watch",
    "tests.fixtures.offices",
    "tests.fixtures.once",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("askpro")
    group.addoption(
        "--database",
        choices=("both", "sqlite", "postgresql"),
        default="both",
        help="what the tests that need a database run on",
    )
    group.addoption(
        "--full-counts",
        action="store_true",
        help="fault tests run as often as quality asks, instead of a few times",
    )
    group.addoption("--nightly", action="store_true", help="also what takes hours")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long runs on its own commands only: ``make nightly``, and ``make faults`` for what
    another fault's test shows as well."""
    later = {
        name for name, option in (("nightly", "--nightly"), ("full", "--full-counts"))
        if not config.getoption(option)
    }  # fmt: skip
    left_out = {item for item in items if any(map(item.get_closest_marker, later))}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "on(database): needs this database, sqlite or postgresql; else tests run on both"
    )
    if config.getoption("--full-counts"):
        os.environ[FULL_COUNTS_VARIABLE] = "1"
    _forget_the_machines_settings()
    _close_the_open_network()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many as there are cores: tests with real servers wait as often as they compute."""
    return 2 * (os.cpu_count() or 1)


def _forget_the_machines_settings() -> None:
    """A developer's own DATABASE_URL or key must never be read by a test, nor by what it starts."""
    for name, _ in Settings.variables():
        os.environ.pop(name, None)
    os.environ.pop(CLOCK_OFFSET_VARIABLE, None)
    os.environ["FLASK_SKIP_DOTENV"] = "1"


def _close_the_open_network() -> None:
    """Connections stay on this machine: a forgotten stub fails instead of reaching Cal.com."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            raise RuntimeError(f"a test wanted to connect to {address[0]}")
        return connect(self, address)

    socket.socket.connect = connect_here


def _is_here(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
