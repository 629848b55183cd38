"""The reference data beside the project: read by contract tests where it is there, never required.

It lies in the folder that ``ASKPRO_SHARED`` names, else in ``../shared``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("ASKPRO_SHARED") or ROOT.parent / "shared")


def reference(relative: str) -> Path:
    """A file or folder of the reference data; where it is missing the test is skipped by name."""
    path = FOLDER / relative
    if not path.exists():
        pytest.skip(f"the reference data has no {relative} here (ASKPRO_SHARED names its folder)")
    return path


def reference_files(pattern: str, but: str | None = None) -> list[object]:
    """For ``parametrize``: the files that match, less those whose names match ``but``; or one
    stand-in that is skipped by name."""
    found = [path for path in sorted(FOLDER.glob(pattern)) if not (but and path.match(but))]
    if found:
        return [pytest.param(path, id=path.stem) for path in found]
    reason = f"the reference data has no {pattern} here (ASKPRO_SHARED names its folder)"
    return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="missing")]
