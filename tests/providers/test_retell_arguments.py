"""The names of arguments, and what becomes of their values."""

from typing import Any

import pytest

from askpro.errors import TooLarge
from askpro.providers.retell_arguments import read_arguments


def read(given: dict[str, Any], function: str = "book_appointment") -> dict[str, Any]:
    return dict(read_arguments(function, given)[0])


@pytest.mark.parametrize(
    ("spelled", "ours"),
    [
        ("dienstleistung", "service"),
        ("service_type", "service"),
        ("service_name", "service"),
        ("datum", "date"),
        ("appointment_date", "date"),
        ("uhrzeit", "time"),
        ("appointment_time", "time"),
        ("customer_name", "name"),
        ("kundenname", "name"),
        ("customer_email", "email"),
        ("customer_phone", "phone"),
        ("phone_number", "phone"),
        ("telefonnummer", "phone"),
        ("telefon", "phone"),
        ("neues_datum", "new_date"),
        ("neue_uhrzeit", "new_time"),
        ("altes_datum", "old_date"),
        ("grund", "reason"),
        ("preferred_time_window", "window"),
        ("zeitfenster", "window"),
        ("ab", "after"),
        ("Datum", "date"),
        ("Customer-Name", "name"),
        ("customerName", "name"),
        ("appointmentDate", "date"),
        ("neueUhrzeit", "new_time"),
        ("E-Mail", "email"),
    ],
)
def test_german_and_english_names_are_one_argument(spelled: str, ours: str) -> None:
    assert read({spelled: "Wert"}) == {ours: "Wert"}


def test_our_own_name_wins_over_a_synonym_in_any_order() -> None:
    assert read({"datum": "heute", "date": "morgen"}) == {"date": "morgen"}
    assert read({"date": "morgen", "datum": "heute"}) == {"date": "morgen"}
    assert read({"email": "a@b.de", "customer_email": "c@d.de"}) == {"email": "a@b.de"}


def test_an_empty_value_does_not_hide_a_synonym() -> None:
    assert read({"date": "", "datum": "heute"}) == {"date": "heute"}
    assert read({"date": None, "datum": "heute"}) == {"date": "heute"}


@pytest.mark.parametrize("nothing", [None, "", "  ", "null", "None", "undefined", "N/A", "\u0000"])
def test_nothing_in_any_spelling_is_left_out(nothing: object) -> None:
    assert read({"name": nothing, "date": nothing, "confirm": nothing}) == {}


@pytest.mark.parametrize(
    "yes", [True, "ja", "Ja ", "JA", "true", "True", "1", 1, "ja, bitte", "Ja gerne!"]
)
def test_yes_in_any_spelling(yes: object) -> None:
    assert read({"bestaetigung": yes}) == {"confirm": True}


@pytest.mark.parametrize("no", [False, "nein", "Nein", "false", "0", 0, "nein danke"])
def test_no_in_any_spelling(no: object) -> None:
    assert read({"confirm_booking": no}) == {"confirm": False}


@pytest.mark.parametrize("unclear", ["vielleicht", 2, [], {}, 1.5, "ja, nein", "ja aber", "bitte"])
def test_neither_yes_nor_no_never_books(unclear: object) -> None:
    args, warnings = read_arguments("collect_appointment", {"bestaetigung": unclear})
    assert args == {"confirm": False}
    assert warnings == ("unclear_flag:confirm",)


@pytest.mark.parametrize(
    ("value", "minutes"), [(30, 30), (30.0, 30), ("30", 30), ("sechzig", "sechzig"), (30.5, "30.5")]
)
def test_numbers_are_numbers_where_they_can_be(value: object, minutes: object) -> None:
    assert read({"duration": value}) == {"duration": minutes}


def test_a_number_where_a_text_belongs_is_its_digits() -> None:
    assert read({"time": 14, "date": 20261103, "phone": 4917604069012}) == {
        "time": "14",
        "date": "20261103",
        "phone": "4917604069012",
    }
    assert read({"time": 14.5}) == {"time": "14.5"}


