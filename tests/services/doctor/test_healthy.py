"""A gateway with everything in force."""

from __future__ import annotations

import pytest

from askpro.services.doctor.examination import CHECKS
from tests.services.doctor.conftest import Diagnose

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
