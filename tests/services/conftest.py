"""The small town, for tests of single functions."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from askpro.settings import Settings
from tests.fixtures.databases import settings_in
from tests.town import Town, living


@pytest.fixture
def town(
    settings: Callable[..., Settings], database_url: str, request: pytest.FixtureRequest
) -> Iterator[Town]:
    """A town of the test's own, on both databases; ``hasty``, it gives up on Cal.com soon."""
    limits = {"breaker_failures": 100}
    if request.node.get_closest_marker("hasty"):
        limits |= {"calcom_read_seconds": 3, "calcom_write_seconds": 3}
    with living(settings(database_url=database_url, **limits)) as town:
        yield town


@pytest.fixture(scope="module")
def shared_town(tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite: Path) -> Iterator[Town]:
    """One town for a module's tests that only look, or keep out of each other's way."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copyfile(_migrated_sqlite, folder / "askpro.db")
    with living(settings_in(folder)) as town:
        yield town
