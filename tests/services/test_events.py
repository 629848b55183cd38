"""Receiving: stored once before the 2xx, for the right company, by whoever may speak for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from askpro.providers.calcom_webhooks import parse_calcom_event
from askpro.providers.retell_events import parse_event
from askpro.services import event_work, events, replay
from askpro.services.runtime import Runtime
from askpro.store import inbox
from askpro.store.models import (
    Appointment,
    Call,
    Company,
    Finding,
    InboxEvent,
    PhoneNumber,
    ServiceRow,
)
from askpro.worker import Worker
from tests import calcom_telling, retell_telling
from tests.calcom_telling import HAIRCUT
from tests.clocks import StoppedClock

SENT = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def company(office: Runtime, slug: str = "salon-quittenberg") -> int:
    with office.database.unrestricted_unsafe() as session:
        return session.scalars(select(Company.id).where(Company.slug == slug)).one()


def retell(office: Runtime, body: dict[str, Any], *, signed_by: int | None = None) -> str:
    told = parse_event(retell_telling.raw(body), keep_transcript=True)
    answered = events.office_of_call(office, told.call)
    return events.receive_retell(office, answered, told, signed_by=signed_by)


def calcom(office: Runtime, body: dict[str, Any], *, signed_by: int | None = None) -> str:
    told = parse_calcom_event(calcom_telling.raw(body))
    owner = events.owner_of(office, told, among=signed_by)
    return events.receive_calcom(office, owner, told, signed_by=signed_by)


def rows(office: Runtime) -> list[InboxEvent]:
    with office.database.unrestricted_unsafe() as session:
        return list(session.scalars(select(InboxEvent).order_by(InboxEvent.id)))


def body_of(office: Runtime, event: InboxEvent) -> dict[str, Any]:
    with office.database.unrestricted_unsafe() as session:
        return inbox.body_of(session, event.id)


def work(office: Runtime) -> None:
    worker = Worker(office, ())
    while worker.round():
        continue


def appointment(office: Runtime, uid: str) -> Appointment | None:
    with office.database.unrestricted_unsafe() as session:
        return session.scalar(select(Appointment).where(Appointment.uid == uid))


def created(uid: str = "uidA", **said: Any) -> dict[str, Any]:
    return calcom_telling.body("BOOKING_CREATED", uid, **{"at": SENT, "start": START, **said})


# -- Retell ---------------------------------------------------------------------------------------


def test_an_event_is_stored_once_however_often_it_is_sent(office: Runtime):
    told = retell_telling.body("call_ended")
    assert [retell(office, told) for _ in range(3)] == ["stored", "duplicate", "duplicate"]
    assert [row.company_id for row in rows(office)] == [company(office)]


def test_a_second_transfer_of_a_call_is_another_event(office: Runtime):
    first = retell_telling.body("transfer_started", start_timestamp=1_792_483_200_000)
    second = retell_telling.body("transfer_started", start_timestamp=1_792_483_290_000)
    assert [retell(office, each) for each in (first, first, second)] == [
        "stored", "duplicate", "stored",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["chat_ended", "call_paused"])
def test_what_the_product_does_nothing_about_is_kept_without_work(office: Runtime, name: str):
    assert retell(office, retell_telling.body(name)) == "ignored"
    work(office)
    assert [row.state for row in rows(office)] == ["ignored"]


def test_a_growing_transcript_is_not_kept_and_is_a_sign_of_life(
    office: Runtime, office_clock: StoppedClock
):
    retell(office, retell_telling.body("call_started"))
    work(office)
    began = office_clock.now()
    for minutes, seen in ((4, began), (2, began + timedelta(minutes=6))):
        office_clock.advance(minutes=minutes)
        assert retell(office, retell_telling.body("transcript_updated")) == "ignored"
        with office.database.unrestricted_unsafe() as session:
            assert session.scalars(select(Call.last_sign_at)).one() == seen
    assert len(rows(office)) == 1


def test_an_unknown_number_is_kept_and_worked_on_once_it_is_known(office: Runtime):
    told = retell_telling.body("call_ended", to_number="+4930901899")
    assert retell(office, told) == "ignored"
    work(office)
    (row,) = rows(office)
    assert (row.state, row.company_id) == ("ignored", None)
    (refused,) = replay.replay(office, [row])
    assert (refused.state, refused.error) == ("ignored", "no company answers for it")

    _add_number(office, "kfz-schraubstock", "+4930901899")
    (tried,) = replay.dry_run(office, [row])
    assert tried.would is not None
    assert tried.would["changes"]["state"] == [None, "ended"]
    assert rows(office)[0].company_id is None
    replay.replay(office, [row])
    work(office)
    with office.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Call.company_id)).one() == company(office, "kfz-schraubstock")


def _add_number(office: Runtime, slug: str, number: str) -> None:
    branch = office.directory.office(company(office, slug))
    assert branch is not None
    with office.database.unrestricted_unsafe(write=True) as session:
        session.add(
            PhoneNumber(company_id=branch.company_id, branch_id=branch.branch_id, number=number)
        )
    office.directory.changed()


def test_what_was_said_of_a_call_before_its_company_was_known_is_not_lost(office: Runtime):
    bridged = {"event": "transfer_bridged", "call": {"call_id": "call_1"}}
    assert retell(office, bridged) == "ignored"
    assert retell(office, retell_telling.body("call_started", "call_1")) == "stored"
    work(office)
    with office.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Call.transfer)).one() == {"bridged": True}


def test_what_another_companys_key_said_of_a_call_stays_with_it(office: Runtime):
    stranger = company(office, "kfz-schraubstock")
    bridged = {"event": "transfer_bridged", "call": {"call_id": "call_1"}}
    assert retell(office, bridged, signed_by=stranger) == "ignored"
    retell(office, retell_telling.body("call_started", "call_1"))
    work(office)
    with office.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Call.transfer)).one() is None
    assert rows(office)[0].state == "ignored"
    # And the true event is not kept out by it.
    assert retell(office, bridged) == "stored"


def test_a_done_event_keeps_nothing_of_the_person(office: Runtime):
    said = retell_telling.body(
        "call_analyzed",
        transcript="Agent: Guten Tag.\nUser: Wackernagel hier.",
        call_analysis={
            "call_summary": "Herr Wackernagel rief an.",
            "custom_analysis_data": {"customer_name": "Torben Wackernagel"},
        },
        transfer_destination="+4930901888",
    )
    retell(office, said)
    (row,) = rows(office)
    assert "Wackernagel" in json.dumps(body_of(office, row), ensure_ascii=False)
    calcom(office, created())
    work(office)
    left = json.dumps([body_of(office, row) for row in rows(office)], ensure_ascii=False)
    for personal in ("Wackernagel", "069012", "901888", "torben"):
        assert personal not in left


def test_a_replayed_event_that_was_thinned_erases_nothing(office: Runtime):
    retell(office, retell_telling.lifecycle("call_1", SENT)[2])
    work(office)
    with office.database.unrestricted_unsafe() as session:
        before = session.scalars(select(Call)).one()
    replay.replay(office, rows(office))
    work(office)
    with office.database.unrestricted_unsafe() as session:
        after = session.scalars(select(Call)).one()
    for name in ("from_number", "cost_cents", "details", "customer_id", "outcome", "state"):
        assert getattr(after, name) == getattr(before, name)


# -- Cal.com --------------------------------------------------------------------------------------


def test_the_same_body_is_stored_once_and_another_subscription_changes_nothing(office: Runtime):
    assert calcom(office, created()) == "stored"
    assert calcom(office, created()) == "duplicate"
    assert calcom(office, created(at=SENT + timedelta(seconds=1))) == "stored"
    work(office)
    with office.database.unrestricted_unsafe() as session:
        found = session.scalars(select(Appointment).where(Appointment.uid == "uidA")).all()
    assert len(found) == 1


def test_dotted_names_are_understood_and_unknown_ones_kept(office: Runtime):
    dotted = created()
    dotted["triggerEvent"] = "BOOKING.CREATED"
    assert calcom(office, dotted) == "stored"
    unknown = created("uidB")
    unknown["triggerEvent"] = "BOOKING_TELEPORTED"
    assert calcom(office, unknown) == "ignored"
    assert [(row.event, row.state) for row in rows(office)] == [
        ("BOOKING_CREATED", "new"),
        ("BOOKING_TELEPORTED", "ignored"),
    ]


def test_a_cancellation_without_an_event_type_finds_its_company_by_the_booking(office: Runtime):
    calcom(office, created())
    work(office)
    bare = calcom_telling.body("BOOKING_CANCELLED", "uidA", at=SENT, start=START, organizer=1)
    del bare["payload"]["eventTypeId"]
    assert calcom(office, bare) == "stored"
    work(office)
    found = appointment(office, "uidA")
    assert found is not None
    assert found.state == "cancelled"


def test_slots_are_dropped_before_the_2xx(office: Runtime, monkeypatch: pytest.MonkeyPatch):
    dropped: list[int] = []
    monkeypatch.setattr(
        type(office.guards.slots),
        "invalidate",
        lambda _, company_id, **__: dropped.append(company_id),
    )
    calcom(office, created())
    assert dropped == [company(office)]
    dropped.clear()
    away = {
        "triggerEvent": "OOO_CREATED",
        "createdAt": "2026-10-19T16:00:00.000Z",
        "payload": {"oooEntry": {"id": 1, "user": {"id": 51004}}},
    }
    calcom(office, away)
    assert dropped == [company(office, "kfz-schraubstock")]


def test_cal_coms_word_of_what_was_booked_here_is_no_news_to_the_slots(
    office: Runtime, monkeypatch: pytest.MonkeyPatch
):
    dropped: list[int] = []
    monkeypatch.setattr(
        type(office.guards.slots),
        "invalidate",
        lambda _, company_id, **__: dropped.append(company_id),
    )
    key = "salon:call:1"
    _wish(office, company(office), key, state="confirmed", uid="uidA")
    calcom(office, created(key=key))
    work(office)
    assert dropped == []
    calcom(office, calcom_telling.body("BOOKING_CANCELLED", "uidA", at=SENT, start=START))
    assert dropped == [company(office)]


@pytest.fixture
def shared_calendar(office: Runtime) -> tuple[int, int]:
    """Two companies that offer one event type of one Cal.com user."""
    first, second = company(office), company(office, "kfz-schraubstock")
    with office.database.unrestricted_unsafe(write=True) as session:
        session.add(
            ServiceRow(company_id=second, event_type_id=HAIRCUT, name="Haarschnitt", minutes=30)
        )
        session.execute(update(Company).where(Company.id == second).values(calcom_user_id=51001))
    office.directory.changed()
    return first, second


def test_of_two_companies_with_one_event_type_the_key_says_whose_it_is(
    office: Runtime, shared_calendar: tuple[int, int]
):
    first, second = shared_calendar
    _wish(office, second, "kfz-schraubstock:call:1")
    assert calcom(office, created(key="kfz-schraubstock:call:1")) == "stored"
    assert rows(office)[0].company_id == second
    work(office)
    assert calcom(
        office, calcom_telling.body("BOOKING_CANCELLED", "uidA", at=SENT, start=START)
    ) == ("stored")
    assert rows(office)[1].company_id == second
    assert first != second


def test_of_two_companies_with_one_event_type_nobody_is_guessed(
    office: Runtime, shared_calendar: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    dropped: list[int] = []
    monkeypatch.setattr(
        type(office.guards.slots),
        "invalidate",
        lambda _, company_id, **__: dropped.append(company_id),
    )
    assert calcom(office, created()) == "ignored"
    assert rows(office)[0].company_id is None
    assert sorted(dropped) == sorted(shared_calendar)


def test_a_cancellation_that_came_before_anybody_knew_whose_it_is_counts_later(
    office: Runtime, shared_calendar: tuple[int, int]
):
    _wish(office, shared_calendar[1], "kfz-schraubstock:call:1")
    gone = calcom_telling.body("BOOKING_CANCELLED", "uidA", at=SENT, start=START)
    assert calcom(office, gone) == "ignored"
    calcom(office, created(key="kfz-schraubstock:call:1"))
    work(office)
    found = appointment(office, "uidA")
    assert found is not None
    assert (found.company_id, found.state) == (shared_calendar[1], "cancelled")


def test_a_company_cannot_cancel_anothers_booking_now_or_by_a_replay(office: Runtime):
    own_secret = company(office, "kfz-schraubstock")
    with office.database.unrestricted_unsafe(write=True) as session:
        secret = {"calcom_webhook_secret": "its own"}
        session.execute(update(Company).where(Company.id == own_secret).values(**secret))
    office.directory.changed()
    calcom(office, created())
    work(office)
    gone = calcom_telling.body("BOOKING_CANCELLED", "uidA", at=SENT, start=START)
    assert calcom(office, gone, signed_by=own_secret) == "ignored"
    forged = rows(office)[-1]
    assert event_work.office_of(office, forged) is None
    (tried,) = replay.dry_run(office, [forged])
    assert (tried.would, tried.error) == (None, "no company answers for it")
    replay.replay(office, [forged])
    work(office)
    found = appointment(office, "uidA")
    assert found is not None
    assert found.state == "confirmed"
    # The true one is not kept out by it.
    assert calcom(office, gone) == "stored"


def test_what_we_had_given_up_is_shown_when_it_comes_alive(office: Runtime):
    _wish(office, company(office), "salon-quittenberg:call:1", state="refused")
    calcom(office, created(key="salon-quittenberg:call:1"))
    work(office)
    with office.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Finding.kind)).all() == ["done_not_said"]


def _wish(office: Runtime, company_id: int, key: str, **values: Any) -> None:
    now = office.clock.now()
    told = {"state": "sent", "call_id": "call_1", "source": "voice", **values}
    with office.database.unrestricted_unsafe(write=True) as session:
        session.add(
            Appointment(
                company_id=company_id, key=key, start=START, end=START + timedelta(minutes=30),
                event_type_id=HAIRCUT, changes=0, created_at=now, updated_at=now, **told,
            )
        )  # fmt: skip
