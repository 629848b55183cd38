"""What the doctor sees, in German: every text of its checks is in the catalog's list."""

from __future__ import annotations

import ast
from pathlib import Path

from flask import Flask
from flask_babel import force_locale

from askpro.services import doctor
from askpro.services.doctor.findings import Finding, from_kept, seen, shortened, told
from askpro.web.dashboard.evidence import TEXTS, in_words

_SAYING = ("seen", "yes", "no")


def _said() -> set[str]:
    """Every text that the doctor's modules give to ``seen`` and the like."""
    calls = [
        node
        for file in Path(doctor.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _SAYING
        and not any(isinstance(given, ast.Name) for given in node.args)
    ]
    return {ast.literal_eval(call.args[0]) for call in calls}


def test_every_text_of_the_doctor_is_listed_for_the_catalog(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        listed = {str(each) for each in TEXTS}
    assert listed == _said()


def test_what_was_seen_is_said_in_the_readers_language(app: Flask) -> None:
    forged = seen("%(what)s: %(status)s", what=seen("another key"), status=200)
    piece = seen("not so: %(what)s", what=shortened([forged, "POST /x 500", "no connection"], 2))
    assert told(piece) == "not so: another key: 200, POST /x 500, 1 more"
    with app.test_request_context(), force_locale("de"):
        assert in_words(piece) == "nicht so: fremder Schlüssel: 200, POST /x 500, 1 weitere"
        assert in_words([seen("%(percent)s %% used", percent=16.4)]) == "16.4 % belegt"


def test_what_a_former_release_kept_is_shown_as_it_was() -> None:
    kept = {"check": "clocks agree", "ok": True, "evidence": "100 % fine", "tried": True}
    found = from_kept(kept)
    assert found.evidence == "100 % fine"
    assert from_kept(found.as_kept()) == found == Finding("clocks agree", True, "100 % fine")
