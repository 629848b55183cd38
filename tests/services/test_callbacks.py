"""One open wish a call: what comes after completes it, what was done stays done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from askpro.services import callers
from askpro.services.answers import Answer
from askpro.store.models import Callback, Company, Customer
from tests.town import Caller, Town


def wish(caller: Caller, **more: Any) -> Answer:
    return caller.asks("request_callback", **more)


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


def test_a_second_wish_makes_the_first_one_no_less_urgent(town: Town):
    caller = town.caller()
    for priority in ("urgent", "normal"):
        wish(caller, priority=priority)
    assert [each.priority for each in town.callbacks()] == ["urgent"]
