"""Which appointment is meant: by its service, its name, or the day on which there is one."""

from __future__ import annotations

import pytest

from tests.town import CLASS, CUT, Caller, Town
from tests.worlds import REFERENCE

DAY = "21.10.2026"
AT_TEN = ("2026-10-21 10:00", CUT)


@pytest.fixture
def caller(town: Town) -> Caller:
    """Somebody whose hair is cut on Wednesday at ten."""
    caller = town.caller()
    assert caller.books("Schneiden", DAY, "10:00").status == "booked"
    return caller


def test_two_seats_at_one_time_are_told_apart_by_their_names(town: Town):
    caller = town.caller()
    for name in ("Eva Sommer", "Ida Sommer"):
        assert caller.books("Flechtkurs", DAY, "10:00", name=name).status == "booked"

    asked = caller.cancels(DAY, time="zehn Uhr")
    assert asked.status == "which_one"
    assert "auf den Namen Eva Sommer und um zehn Uhr" in asked.message
    assert caller.cancels(DAY, time="zehn Uhr", name="Ida").status == "cancelled"
    assert caller.cancels(DAY, time="zehn Uhr").status == "cancelled"
    assert town.standing() == []


def test_a_seat_is_found_by_the_name_that_it_was_booked_for(town: Town):
    caller = town.caller()
    for name in ("Eva Sommer", "Ida Sommer"):
        caller.books("Flechtkurs", DAY, "10:00", name=name)

    assert caller.moves(DAY, DAY, "14:00").status == "which_one"
    assert caller.moves(DAY, DAY, "14:00", name="Eva Sommer").status == "rescheduled"
    assert town.standing() == [("2026-10-21 10:00", CLASS), ("2026-10-21 14:00", CLASS)]


@pytest.mark.parametrize(
    "said",
    [{"date": DAY, "service": "Färben"}, {"date": "das Färben am Mittwoch"}],
)
def test_which_appointment_is_said_by_its_service(town: Town, caller: Caller, said: dict[str, str]):
    assert caller.books("Farbe", DAY, "14:00").status == "booked"
    assert caller.cancels(DAY).status == "which_one"
    assert caller.asks("cancel_appointment", **said).status == "cancelled"
    assert town.standing() == [AT_TEN]


def test_a_service_without_a_day_is_named_before_it_is_cancelled(town: Town, caller: Caller):
    assert caller.books("Farbe", DAY, "14:00").status == "booked"
    asked = caller.cancels("das Färben")
    assert asked.status == "which_one"
    assert "Färben morgen um vierzehn Uhr" in asked.message
    for _ in range(2):
        assert caller.cancels("das Färben", confirm=True).status == "cancelled"
        assert town.standing() == [AT_TEN]


def test_who_was_named_is_cancelled_once_and_the_other_one_stays(town: Town):
    caller = town.caller()
    caller.books("Schneiden", DAY, "10:00", name="Uwe Lang")
    caller.books("Schneiden", DAY, "11:00", name="Finn Lang")

    assert caller.cancels(DAY, name="Finn").status == "cancelled"
    again = caller.cancels(DAY, name="Finn")
    assert (again.status, "bereits abgesagt" in again.message) == ("cancelled", True)
    assert town.standing() == [AT_TEN]


@pytest.mark.parametrize("said", [{"name": "Ida Winter"}, {"service": "Beratung"}])
def test_another_than_the_one_that_was_named_is_asked_about_first(
    town: Town, caller: Caller, said: dict[str, str]
):
    assert caller.cancels(DAY, **said).status == "which_one"
    assert caller.moves(DAY, DAY, "14:00", **said).status == "which_one"
    assert town.standing() == [AT_TEN]
    assert caller.moves(DAY, DAY, "14:00", **said, confirm=True).status == "rescheduled"
    assert caller.cancels(DAY, **said, confirm=True).status == "cancelled"


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("auf den Tag drauf", "2026-10-22 10:00"),
        ("auf den Freitag drauf", "2026-10-23 10:00"),
        ("am folgenden Dienstag", "2026-10-27 10:00"),
    ],
)
def test_the_day_after_is_counted_from_the_appointment_and_only_once(
    town: Town, caller: Caller, said: str, start: str
):
    for _ in range(2):
        moved = caller.asks("reschedule_appointment", new_date=said, new_time="zehn Uhr")
        assert moved.status == "rescheduled"
        assert town.standing() == [(start, CUT)]


def test_of_two_fridays_the_one_with_the_appointment_is_meant(town: Town):
    caller = town.caller()
    caller.books("Schneiden", "30.10.2026", "10:00")
    assert caller.checks("Schneiden", "nächsten Freitag", at=REFERENCE).status == "ask"
    cancelled = caller.asks("cancel_appointment", REFERENCE, date="nächsten Freitag")
    assert cancelled.status == "cancelled"
    assert town.standing() == []


def test_a_weekday_against_its_date_is_asked_about_before_anything_is_cancelled(town: Town):
    caller = town.caller()
    caller.books("Schneiden", "30.10.2026", "10:00")
    for said in ("Freitag, den 29.", "Freitag, den 29. Oktober"):
        asked = caller.asks("cancel_appointment", REFERENCE, date=said)
        assert asked.status == "ask"
        assert "Donnerstag, den neunundzwanzigsten" in asked.message
    assert town.standing() == [("2026-10-30 10:00", CUT)]


def test_who_books_another_time_hears_that_the_first_one_stands(town: Town, caller: Caller):
    other = caller.books("Schneiden", DAY, "doch lieber elf")
    assert (
        "morgen um elf Uhr ist fest gebucht. Ihr Termin morgen um zehn Uhr bleibt" in other.message
    )
    assert "bleibt" not in caller.books("Schneiden", DAY, "12:00").message  # A row of them.


@pytest.mark.parametrize(
    ("service", "name"), [("Beratung", "Eva Sommer"), ("Schneiden", "Ida Sommer")]
)
def test_something_else_or_for_somebody_else_is_no_other_wish(
    town: Town, caller: Caller, service: str, name: str
):
    assert "bleibt" not in caller.books(service, DAY, "11:00", name=name).message


def test_a_time_that_is_over_today_is_meant_on_the_day_of_the_appointment(town: Town):
    caller = town.caller()
    caller.books("Schneiden", "22.10.2026", "10:00")
    moved = caller.asks("reschedule_appointment", REFERENCE, new_time="halb zehn")
    assert moved.status == "rescheduled"
    assert town.standing() == [("2026-10-22 09:30", CUT)]
    cancelled = caller.asks("cancel_appointment", REFERENCE, time="halb zehn")
    assert cancelled.status == "cancelled"


def test_who_wants_to_cancel_all_of_them_is_told_which_there_are(town: Town, caller: Caller):
    caller.books("Farbe", DAY, "14:00")
    asked = caller.cancels("beide")
    assert asked.status == "which_one"
    assert len(asked.fields["appointments"]) == 2
