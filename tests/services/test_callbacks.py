"""One open wish a call: what comes after completes it, what was done stays done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from askpro.services import callers
from askpro.services.answers import Answer
from askpro.services.callbacks import DEADLINE_HOURS
from askpro.store.models import Callback, Company, Customer
from tests.town import Caller, Town, local


def wish(caller: Caller, **more: Any) -> Answer:
    return caller.asks("request_callback", **more)


NOTED = "Ihren Rückrufwunsch habe ich notiert. "
TUESDAY = datetime(2026, 10, 20, 10, 15, tzinfo=ZoneInfo("Europe/Berlin"))


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return TUESDAY.replace(day=day, hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("window", "told"),
    [
        (
            "nächste Woche vormittags",
            "von Montag, dem sechsundzwanzigsten Oktober, bis Sonntag, den ersten November, "
            "vor zwölf Uhr,",
        ),
        ("Freitag ab drei", "am Freitag, dem dreiundzwanzigsten Oktober, ab fünfzehn Uhr,"),
        ("Freitag um drei", "am Freitag, dem dreiundzwanzigsten Oktober, um fünfzehn Uhr,"),
        ("zwischen 14 und 16 Uhr", "zwischen vierzehn und sechzehn Uhr,"),
        ("morgen, Sie Flegel", "morgen,"),
    ],
)
def test_a_wished_time_is_said_as_it_was_understood_and_no_deadline_beside_it(
    shared_town: Town, window: str, told: str
):
    promise = f"Wir melden uns nach Möglichkeit zu Ihrer Wunschzeit, {told} bei Ihnen."
    assert wish(shared_town.caller(), window=window, at=TUESDAY).message == NOTED + promise


@pytest.mark.parametrize("window", ["montags", "ab Donnerstag", "um acht"])
def test_a_wished_time_with_two_meanings_is_not_repeated(shared_town: Town, window: str):
    promise = "Wir melden uns nach Möglichkeit zu Ihrer Wunschzeit bei Ihnen."
    assert wish(shared_town.caller(), window=window, at=TUESDAY).message == NOTED + promise


@pytest.mark.parametrize(
    "window", ["egal", "gestern", "heute um 9 Uhr", "heute früh", "Blödsinn", "x" * 300, None]
)
def test_what_is_no_time_ahead_is_written_down_and_not_repeated(shared_town: Town, window: str):
    promise = "Wir melden uns innerhalb von vierundzwanzig Stunden bei Ihnen."
    assert wish(shared_town.caller(), window=window, at=TUESDAY).message == NOTED + promise


@pytest.mark.parametrize(
    ("at", "priority", "promised"),
    [
        (on(23, 16), "normal", "innerhalb von vierundzwanzig Stunden"),
        (on(23, 17, 55), "normal", "am Montag, dem sechsundzwanzigsten Oktober,"),
        (on(24, 12), "high", "übermorgen"),
        (on(25, 20), "normal", "innerhalb von vierundzwanzig Stunden"),
        (on(22, 18, 30), "urgent", "morgen"),
    ],
)
def test_nobody_is_promised_a_call_while_the_shop_is_closed(
    shared_town: Town, at: datetime, priority: str, promised: str
):
    answer = wish(shared_town.caller(), priority=priority, at=at)

    assert answer.message == f"{NOTED}Wir melden uns {promised} bei Ihnen."
    due = datetime.fromisoformat(answer.fields["due_at"])
    assert due - at == timedelta(hours=DEADLINE_HOURS[priority])


@pytest.mark.parametrize(
    ("phone", "told"),
    [
        ("0151 2345678", "nicht richtig verstanden"),
        ("Blumenkohl", "nicht richtig verstanden"),
        ("unbekannt", "Unter welcher Telefonnummer"),
        (None, "Unter welcher Telefonnummer"),
    ],
)
def test_who_gave_a_number_that_can_not_be_one_hears_so(
    shared_town: Town, phone: str | None, told: str
):
    answer = wish(shared_town.caller(number="anonymous"), phone=phone)
    assert (answer.status, answer.fields["field"]) == ("invalid", "phone")
    assert told in answer.message


@pytest.mark.parametrize("phone", ["0151 2345678", "Blumenkohl", "dieselbe"])
def test_who_gave_a_number_that_can_not_be_one_hears_which_one_is_called(
    shared_town: Town, phone: str
):
    caller = shared_town.caller()
    answer = wish(caller, phone=phone)
    assert answer.status == "recorded"
    assert answer.message.endswith(
        "Wir rufen Sie unter der Nummer an, von der Sie gerade sprechen."
    )
    assert shared_town.callbacks()[-1].phone == caller.number


@pytest.mark.parametrize("phone", ["0151 23456789", "unbekannt", None])
def test_who_gave_a_number_or_none_hears_nothing_of_it(shared_town: Town, phone: str | None):
    assert "Nummer" not in wish(shared_town.caller(), phone=phone).message


def done(town: Town) -> None:
    """Everybody who wished to be was called back."""
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(update(Callback).values(state="done"))


def test_a_second_wish_of_a_call_completes_the_first(town: Town):
    caller = town.caller()
    first = wish(caller, reason="Preise")
    second = wish(caller, name="Eva Sommer")

    assert first.fields["callback_id"] == second.fields["callback_id"]
    kept = town.callbacks()[0]
    assert (kept.name, kept.reason) == ("Eva Sommer", "Preise")


@pytest.mark.parametrize("call_id", ["call_of_the_test", None])
def test_after_the_first_was_called_back_the_call_has_one_more_and_no_third(
    town: Town, call_id: str | None
):
    caller = town.caller(call_id=call_id)
    wish(caller)
    done(town)

    later = [wish(caller, reason=reason).fields["callback_id"] for reason in "abc"]

    assert len(set(later)) == 1
    assert [each.state for each in town.callbacks()] == ["done", "open"]


def test_a_call_completes_no_wish_of_a_call_whose_id_begins_or_looks_alike(town: Town):
    ids = ["call_1", "call_12", "callx1", "CALL_1", "call_1-1", "call_"]
    people = [town.caller(call_id=each) for each in ids]
    for person in people:
        wish(person)
    done(town)
    for person in people:
        wish(person)
        wish(person)

    kept = [(each.call_id, each.phone, each.state) for each in town.callbacks()]

    assert kept == [(p.call_id, p.number, state) for state in ("done", "open") for p in people]


def test_an_erased_wish_leaves_room_for_the_next(town: Town):
    caller = town.caller()
    wish(caller)
    done(town)
    wish(caller)
    done(town)
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(delete(Callback).where(Callback.id == 1))

    assert wish(caller).status == "recorded"
    assert [each.state for each in town.callbacks()] == ["done", "open"]


def test_a_long_call_id_leaves_room_for_numbers(town: Town):
    one, other = (town.caller(call_id="c" * 99 + end) for end in "ab")
    with town.runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(update(Company).where(Company.id == 1).values(slug="s" * 80))
    town.runtime.directory.changed()

    for _ in range(2):
        assert wish(one).status == wish(other).status == "recorded"
        done(town)
    assert len(town.callbacks()) == 4


@pytest.mark.parametrize("earlier", [0, 1])
def test_wishes_of_one_call_at_the_same_moment_are_one(
    town: Town, earlier: int, monkeypatch: pytest.MonkeyPatch
):
    caller = town.caller()
    for _ in range(earlier):
        wish(caller)
        done(town)
    both_begun = Barrier(2)
    found = callers.by_number

    def found_by_both(session: Session, number: str) -> Customer | None:
        # SQLite lets one in after the other.
        with suppress(BrokenBarrierError):
            both_begun.wait(0.3)
        return found(session, number)

    monkeypatch.setattr(callers, "by_number", found_by_both)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: wish(caller), range(2)))

    assert [answer.status for answer in answers] == ["recorded", "recorded"]
    assert [each.state for each in town.callbacks()] == ["done"] * earlier + ["open"]


def test_a_second_reason_or_slot_lets_the_first_one_not_be_forgotten(town: Town):
    caller = town.caller()
    town.faults(path="slots", status=500)
    for time in ("10:00", "10:00", "12:00"):
        caller.books("Schneiden", "21.10.2026", time)
    for reason in ("Preise", "Gutschein", "Preise"):
        wish(caller, reason=reason)

    (kept,) = town.callbacks()

    assert kept.wanted_start is not None
    assert local(kept.wanted_start).hour == 12
    assert kept.reason == ("Gutschein; Preise; Zuvor gewünscht: Schneiden, 21.10.2026, 10:00 Uhr")


def test_a_second_wish_makes_the_first_one_no_less_urgent(town: Town):
    caller = town.caller()
    for priority in ("urgent", "normal"):
        wish(caller, priority=priority)
    assert [each.priority for each in town.callbacks()] == ["urgent"]
