"""Booking exactly once, whatever happens between us and Cal.com; and nobody is told a lie."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from askpro.services import callback_drain
from askpro.services.answers import Answer
from askpro.settings import Settings
from askpro.store.models import Customer, Staff
from tests.town import CLASS, COLOUR, CUT, WEDDING, Caller, Town, hasty, living
from tests.waiting import eventually

DAY = "21.10.2026"
AT_TEN = ("2026-10-21 10:00", CUT)


def cut(caller: Caller, time: str = "10:00", **more: object) -> Answer:
    return caller.books("Schneiden", DAY, time, **more)


# -- the same wish ---------------------------------------------------------------------------------


def test_the_same_function_twice_books_once_and_answers_the_same(town: Town):
    caller = town.caller()
    first = cut(caller)
    second = caller.books("Schneiden", "Mittwoch", "zehn Uhr", name="Ewa Sommer")

    assert first.status == second.status == "booked"
    assert first.fields["appointment_id"] == second.fields["appointment_id"]
    assert town.standing() == [AT_TEN]
    assert town.states() == ["confirmed"]


def test_twins_in_parallel_book_once_and_hear_the_same(town: Town):
    caller = town.caller()
    with ThreadPoolExecutor(5) as pool:
        answers = [each.result() for each in [pool.submit(cut, caller) for _ in range(5)]]

    assert {answer.status for answer in answers} == {"booked"}
    assert len({answer.fields["appointment_id"] for answer in answers}) == 1
    assert town.standing() == [AT_TEN]


def test_who_rings_again_hears_that_the_time_is_already_theirs(town: Town):
    first = town.caller()
    again = town.caller(number=first.number, call_id="call_of_the_next_day")
    assert first.books("Schneiden", "21.10.2026", "11:00", name="Wanda Wieder").status == "booked"

    checked = again.checks("Schneiden", "21.10.2026", "11:00")
    booked = again.books("Schneiden", "21.10.2026", "11:00", name="Wanda Wider")
    collected = again.asks("collect_appointment", date="21.10.2026", time="11:00")

    assert (checked.status, booked.status, collected.status) == ("unavailable", "booked", "booked")
    for answer in (checked, booked, collected):
        assert answer.message == (
            "Den Termin für Schneiden morgen um elf Uhr haben Sie bereits. Er ist fest gebucht."
        )
    assert booked.fields["appointment_id"] == town.rows()[0].id
    assert len(town.rows()) == 1


def test_whose_number_is_withheld_hears_of_no_appointment(town: Town):
    nobody = [town.caller(number="anonymous", call_id=f"call_{n}") for n in range(2)]
    assert nobody[0].books("Schneiden", "21.10.2026", "11:00").status == "booked"
    assert "bereits" not in nobody[1].books("Schneiden", "21.10.2026", "11:00").message


def test_the_own_time_for_another_service_or_person_is_just_not_free(town: Town):
    first = town.caller()
    again = town.caller(number=first.number, call_id="call_of_the_next_day")
    assert first.books("Schneiden", "21.10.2026", "11:00", name="Wanda Wieder").status == "booked"

    other = again.books("Beratung", "21.10.2026", "11:00", name="Wanda Wieder")
    mother = again.books("Schneiden", "21.10.2026", "11:00", name="Hildegard Brand")
    assert (other.status, mother.status) == ("unavailable", "unavailable")
    assert "bereits" not in other.message + mother.message


def test_two_calls_of_one_new_caller_make_one_customer(town: Town):
    one = town.caller()
    other = town.caller(number=one.number)
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(cut, one, "10:00"), pool.submit(cut, other, "14:00")]
        assert {each.result().status for each in sent} == {"booked"}

    with town.runtime.database.unrestricted_unsafe() as session:
        assert len(session.scalars(select(Customer)).all()) == 1


def test_refused_and_free_again_it_is_booked_under_the_same_key(town: Town):
    caller, other = town.caller(), town.caller()
    town.faults(path="bookings", method="POST", status=409, times=1)
    assert cut(caller).status == "unavailable"
    assert town.states() == ["refused"]

    assert cut(caller, name="Eva Winter").status == "booked"

    assert town.states() == ["confirmed"]
    assert town.rows()[0].attendee_name == "Eva Winter"
    assert cut(other).status == "unavailable"


def test_cancelled_in_the_same_call_the_time_can_be_booked_again(town: Town):
    caller = town.caller()
    cut(caller)
    assert caller.cancels(DAY).status == "cancelled"

    again = cut(caller)

    assert again.status == "booked"
    assert town.states() == ["cancelled", "confirmed"]
    assert town.standing() == [AT_TEN]


def test_moved_away_in_the_same_call_the_time_can_be_booked_again(town: Town):
    caller = town.caller()
    cut(caller)
    assert caller.moves(DAY, DAY, "14:00").status == "rescheduled"

    again = cut(caller, name="Opa Sommer")

    assert again.status == "booked"
    assert again.fields["start"] == "2026-10-21T10:00:00+02:00"
    assert town.standing() == [AT_TEN, ("2026-10-21 14:00", CUT)]


def test_two_people_of_one_call_get_two_seats_and_each_only_one(town: Town):
    caller = town.caller()

    def sits(name: str) -> Answer:
        return caller.books("Flechtkurs", DAY, "10:00", name=name)

    answers = [sits("Eva Sputer"), sits("Jan Sputer"), sits("Eva Sputa")]

    assert [each.status for each in answers] == ["booked"] * 3
    assert [each.fields["appointment_id"] for each in answers] == [1, 2, 1]
    rows = town.rows()
    assert rows[0].uid == rows[1].uid
    assert rows[0].seat_uid != rows[1].seat_uid
    assert town.standing() == [("2026-10-21 10:00", CLASS)]


def test_a_class_is_full_when_its_seats_are(town: Town):
    assert [town.caller().books("Flechtkurs", DAY, "10:00").status for _ in range(4)] == [
        "booked",
        "booked",
        "booked",
        "unavailable",
    ]


def test_for_the_mother_the_callers_own_name_stays(town: Town):
    caller = town.caller()
    cut(caller, name="Eva Sommer")
    caller.books("Schneiden", DAY, "14:00", name="Hannelore Sommer")

    rows = town.rows()
    assert [row.attendee_name for row in rows] == ["Eva Sommer", "Hannelore Sommer"]
    assert rows[0].customer_id == rows[1].customer_id
    greeted = caller.asks("check_customer")
    assert greeted.fields["customer"]["name"] == "Eva Sommer"
    assert "Eva Sommer" in greeted.message
    assert "Hannelore Sommer" in greeted.message
    named = caller.asks("check_customer", name="Hanelore Somer")
    assert named.fields["customer"]["name"] == "Hannelore Sommer"


def test_a_name_that_was_not_said_is_known_or_asked_for(town: Town):
    caller = town.caller()
    nameless = {"service": "Schneiden", "date": DAY}
    assert caller.asks("book_appointment", **nameless, time="10:00").status == "ask"
    cut(caller, name="Eva Sommer")
    assert caller.asks("book_appointment", **nameless, time="11:00").status == "booked"
    assert town.rows()[1].attendee_name == "Eva Sommer"

    cut(caller, "12:00", name="Hannelore Sommer")
    assert caller.asks("book_appointment", **nameless, time="14:00").status == "ask"


def test_an_anonymous_caller_may_book_as_somebody_new_each_time(town: Town):
    one, other = town.caller(number="anonymous", call_id="a"), town.caller(call_id="b", number="")
    assert cut(one, "10:00").status == "booked"
    assert cut(other, "11:00").status == "booked"
    with town.runtime.database.unrestricted_unsafe() as session:
        assert len(session.scalars(select(Customer)).all()) == 2


# -- what Cal.com does -----------------------------------------------------------------------------


def test_what_the_host_must_confirm_is_requested_and_not_booked(town: Town):
    caller = town.caller()
    answer = caller.books("Brautfrisur", DAY, "10:00")
    assert answer.status == "requested"
    assert "angefragt" in answer.message
    assert caller.books("Brautfrisur", DAY, "10:00").status == "requested"
    assert town.standing() == [("2026-10-21 10:00", WEDDING)]
    assert town.states() == ["requested"]


@pytest.mark.parametrize(
    "mode", ["commit_then_500", hasty("commit_then_hang"), "reset", "truncated"]
)
def test_committed_and_not_told_it_is_pending_and_then_booked(town: Town, mode: str):
    caller = town.caller()
    town.faults(path="bookings", method="POST", mode=mode, times=1)

    told = cut(caller)

    assert told.status == "pending"
    assert "notiert" in told.message
    assert town.states() == ["unknown"]
    assert cut(caller).status == "pending"
    assert town.caller().checks("Schneiden", DAY, "10:00").status == "unavailable"
    assert town.settle(seconds=1).confirmed == 1
    assert town.states() == ["confirmed"]
    assert town.standing() == [AT_TEN]
    assert cut(caller).status == "booked"
    assert town.findings() == []


@pytest.mark.parametrize("knobs", [{"status": 500}, hasty({"mode": "hang"}), {"mode": "html"}])
def test_not_committed_and_not_told_it_is_pending_and_then_sent_once_more(
    town: Town, knobs: dict[str, object]
):
    caller = town.caller()
    town.faults(path="bookings", method="POST", times=1, **knobs)

    assert cut(caller).status == "pending"
    assert town.standing() == []
    early = town.settle(seconds=5)
    assert (early.waiting, early.sent_again) == (1, 0)
    late = town.settle(seconds=60)
    assert late.sent_again == 1
    assert town.states() == ["confirmed"]
    assert town.standing() == [AT_TEN]


def test_what_somebody_else_took_meanwhile_is_refused_and_an_operator_calls(town: Town):
    caller = town.caller()
    town.faults(path="bookings", method="POST", status=500, times=1)
    assert cut(caller).status == "pending"
    other = town.caller(call_id=caller.call_id + "x")
    town.runtime.guards.holds.release(1, caller.call_id)
    assert cut(other).status == "booked"

    assert town.settle().refused == 1

    assert town.states() == ["refused", "confirmed"]
    assert town.findings() == ["promised_not_booked"]
    assert town.standing() == [AT_TEN]


def test_unknown_twice_it_is_not_sent_a_third_time(town: Town):
    caller = town.caller()
    town.faults(path="bookings", method="POST", status=500, times=2)
    assert cut(caller).status == "pending"
    town.settle()
    assert town.states() == ["unknown"]
    town.faults()

    town.settle(seconds=120)

    assert town.states() == ["refused"]
    assert town.findings() == ["promised_not_booked"]
    assert town.standing() == []


def test_a_wish_whose_process_died_before_it_was_sent_is_void(town: Town):
    cut(town.caller())
    row = town.rows()[0]
    with town.runtime.database.of_company(row.company_id, write=True) as session:
        kept = session.get_one(type(row), row.id)
        kept.state, kept.uid = "wished", None

    assert town.settle().refused == 1
    assert town.states() == ["refused"]
    assert town.findings() == []


def test_a_booking_whose_process_died_after_the_answer_is_found(town: Town):
    cut(town.caller())
    row = town.rows()[0]
    with town.runtime.database.of_company(row.company_id, write=True) as session:
        kept = session.get_one(type(row), row.id)
        kept.state, kept.uid, kept.calcom_id = "sent", None, None

    assert town.settle(seconds=2).confirmed == 0
    assert town.settle().confirmed == 1
    assert town.states() == ["confirmed"]
    assert town.rows()[0].uid == row.uid


def test_a_seat_of_unknown_outcome_is_found_by_its_own_key(town: Town):
    town.caller().books("Flechtkurs", DAY, "10:00")
    town.faults(path="bookings", method="POST", mode="commit_then_500", times=1)
    assert town.caller().books("Flechtkurs", DAY, "10:00").status == "pending"

    assert town.settle().confirmed == 1

    rows = town.rows()
    assert town.states() == ["confirmed", "confirmed"]
    assert rows[0].uid == rows[1].uid
    assert rows[0].seat_uid != rows[1].seat_uid


# -- who works -------------------------------------------------------------------------------------


def test_the_host_of_a_booking_becomes_its_staff(town: Town):
    cut(town.caller())
    cut(town.caller(), "11:00")
    with town.runtime.database.unrestricted_unsafe() as session:
        staff = session.scalars(select(Staff)).all()
    assert [person.calcom_user_id for person in staff] == [51000]
    assert {row.staff_id for row in town.rows()} == {staff[0].id}


def test_an_overlap_that_cal_com_allowed_is_kept_and_shown(town: Town):
    cut(town.caller())
    first = town.rows()[0]
    with town.runtime.database.of_company(first.company_id, write=True) as session:
        # What was moved at Cal.com without a word: here it still stands in the way.
        kept = session.get_one(type(first), first.id)
        kept.start, kept.end = kept.start.replace(hour=9), kept.end.replace(hour=9)
        kept.start, kept.end = kept.start, kept.end

    answer = cut(town.caller(), "11:00")

    assert answer.status == "booked"
    rows = town.rows()
    assert rows[1].state == "confirmed"
    assert rows[1].staff_id is None
    assert town.findings() == ["staff_overlap"]


def test_a_service_with_pauses_notes_when_somebody_works(town: Town):
    town.caller().books("Färben", DAY, "10:00")
    row = town.rows()[0]
    assert row.event_type_id == COLOUR
    assert row.working == [[0, 45], [90, 30]]


# -- the calendar is down --------------------------------------------------------------------------


def test_while_the_calendar_is_down_the_wish_is_collected_and_said_so(town: Town):
    caller = town.caller()
    town.faults(path="slots", status=500)

    answer = cut(caller)

    assert answer.status == "calendar_down"
    assert "rufen Sie dazu zurück" in answer.message
    wish = town.callbacks()[0]
    assert answer.fields["callback_id"] == wish.id
    assert wish.agreed
    assert wish.wanted_start is not None
    assert (wish.name, wish.phone) == ("Eva Sommer", caller.number)


def test_without_a_number_nobody_can_be_called_back(town: Town):
    town.faults(path="slots", status=500)
    answer = cut(town.caller(number="anonymous"))
    assert answer.status == "calendar_down"
    assert answer.fields["callback_offered"]
    assert "callback_id" not in answer.fields
    assert town.callbacks() == []


def test_a_mere_check_collects_nothing(town: Town):
    town.faults(path="slots", status=500)
    answer = town.caller().asks(
        "collect_appointment", service="Schneiden", date=DAY, time="10:00", bestaetigung=False
    )
    assert answer.status == "calendar_down"
    assert town.callbacks() == []


def test_when_the_calendar_is_back_the_wish_is_booked_once(town: Town):
    caller = town.caller()
    town.faults(path="slots", status=500)
    cut(caller)
    assert callback_drain.drain(town.runtime).booked == 0
    town.faults()

    drained = callback_drain.drain(town.runtime)

    assert (drained.booked, drained.gone) == (1, 0)
    assert town.standing() == [AT_TEN]
    assert callback_drain.drain(town.runtime).booked == 0
    assert cut(caller).status == "booked"
    assert town.standing() == [AT_TEN]
    wish = town.callbacks()[0]
    assert wish.still_free is None  # It is theirs.
    assert wish.state == "open"


def test_when_the_time_is_gone_the_callback_says_so(town: Town):
    caller = town.caller()
    town.faults(path="slots", status=500)
    cut(caller)
    town.faults()
    assert cut(town.caller()).status == "booked"

    drained = callback_drain.drain(town.runtime)

    assert (drained.booked, drained.gone) == (0, 1)
    assert town.callbacks()[0].still_free is False


def test_a_wish_that_nobody_agreed_to_is_only_looked_at(town: Town):
    town.faults(path="slots", status=500)
    cut(town.caller())
    town.faults()
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        session.get_one(type(town.callbacks()[0]), 1).agreed = False

    drained = callback_drain.drain(town.runtime)

    assert (drained.booked, drained.still_free) == (0, 1)
    assert town.standing() == []


def test_old_times_are_offered_with_a_caveat_and_never_booked_unseen(
    settings: Callable[..., Settings], database_url: str
):
    hasty = settings(database_url=database_url, slot_cache_fresh_seconds=1)
    with living(hasty) as town:
        caller = town.caller()
        caller.checks("Schneiden", DAY)
        town.faults(path="slots", status=500)

        def stale() -> bool:
            checked = town.caller().checks("Schneiden", DAY, "10:00")
            return checked.status == "calendar_down" and checked.fields["stale"]

        eventually(stale, what="the cache's end")
        assert cut(caller, "11:00").status == "calendar_down"
        assert town.standing() == []
        assert len(town.callbacks()) == 1


# -- what it costs ---------------------------------------------------------------------------------


def test_a_cached_check_asks_the_database_twice_at_most(town: Town):
    caller = town.caller()
    caller.checks("Schneiden", DAY, "09:00")
    caller.checks("Schneiden", DAY, "10:00")
    assert caller.queries <= 2
    caller.checks("Schneiden", DAY)
    assert caller.queries <= 2


def test_a_booking_asks_the_database_six_times_at_most(town: Town):
    cut(town.caller(), "09:00")
    new, known = town.caller(), town.caller()
    cut(known, "10:00")
    for caller, time in ((new, "11:00"), (known, "12:00")):
        caller.checks("Schneiden", DAY, time)
        assert cut(caller, time).status == "booked"
        assert caller.queries <= 6
