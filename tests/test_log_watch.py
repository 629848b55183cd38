"""The watch over the suite's log lines can fail: it finds what is planted, and says where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import factories
from tests.people import people
from tests.reference import ROOT

pytestmark = pytest.mark.slow

#: A suite of its own, with nothing of ours but the watch. "gateway.log" is another process's.
_SUITE = """
import logging
import subprocess
import sys

import pytest

from tests import factories
from tests.servers.leash import LOG_FILES


def test_plants_a_name():
    logging.getLogger("planted").debug("called by %s today", factories.NAME)


def test_plants_it_itself_in_the_template():
    logging.getLogger("planted").debug(f"called by {factories.NAME} today")


def test_plants_a_number_in_another_process(tmp_path):
    log = tmp_path / "gateway.log"
    log.write_text("at first " + factories.PHONE[3:] + " rang\\n")
    LOG_FILES.add(log)


def test_runs_a_command_that_logs_it():
    line = '{"level":"INFO","logger":"planted.there","message":"met ' + factories.NAME + '"}'
    subprocess.run([sys.executable, "-c", "import sys; sys.stderr.write(sys.argv[1])", line],
        capture_output=True, text=True)


def test_hides_what_it_says():
    logging.getLogger("planted").debug("called from %s", factories.PHONE)
"""


def test_the_run_fails_where_somebody_is_named_and_does_not_repeat_it(tmp_path: Path) -> None:
    (tmp_path / "test_planted.py").write_text(_SUITE)
    plugin = ("-p", "tests.fixtures.log_watch", "-p", "no:cacheprovider", "-p", "no:logging")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin, "--rootdir", tmp_path, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert "5 passed, 4 errors" in run.stdout
    assert "planted.there wrote somebody's name: met <hidden>" in run.stdout
    assert "planted wrote somebody's name: called by %s today" in run.stdout
    assert "planted wrote somebody's name: called by <hidden> today" in run.stdout
    assert "gateway.log wrote somebody's number: at first <hidden> rang" in run.stdout
    assert factories.NAME not in run.stdout
    assert factories.PHONE not in run.stdout


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"hello {factories.NAME}", "name"),
        ("Frau Sputers Termin", "name"),
        ("?q=Annegret%20Sputer", "name"),
        ("PAUL HEINRICH ÖTTING", "name"),
        ("call from +49 151 12345678", "number"),
        ("call from 15112345678.", "number"),
        ("to annegret.sputer%40example.org", "name"),
        ("to anna@example.org", "mail"),
        ("he said: Ach Moment, doch lieber um zwei.", "sentence"),
        ("Salon Quittenberg, Herrenhaarschnitt", None),
        ("2026-11-18T09:00:00.123Z took 1234.5 ms, 17609 bytes", None),
    ],
)
def test_it_knows_people_from_what_is_public(line: str, kind: str | None) -> None:
    match = people().pattern().search(line)
    assert (match and match.lastgroup) == kind


def test_nobody_has_to_be_registered() -> None:
    """Callers of the golden payloads, of the demo and of this suite's files are all known."""
    known = people()
    assert {"Torben Wackernagel", "Weißgerber", "Dreyßig", "Mehmet Karagülle"} <= known.names
    assert {"4917604069012", "493023125417"} & {f"49{number}" for number in known.numbers}
    assert "torben.wackernagel@example.com" in known.mails
    assert len(known.sentences) > 100
