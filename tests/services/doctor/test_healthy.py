"""A gateway with everything in force."""

from __future__ import annotations

import pytest

from askpro.services.doctor.examination import CHECKS
from askpro.services.tenants import import_world
from tests.services.doctor.conftest import Diagnose
from tests.worlds import World

#: With PostgreSQL and several workers: tests/cli/test_doctor.py.
pytestmark = pytest.mark.on("sqlite")
#: No worker runs beside the app of these tests; the real gateway's is in test_doctor.
TRIED_HERE = [check.__name__ for check in CHECKS if check.__name__ != "work"]


@pytest.mark.parametrize("name", TRIED_HERE)
def test_every_check_is_green(diagnose: Diagnose, name: str):
    findings = diagnose(name)
    assert findings
    for finding in findings.values():
        assert finding.ok, finding


def test_a_company_that_nobody_reaches_or_books_is_told_and_not_counted(
    world: World, diagnose: Diagnose
):
    runtime = world.runtime
    bare = {"tenants": [{"slug": "bare", "business": "Bare"}]}
    import_world(bare, runtime.database, runtime.settings, runtime.clock)
    (finding,) = diagnose("companies").values()
    assert finding.ok
    assert not finding.tried
    assert finding.evidence == (
        "without a service: bare; without a number: bare; without an agent: bare"
    )
