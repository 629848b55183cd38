"""Opening hours as people write them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpro.booking.hours import OpeningHours
from askpro.booking.hours_text import parse_hours, unread_hours
from tests.booking.days import BERLIN
from tests.reference import reference


def read(text: str | None) -> OpeningHours:
    return parse_hours(text, BERLIN)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Mo-Fr 09:00-18:00, Sa 09:00-14:00", "Mo-Fr 09:00-18:00, Sa 09:00-14:00"),
        (
            "Mo-Do 8-12 und 13-17 Uhr, Fr 8-13",
            "Mo-Do 08:00-12:00 und 13:00-17:00, Fr 08:00-13:00",
        ),
        ("Di–Sa 10:00–19:00", "Di-Sa 10:00-19:00"),
        ("Mo, Mi, Fr 9-12 Uhr", "Mo 09:00-12:00, Mi 09:00-12:00, Fr 09:00-12:00"),
        ("Mo Di Do Fr 8-12", "Mo-Di 08:00-12:00, Do-Fr 08:00-12:00"),
        ("Di/Do 14.00-18.30", "Di 14:00-18:30, Do 14:00-18:30"),
        ("Montag bis Freitag von 9 bis 18 Uhr, Samstag geschlossen", "Mo-Fr 09:00-18:00"),
        ("täglich 10-22", "Mo-So 10:00-22:00"),
        ("werktags 9 bis 18 Uhr", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr 9-18, Do bis 20 Uhr", "Mo-Mi 09:00-18:00, Do 09:00-20:00, Fr 09:00-18:00"),
        ("Mo-Fr 9-18, Do 9-20", "Mo-Mi 09:00-18:00, Do 09:00-20:00, Fr 09:00-18:00"),
        ("Mo-Fr 8-12, Mo-Do 14-17", "Mo-Do 08:00-12:00 und 14:00-17:00, Fr 08:00-12:00"),
        ("Mo-Fr 9-18, Mi geschlossen", "Mo-Di 09:00-18:00, Do-Fr 09:00-18:00"),
        ("Mo-Fr 8-18\nSa 9-13\nSo Ruhetag", "Mo-Fr 08:00-18:00, Sa 09:00-13:00"),
        ("09:00-18:00 (Mo-Fr), 10-14 (Sa)", "Mo-Fr 09:00-18:00, Sa 10:00-14:00"),
        ("9-18 Uhr", "Mo-Fr 09:00-18:00"),
        ("Mo - Fr: 9 - 18 Uhr, Sa: 9 - 14 Uhr", "Mo-Fr 09:00-18:00, Sa 09:00-14:00"),
        ("Mo–Fr 9–18 Uhr & Sa 10–14 Uhr", "Mo-Fr 09:00-18:00, Sa 10:00-14:00"),
        ("Mo.-Fr. 8:00–12:00/14:00–18:00", "Mo-Fr 08:00-12:00 und 14:00-18:00"),
        ("Öffnungszeiten: Mo-Fr 9-18", "Mo-Fr 09:00-18:00"),
        ("Mo-Fr 0900-1800", "Mo-Fr 09:00-18:00"),
        ("Mon-Fri 9:00-17:00", "Mo-Fr 09:00-17:00"),
        ("Mo-So 0-24", "Mo-So 00:00-24:00"),
        ("Mo-Fr rund um die Uhr", "Mo-Fr 00:00-24:00"),
        ("Fr-Sa 18-2", "Fr 18:00-24:00, Sa 00:00-02:00 und 18:00-24:00, So 00:00-02:00"),
        ("So-Do 10-12", "Mo-Do 10:00-12:00, So 10:00-12:00"),
        ("Mo-So geschlossen", "Mo-So geschlossen"),
        (None, "Mo-Fr 09:00-18:00"),
        ("", "Mo-Fr 09:00-18:00"),
    ],
)
def test_it_reads_what_stands_on_the_door(text: str | None, means: str):
    hours = read(text)
    assert hours.as_text() == means
    assert hours.note == ""


@pytest.mark.parametrize(
    ("text", "means", "note"),
    [
        (
            "Mo-Fr 08:00-17:00, Reifenwochenende 24./25.10.",
            "Mo-Fr 08:00-17:00",
            "Reifenwochenende 24./25.10.",
        ),
        ("Mo-Fr 8-17, Notdienst Sa 9-12", "Mo-Fr 08:00-17:00", "Notdienst Sa 9-12"),
        ("Mo-Fr 09:00-18:00. Sa 24.10. 9-12", "Mo-Fr 09:00-18:00", "Sa 24.10. 9-12"),
        (
            "Mo bis Do: 7.30 - 16.15 Uhr und Fr: 7.30 - 13 Uhr, Termine auch nach Vereinbarung",
            "Mo-Do 07:30-16:15, Fr 07:30-13:00",
            "Termine auch nach Vereinbarung",
        ),
        ("nach Vereinbarung", "Mo-Fr 09:00-18:00", "nach Vereinbarung"),
        ("Mo-Fr 25:00-18:00", "Mo-Fr 09:00-18:00", "Mo-Fr 25:00-18:00"),
        ("Mo-Fr 9-18, Sa 9:75-12", "Mo-Fr 09:00-18:00", "Sa 9:75-12"),
    ],
)
def test_remarks_are_kept_as_a_note_and_change_nothing(text: str, means: str, note: str):
    hours = read(text)
    assert (hours.as_text(), hours.note) == (means, note)


def test_what_it_writes_it_reads_back():
    text = "Mo-Mi 08:00-12:00 und 13:00-17:00, Do 00:00-24:00, Sa 09:00-14:00"
    assert read(text).as_text() == text


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str):
    hours = read(text)
    assert len(hours.weekly) == 7
    assert read(hours.as_text()).weekly == hours.weekly


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("Mon-Fri zehn bis acht, Sa 09:00-14:00", "Mon-Fri zehn bis acht"),
        ("Mo-Fr 9-18 und Sa zehn bis zwei", "und Sa zehn bis zwei"),
        ("Mo 9-25, Di 9-12", "Mo 9-25"),
        ("Mo-Fr 9-18, Sa ab 9 Uhr", "Sa ab 9 Uhr"),
        ("nach Vereinbarung", "nach Vereinbarung"),
        ("Mo-Fr 9-18, Sa nach Vereinbarung", None),
        ("Mo-Fr 9-18, So 24.10. Flohmarkt", None),
        ("Mo-Fr 08:00-17:00, Reifenwochenende 24./25.10., Notdienst So 10-12", None),
        ("9-18 Uhr", None),
        ("", None),
    ],
)
def test_what_can_only_be_meant_as_hours_and_was_not_read_is_named(text: str, unread: str | None):
    assert unread_hours(text) == unread


@given(st.text("MoDiFrSa -–0123456789:.,/undUhr\n", max_size=60))
def test_no_text_that_looks_like_hours_breaks_it(text: str):
    hours = read(text)
    assert read(hours.as_text()).weekly == hours.weekly
    for windows in hours.weekly:
        assert list(windows) == sorted(windows)


@pytest.mark.contract
def test_it_reads_the_hours_of_the_given_world():
    world = json.loads(reference("data/payloads/world.json").read_text())
    hours = {tenant["key"]: read(tenant["opening_hours"]) for tenant in world["tenants"]}
    assert {key: found.as_text() for key, found in hours.items()} == {
        "friseur": "Mo-Fr 09:00-18:00",
        "physio": "Mo-Fr 08:00-20:00",
        "zahnarzt": "Mo-Fr 08:00-17:00",
        "werkstatt": "Mo-Fr 08:00-17:00",
    }
    assert hours["werkstatt"].note == "Reifenwochenende 24./25.10."
