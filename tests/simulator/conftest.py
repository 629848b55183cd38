from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.checked import CheckedCalcom, checked_calcom


@pytest.fixture
def calcom() -> Iterator[CheckedCalcom]:
    with checked_calcom() as running:
        yield running
