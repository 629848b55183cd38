"""The dashboard speaks both languages completely, and one page of it is light."""

from __future__ import annotations

import ast
import gzip
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from askpro.booking.transcript.comparison import Discrepancy
from askpro.services.alerts import Changed
from askpro.services.callback_drain import Drained
from askpro.services.privacy.erasure import Receipt
from askpro.services.privacy.retention import KINDS
from askpro.services.reconciliation import Reconciled
from askpro.services.runtime import Runtime
from askpro.services.settlement import Settled
from askpro.services.sweep import Swept
from askpro.web.dashboard import sentences
from askpro.web.dashboard.verdicts import said_and_done
from askpro.web.dashboard.words import WORDS, tone, word
from askpro.worker import _schedule
from tests import factories
from tools import translations


def test_every_text_is_translated_and_compiled():
    assert translations.problems() == []


def test_an_unknown_word_is_shown_as_it_is():
    assert word("brand_new", "status") == "brand_new"
    assert tone("brand_new", "status") == "quiet"
    assert {each[1] for group in WORDS.values() for each in group.values()} <= {
        "ok",
        "info",
        "warn",
        "bad",
        "quiet",
    }


def test_every_periodic_work_has_a_word(runtime: Runtime):
    assert {work.name for work in _schedule(runtime)} == set(WORDS["job"])


def test_whatever_periodic_work_and_erasures_count_has_a_word():
    rounds = (Reconciled, Drained, Settled, Swept)
    counted = {each.name for kind in rounds for each in fields(kind)}
    counted |= {each.name for each in fields(Changed)} | {"told"}
    counted |= {*KINDS, "transcripts", "guard_events"}
    counted |= {each.name for each in fields(Receipt)} - {"person", "at"}
    assert counted == set(WORDS["counted"])


def _noted() -> list[ast.Call]:
    """Every place at which the product notes a finding."""
    services = Path(translations.PACKAGE / "services")
    calls = [
        node
        for path in services.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]
    noting = ("findings.note", "findings.note_in", "note_in")
    return [call for call in calls if ast.unparse(call.func) in noting]


def test_every_finding_has_a_word_and_so_has_its_reason():
    kinds = {f"promised_not_{change}" for change in ("reschedule", "cancel", "undo", "change")}
    kinds |= set(get_args(get_type_hints(Discrepancy)["kind"]))
    reasons = set()
    for call in _noted():
        given = {each.arg: each.value for each in call.keywords}
        if isinstance(given["kind"], ast.Constant):
            kinds.add(str(given["kind"].value))
        if isinstance(detail := given.get("detail"), ast.Dict):
            named = zip(detail.keys, detail.values, strict=True)
            reasons |= {
                str(value.value)
                for key, value in named
                if isinstance(key, ast.Constant)
                and key.value == "why"
                and isinstance(value, ast.Constant)
            }
    assert kinds == set(WORDS["finding"])
    assert len(reasons) > 3
    assert reasons <= set(WORDS["why"])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("why", "not found at Cal.com", "Grund: bei Cal.com nicht gefunden"),
        ("why", "CalcomRejected", "Grund: CalcomRejected"),
        ("action", "cancelled", "Vorgang: abgesagt"),
        ("said", "2001-10-21T10:00", "gesagt: So 21.10.2001 10:00"),
        ("said", "2001-10-21", "gesagt: So 21.10.2001"),
        ("done", "2001-10-21T08:00:00+00:00", "im Buch: So 21.10.2001 10:00"),
        ("count", 3, "Anzahl 3"),
        ("else", "x", "else x"),
    ],
)
def test_what_a_finding_tells_is_german_and_local(app: Flask, name: str, value: Any, said: str):
    with app.test_request_context("/?lang=de"):
        g.now = app.extensions["askpro"].clock.now()
        assert sentences.told(name, value) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("percent", 7.1, "7,1 %"), ("ms", 2400, "2,4 s"), ("count", 1200, "Anzahl 1.200")],
)
def test_what_an_alert_measured_is_read_as_a_german_writes_it(
    app: Flask, name: str, value: float, said: str
):
    with app.test_request_context("/?lang=de"):
        assert sentences.measured(name, value).replace("\N{NO-BREAK SPACE}", " ") == said


def test_the_first_load_is_under_fifty_kilobytes(
    signed_in: Callable[[str], FlaskClient], writing: Callable[[], Any], now: datetime
):
    with writing() as session:
        for _ in range(15):
            factories.function_call(session, 15, now=now, call_id="call_" + "x" * 24)
            factories.guard_event(session, 15, now=now)
    anna = signed_in("anna")
    packed = {"Accept-Encoding": "gzip"}
    page = anna.get("/", headers=packed)
    assert page.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(page.data).decode()
    total = len(page.data)
    for part in text.split('"'):
        if part.startswith("/assets/"):
            total += len(anna.get(part, headers=packed).data)
    assert total < 50_000


def test_no_page_has_scripts_or_styles_inside_and_nothing_comes_from_elsewhere():
    folder = Path(translations.PACKAGE / "templates")
    for path in folder.rglob("*.html"):
        text = path.read_text()
        assert "style=" not in text, path
        assert "onclick" not in text, path
        assert "<script>" not in text, path
        assert "https://" not in text, path


def test_htmx_is_the_pinned_one():
    import base64
    import hashlib

    body = (translations.PACKAGE / "static" / "htmx.min.js").read_bytes()
    digest = base64.b64encode(hashlib.sha384(body).digest()).decode()
    assert digest == "2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"


def test_said_and_done_are_compared():
    def compared(
        functions: list[dict[str, Any]], appointments: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        usual = {"call_id": "call_1", "changed_here": None}
        return said_and_done("call_1", functions, [{**usual, **row} for row in appointments], [])

    said = {"status": "booked"}
    stands = {"state": "confirmed"}
    assert compared([said], [stands]) == [{"what": "booking", "said": 1, "done": 1, "agrees": True}]
    assert compared([said, said], [stands])[0]["agrees"]
    assert not compared([said], [])[0]["agrees"]
    assert not compared([], [stands])[0]["agrees"]
    assert compared([{"status": "pending"}], [stands])[0]["agrees"]
    assert compared([said], [{"state": "cancelled"}])[0]["agrees"]
    assert not compared([], [{"state": "unknown"}])[0]["agrees"]
    assert not compared([{"status": "recorded"}], [])[0]["agrees"]
    assert compared([{"status": "available"}], []) == []
    # What is cancelled was mostly booked in another call, which says nothing of a booking here.
    gone = {"status": "cancelled"}
    others = {"state": "cancelled", "call_id": "call_0", "changed_here": "cancel"}
    agreed = {"what": "cancellation", "said": 1, "done": 1, "agrees": True}
    assert compared([gone], [others]) == [agreed]
    # The model may ask twice for that, too.
    assert compared([gone, gone], [others])[0]["agrees"]
    assert not compared([gone], [{**others, "state": "confirmed"}])[0]["agrees"]
    assert not compared([gone], [])[0]["agrees"]
