"""The page of proof says what came out, also when that is nothing good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.proof import FAULTS, Shown, page, write

pytest_plugins = ["pytester"]


def shown(*faults: int, **more: object) -> Shown:
    given: dict[str, object] = {
        "faults": list(faults), "tried": ["200 times"], "outcome": "passed", "seconds": 7.0,
        "at": "2026-11-21T00:30:00+00:00", "full": True, **more,
    }  # fmt: skip
    return Shown(**given)  # type: ignore[arg-type]


def rows_of(text: str, number: int) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"| {number} |")]


def test_every_fault_has_its_row_and_what_was_not_tried_says_so():
    text = page("2 cores", {"t.py::test_a": shown(8)})
    assert all(rows_of(text, number) for number in FAULTS)
    assert rows_of(text, 8) == [
        "| 8 | Two callers, one slot | 200 times | passed | 7 s | 2026-11-21 |"
    ]
    assert "**not tried**" in rows_of(text, 9)[0]


def test_a_failure_of_one_variant_is_shown_with_the_figures_of_the_others():
    good = shown(6, figures=[("slowest", "9 s")])
    text = page("", {"t.py::test_a[x]": good, "t.py::test_a[y]": shown(6, outcome="failed")})
    (row,) = rows_of(text, 6)
    assert "**failed** 1 of 2; slowest: 9 s" in row


def test_small_counts_are_not_passed_off_as_full_ones():
    (row,) = rows_of(page("", {"t.py::test_a": shown(1, full=False)}), 1)
    assert "200 times (small counts)" in row


def test_a_part_of_the_tests_leaves_the_rows_of_the_others(tmp_path: Path):
    file = tmp_path / "proof.json"
    write(file, {"t.py::test_a": shown(1), "t.py::test_b": shown(2, outcome="failed")})
    write(file, {"t.py::test_b": shown(2)})
    text = (tmp_path / "proof.md").read_text()
    assert "passed" in rows_of(text, 1)[0]
    assert "passed" in rows_of(text, 2)[0]


def test_a_run_writes_down_what_its_tests_showed(pytester: pytest.Pytester):
    pytester.makeconftest(
        "def pytest_addoption(parser): parser.addoption('--full-counts', action='store_true')\n"
        "def pytest_configure(config):\n"
        "    config.addinivalue_line('markers', 'fault(number, tried): a fault')\n"
    )
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.fault(3, 'Redis gone')\n"
        "def test_it(record_property): record_property('slowest', '2 s')\n"
        "@pytest.mark.fault(4, 'PostgreSQL gone')\n"
        "def test_that(): assert False\n"
        "def test_nothing_of_that_kind(): pass\n"
    )
    pytester.runpytest("-p", "tools.proof", "--proof", "proof.json", "--full-counts")
    text = (pytester.path / "proof.md").read_text()
    assert "passed; slowest: 2 s" in rows_of(text, 3)[0]
    assert "**failed** 1 of 1" in rows_of(text, 4)[0]
