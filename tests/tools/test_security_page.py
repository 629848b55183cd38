"""Every row of the ASVS table names tests that exist."""

from __future__ import annotations

import ast
import re

import pytest

from tests.reference import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \|.*\| (.*) \|$", PAGE, re.M)
REQUIRED = {"2.3.4", "3.4.3", "3.5.1", "4.1.3", "8.4.1", "16.2.5", "16.4.1"}


def test_the_rows_are_there() -> None:
    rows = {row for row, _ in ROWS}
    assert rows >= REQUIRED
    assert {row.split(".")[0] for row in rows} >= {"13", "14"}


@pytest.mark.parametrize(("row", "shown_by"), ROWS, ids=[row for row, _ in ROWS])
def test_every_row_is_shown_by_tests_that_exist(row: str, shown_by: str) -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", shown_by)
    assert named, row
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        there = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
        assert name in there, f"{row} names {path}::{name}"
