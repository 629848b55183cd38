"""``flask understand`` and ``flask extract`` as wire.md promises them, without a database."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from askpro.booking.hours_text import parse_hours
from askpro.booking.model import Service
from askpro.cli import language
from askpro.settings import Settings
from tests.booking.dates.notation import BERLIN

CALL = """Agent: Salon, guten Tag.
User: Weißgerber, hallo. Ich hätte gern morgen um zehn einen Herrenschnitt.
Agent: Morgen um zehn Uhr ist frei. Soll ich das eintragen?
User: Ja, bitte.
Agent: Ist eingetragen, Frau Weißgerber.
"""
AT = ("--at", "2026-10-20T10:15")


def run(*words: str, settings: Settings | None = None, stdin: str | None = None) -> Result:
    app = Flask("bare")
    office = SimpleNamespace(
        hours=parse_hours("Mo-Fr 08:00-20:00", BERLIN),
        services=(Service(1, 15, None, "Haarschnitt", 9, 30, synonyms=("Herrenschnitt",)),),
    )
    app.extensions["askpro"] = SimpleNamespace(
        settings=settings or Settings(),
        directory=SimpleNamespace(office=lambda company: office if company == 15 else None),
    )
    language.register(app)
    return app.test_cli_runner().invoke(args=list(words), input=stdin)


def answer(*words: str, **how: Any) -> dict[str, Any]:
    result = run(*words, **how)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def test_a_phrase_is_read_as_json():
    found = answer("understand", "nächsten Dienstag um Viertel nach neun", *AT)
    assert found["start"] == {"date": "2026-10-27", "time": "09:15"}
    assert found["end"] is None
    assert found["grain"] == "minute"
    assert found["question"] is None
    assert [reading["start"] for reading in found["readings"]] == [found["start"]]


def test_nothing_understood_has_no_start():
    found = answer("understand", "wenn die Blätter fallen", *AT)
    assert found["start"] is None
    assert found["readings"] == []
    assert found["question"] is None


def test_a_question_names_the_readings_and_only_what_they_agree_on_is_the_start():
    found = answer("understand", "übermorgen um sieben", *AT)
    assert found["start"] == {"date": "2026-10-22", "time": None}
    assert [reading["start"]["time"] for reading in found["readings"]] == ["07:00", "19:00"]
    assert found["question"] == "Meinen Sie um sieben Uhr morgens oder um sieben Uhr abends?"
    undecided = answer("understand", "Montag oder Dienstag", *AT)
    assert undecided["start"] is None
    assert len(undecided["readings"]) == 2


def test_until_has_only_an_end():
    found = answer("understand", "am Freitag bis 15 Uhr", *AT)
    assert found["start"] is None
    assert found["end"] == {"date": "2026-10-23", "time": "15:00"}


def test_lines_of_json_are_answered_line_by_line():
    lines = [
        {"id": "a", "text": "morgen um drei", "ref": "2026-09-23T10:00:00"},
        {"id": 2, "text": "guten Morgen", "ref": "2026-09-23T10:00:00+02:00"},
    ]
    result = run("understand", "--jsonl", stdin="\n".join(map(json.dumps, lines)) + "\n\n")
    first, second = map(json.loads, result.output.splitlines())
    assert first["id"] == "a"
    assert first["start"] == {"date": "2026-09-24", "time": "15:00"}
    assert set(first) >= {"id", "start", "end", "grain", "readings", "question"}
    assert (second["id"], second["start"]) == (2, None)


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"id": 1}', "null"])
def test_a_line_that_is_no_question_is_named(line):
    result = run("understand", "--jsonl", stdin='{"id":1,"text":"morgen"}\n' + line)
    assert result.exit_code == 1
    assert "Line 2" in result.output
    assert "Traceback" not in result.output


def test_a_time_of_asking_that_is_none_is_refused():
    result = run("understand", "morgen", "--at", "gestern")
    assert result.exit_code == 1
    assert "'gestern' is no time" in result.output


def test_a_phrase_or_lines_are_needed():
    assert run("understand").exit_code == 2


def test_an_offset_in_the_time_of_asking_is_heeded():
    found = answer("understand", "heute", "--at", "2026-10-20T23:30:00+00:00")
    assert found["start"] == {"date": "2026-10-21", "time": None}


def test_a_companys_hours_decide():
    late = answer("understand", "morgen um acht", *AT, "--company", "15")
    assert len(late["readings"]) == 2
    assert run("understand", "morgen", "--company", "16").exit_code == 1


def test_the_plausible_hours_are_a_setting():
    night = replace(Settings(), retell_business_hour_start=0, retell_business_hour_end=12)
    found = answer("understand", "morgen um drei", *AT, settings=night)
    assert found["start"] == {"date": "2026-10-21", "time": "03:00"}


def test_a_transcript_is_extracted_with_the_promised_fields(tmp_path):
    file = tmp_path / "call.txt"
    file.write_text(CALL, encoding="utf-8")
    found = answer("extract", str(file), *AT, "--json")
    assert found == {
        "date": "2026-10-21",
        "time": "10:00",
        "service": "Herrenschnitt",
        "customer_name": "Weißgerber",
        "phone": None,
        "email": None,
        "intent": "book",
        "confidence": 95,
        "confident": True,
        "question": None,
        "existing": None,
    }


def test_a_transcript_comes_from_standard_input_and_is_readable_without_json():
    result = run("extract", "-", *AT, stdin=CALL)
    assert "date           2026-10-21" in result.output
    assert "phone          -" in result.output


def test_a_companys_services_give_their_names():
    found = answer("extract", "-", *AT, "--json", "--company", "15", stdin=CALL)
    assert found["service"] == "Haarschnitt"


@pytest.mark.parametrize(
    ("changed", "confidence", "confident"),
    [
        ({"retell_base_confidence": 10}, 55, False),
        ({"retell_min_confidence": 96}, 95, False),
        ({"retell_max_transcript_length": 100}, 0, False),
    ],
)
def test_the_settings_of_the_original_change_what_is_extracted(changed, confidence, confident):
    settings = replace(Settings(), **changed)
    found = answer("extract", "-", *AT, "--json", settings=settings, stdin=CALL)
    assert (found["confidence"], found["confident"]) == (confidence, confident)


def test_the_zone_is_a_setting():
    from zoneinfo import ZoneInfo

    tokyo = replace(Settings(), retell_timezone=ZoneInfo("Asia/Tokyo"))
    found = answer("understand", "heute", "--at", "2026-10-20T20:00:00+00:00", settings=tokyo)
    assert found["start"] == {"date": "2026-10-21", "time": None}
