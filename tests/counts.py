"""How often: a few times in the ordinary run, as often as quality asks with ``--full-counts``."""

from __future__ import annotations

import os

#: Set by tests/conftest.py before the tests are imported, in every test process.
FULL_COUNTS_VARIABLE = "ASKPRO_TESTS_FULL_COUNTS"


def times(few: int, full: int) -> int:
    """``few``, or ``full`` with --full-counts. Works in decorators and ``parametrize`` too."""
    return full if os.environ.get(FULL_COUNTS_VARIABLE) else few