def test_a_list_of_services_is_read_out() -> None:
    assert read({"service": ["Waschen", "Schneiden"]}) == {"service": "Waschen, Schneiden"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"date": "2026-11-03", "time": "15:00"}, "2026-11-03 15:00"),
        ({"hour": 15, "minute": 30}, "15 30"),
        ([{"date": "2026-11-03"}, {"date": "2026-11-04"}], "2026-11-03, 2026-11-04"),
        ([["morgen"], None, True, 15], "morgen, 15"),
    ],
)
def test_an_object_where_a_text_belongs_is_read_out(value: object, text: str) -> None:
    assert read({"datetime": value}) == {"datetime": text}


@pytest.mark.parametrize("value", [True, False, {}, [], [None], [[[["morgen"]]]]])
def test_what_has_nothing_to_read_in_it_was_not_said(value: object) -> None:
    args, warnings = read_arguments("check_availability", {"datum": value})
    assert (args, warnings) == ({}, ("unreadable:date",))


def test_of_a_list_without_end_ten_are_read_out() -> None:
    assert read({"notes": [["x"] * 50] * 50}) == {"notes": ", ".join(["x"] * 10)}


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("normal", "normal"),
        ("hoch", "high"),
        ("High", "high"),
        ("dringend", "urgent"),
        ("urgent", "urgent"),
        ("egal", "normal"),
        ("sehr dringend!", "urgent"),
        (True, "high"),
        (False, "normal"),
        (["dringend"], "urgent"),
    ],
)
def test_priorities_are_three_words(word: object, ours: str) -> None:
    assert read({"dringlichkeit": word}, "request_callback") == {"priority": ours}


def test_an_unfilled_template_is_kept_for_dates_only() -> None:
    args, warnings = read_arguments(
        "book_appointment", {"date": "{{current_date}}", "customer_name": "{{customer_name}}"}
    )
    assert args == {"date": "{{current_date}}"}
    assert warnings == ("unfilled_template:name",)


def test_a_bare_date_is_the_existing_appointments_when_moving() -> None:
    move = "reschedule_appointment"
    assert read({"datum": "28.10.2026"}, move) == {"old_date": "28.10.2026"}
    assert read({"datum": "heute", "uhrzeit": "10"}, move) == {
        "old_date": "heute",
        "old_time": "10",
    }
    assert read({"datum": "heute", "new_date": "morgen"}, move) == {
        "old_date": "heute",
        "new_date": "morgen",
    }


def test_a_bare_date_beside_the_existing_one_is_the_new_one() -> None:
    move = "reschedule_appointment"
    assert read({"old_date": "heute", "date": "morgen", "time": "11"}, move) == {
        "old_date": "heute",
        "new_date": "morgen",
        "new_time": "11",
    }
    assert read({"old_date": "heute", "new_date": "morgen", "uhrzeit": "11"}, move) == {
        "old_date": "heute",
        "new_date": "morgen",
        "new_time": "11",
    }


def test_cancelling_has_one_date_by_any_name() -> None:
    for spelled in ("date", "datum", "old_date", "altes_datum", "appointment_date"):
        assert read({spelled: "morgen"}, "cancel_appointment") == {"date": "morgen"}
    assert read({"old_time": "10 Uhr"}, "cancel_appointment") == {"time": "10 Uhr"}


def test_the_next_free_time_is_looked_for_after_a_date_by_any_name() -> None:
    for spelled in ("after", "ab", "date"):
        assert read({spelled: "morgen"}, "find_next_available") == {"after": "morgen"}


def test_unknown_names_and_the_call_id_are_left_out() -> None:
    assert read({"call_id": "call_1", "sprache": "de", "__proto__": {}, "": "x"}) == {}


def test_long_texts_are_cut_where_every_rule_still_sees_that_they_are_too_long() -> None:
    assert len(read({"name": "ä" * 100_000})["name"]) == 2_000


def test_notes_keep_their_lines() -> None:
    assert read({"notes": "erste\nzweite\u0000"}) == {"notes": "erste\nzweite"}
    assert read({"name": "Torben\nWackernagel"}) == {"name": "Torben Wackernagel"}


def test_two_hundred_arguments_are_enough() -> None:
    with pytest.raises(TooLarge):
        read({f"a{n}": 1 for n in range(201)})
