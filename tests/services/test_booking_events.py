"""What single events of Cal.com do to the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from askpro.providers.calcom_webhooks import CalcomEvent, parse_calcom_event
from askpro.services import booking_events
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment, Company, Customer
from tests.calcom_telling import HAIRCUT, TORBEN, event
from tests.ledgers import appointments
from tests.worlds import PAYLOADS, manifest

SENT = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
LATER = START + timedelta(days=2)
NOBODY = {"name": "Wer Auchimmer", "email": "wer@example.org"}


def company_of(session: Session, slug: str) -> int:
    return session.scalars(select(Company.id).where(Company.slug == slug)).one()


class Ledger:
    """Events of the hairdresser, applied one by one, and what came of them."""

    def __init__(self, office: Runtime) -> None:
        self.runtime = office
        with office.database.unrestricted_unsafe() as session:
            self.company = company_of(session, "salon-quittenberg")
        self.known = {row["uid"] for row in self.rows()}

    def hears(self, *events: CalcomEvent) -> list[dict[str, Any]]:
        done = []
        for each in events:
            with self.runtime.database.of_company(self.company, write=True) as session:
                done.append(
                    booking_events.record(session, self.company, each, self.runtime.clock.now())
                )
        return done

    def rows(self) -> list[dict[str, Any]]:
        with self.runtime.database.of_company(self.company) as session:
            return appointments(session)

    def new(self) -> list[dict[str, Any]]:
        return [row for row in self.rows() if row["uid"] not in self.known]

    def wish(self, key: str, **values: Any) -> int:
        """A row as the booking service writes it before Cal.com is asked."""
        now = self.runtime.clock.now()
        told: dict[str, Any] = {
            "state": "sent",
            "start": START,
            "end": START + timedelta(minutes=30),
            "event_type_id": HAIRCUT,
            "source": "voice",
            "call_id": "call_of_the_wish",
            "attendee_name": "Torben Wackernagel",
            **values,
        }
        row = Appointment(
            company_id=self.company, key=key, changes=0, created_at=now, updated_at=now, **told
        )
        with self.runtime.database.of_company(self.company, write=True) as session:
            session.add(row)
        return row.id

    def row(self, row_id: int) -> Appointment:
        with self.runtime.database.of_company(self.company) as session:
            return session.get_one(Appointment, row_id)


@pytest.fixture
def ledger(office: Runtime) -> Ledger:
    return Ledger(office)


def created(uid: str = "uidA", **said: Any) -> CalcomEvent:
    return event("BOOKING_CREATED", uid, **{"at": SENT, "start": START, **said})


def moved(uid: str, previous: str, **said: Any) -> CalcomEvent:
    told = {"at": SENT + timedelta(hours=1), "start": LATER, "sequence": 1, **said}
    return event("BOOKING_RESCHEDULED", uid, previous=previous, **told)


def cancelled(uid: str = "uidA", **said: Any) -> CalcomEvent:
    told = {"at": SENT + timedelta(hours=2), "start": START, "sequence": 2, **said}
    return event("BOOKING_CANCELLED", uid, **told)


def no_show(value: bool, at: datetime, uid: str = "uidA") -> CalcomEvent:
    return event("BOOKING_NO_SHOW_UPDATED", uid, at=at, no_show=value)


# -- ours -----------------------------------------------------------------------------------------


def test_our_own_booking_is_found_by_its_key(ledger: Ledger):
    row_id = ledger.wish("salon-quittenberg:call:1")
    (done,) = ledger.hears(created(key="salon-quittenberg:call:1"))
    row = ledger.row(row_id)
    assert (row.state, row.uid, row.call_id) == ("confirmed", "uidA", "call_of_the_wish")
    assert done["changes"] == {"state": ["sent", "confirmed"]}
    assert len(ledger.new()) == 1


def test_what_we_gave_up_stands_when_calcom_says_so(ledger: Ledger):
    row_id = ledger.wish("salon-quittenberg:call:1", state="refused")
    ledger.hears(created(key="salon-quittenberg:call:1"))
    assert ledger.row(row_id).state == "confirmed"


def test_a_copy_that_carries_our_key_is_a_booking_of_its_own(ledger: Ledger):
    row_id = ledger.wish("salon-quittenberg:call:1", uid="uidA", state="confirmed")
    ledger.hears(created("uidCopy", key="salon-quittenberg:call:1", start=LATER))
    assert ledger.row(row_id).uid == "uidA"
    assert [row["uid"] for row in ledger.new()] == ["uidA", "uidCopy"]


def test_a_move_of_unknown_outcome_is_settled_by_its_event(ledger: Ledger):
    change = {"kind": "reschedule", "call_id": "call_that_moves", "start": LATER.isoformat()}
    row_id = ledger.wish("k", uid="uidA", state="confirmed", pending_change=change)
    ledger.hears(moved("uidB", "uidA"))
    row = ledger.row(row_id)
    assert (row.uid, row.start, row.pending_change, row.last_change) == (
        "uidB", LATER, None, change,
    )  # fmt: skip


def test_a_cancellation_of_unknown_outcome_is_settled_by_its_event(ledger: Ledger):
    change = {"kind": "cancel", "call_id": "call_that_cancels"}
    row_id = ledger.wish("k", uid="uidA", state="confirmed", pending_change=change)
    ledger.hears(cancelled())
    row = ledger.row(row_id)
    assert (row.state, row.pending_change, row.last_change) == ("cancelled", None, change)


def test_a_pending_cancellation_outlives_a_move_by_somebody_else(ledger: Ledger):
    change = {"kind": "cancel", "call_id": "call_that_cancels"}
    row_id = ledger.wish("k", uid="uidA", state="confirmed", pending_change=change)
    ledger.hears(moved("uidB", "uidA"))
    assert ledger.row(row_id).pending_change == change


# -- made elsewhere -------------------------------------------------------------------------------


def test_a_booking_made_elsewhere_is_adopted_with_its_customer(ledger: Ledger, office: Runtime):
    person = {"name": "Änne Größler", "email": "aenne@example.org", "phoneNumber": "+4930901820"}
    ledger.hears(created(attendee=person))
    (row,) = ledger.new()
    assert (row["source"], row["state"], row["start"]) == ("calcom", "confirmed", START)
    assert row["end"] == START + timedelta(minutes=30)
    assert row["customer"] == ("+4930901820", "aenne@example.org")
    with office.database.of_company(ledger.company) as session:
        assert session.get_one(Appointment, _id(ledger)).service_id is not None


def test_a_known_caller_is_recognised_by_number_only(ledger: Ledger, office: Runtime):
    people = _customers(office, ledger)
    ledger.hears(created("uid1"))
    assert _customers(office, ledger) == people
    # Somebody else may have typed that address.
    ledger.hears(created("uid2", start=LATER, attendee={"name": "X", "email": TORBEN["email"]}))
    assert _customers(office, ledger) == people + 1
    ledger.hears(
        created("uid3", start=LATER, attendee={"name": "X", "email": TORBEN["email"]}, at=LATER)
    )
    assert _customers(office, ledger) == people + 1


def test_a_phone_only_booking_keeps_no_stand_in_mail(ledger: Ledger):
    person = {"name": "A", "email": "4930901820@sms.cal.com", "phoneNumber": "+4930901820"}
    ledger.hears(created(attendee=person))
    assert ledger.new()[0]["who"] == ("A", "+4930901820", None)


def test_what_the_company_does_not_offer_is_adopted_too(ledger: Ledger):
    ledger.hears(created(event_type=424242))
    assert (ledger.new()[0]["service"], ledger.new()[0]["state"]) == (None, "confirmed")


@pytest.mark.parametrize("trigger", ["PING", "OOO_CREATED", "MEETING_STARTED"])
def test_some_events_say_nothing_of_an_appointment(ledger: Ledger, trigger: str):
    assert ledger.hears(event(trigger, "uidA", at=SENT, start=START)) == [{"effect": "none"}]
    assert ledger.new() == []


# -- states ---------------------------------------------------------------------------------------


def test_cancelled_is_terminal_whenever_it_is_heard(ledger: Ledger):
    ledger.hears(cancelled(cancellationReason="Keine Zeit"), created(), created(at=LATER))
    (row,) = ledger.new()
    assert (row["state"], row["reason"], row["start"]) == ("cancelled", "Keine Zeit", START)


def test_a_request_is_confirmed_and_stays_so(ledger: Ledger):
    asked = event("BOOKING_REQUESTED", "uidA", at=SENT, start=START)
    ledger.hears(asked)
    assert ledger.new()[0]["state"] == "requested"
    ledger.hears(created(at=SENT + timedelta(minutes=1)), asked)
    assert ledger.new()[0]["state"] == "confirmed"


def test_a_request_that_is_declined_is_rejected_with_the_reason(ledger: Ledger):
    asked = event("BOOKING_REQUESTED", "uidA", at=SENT, start=START)
    declined = event(
        "BOOKING_REJECTED", "uidA", at=LATER, start=START, rejectionReason="Praxis geschlossen"
    )
    ledger.hears(declined, asked)
    assert (ledger.new()[0]["state"], ledger.new()[0]["reason"]) == (
        "rejected", "Praxis geschlossen",
    )  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
def test_a_no_show_can_be_taken_back_whatever_comes_first(ledger: Ledger, order: tuple[int, ...]):
    told = [
        created(),
        event("MEETING_ENDED", "uidA", at=SENT, start=START),
        no_show(True, START + timedelta(hours=1)),
        no_show(False, START + timedelta(hours=2)),
    ]
    ledger.hears(*(told[place] for place in order))
    assert ledger.new()[0]["state"] == "completed"


def test_a_no_show_stands_against_the_end_of_the_meeting(ledger: Ledger):
    ledger.hears(no_show(True, LATER), created())
    ledger.hears(event("MEETING_ENDED", "uidA", at=SENT, start=START))
    assert ledger.new()[0]["state"] == "no_show"


def test_of_two_versions_the_later_sequence_wins(ledger: Ledger):
    ledger.hears(created(sequence=3, start=LATER), created(sequence=1, at=LATER))
    assert ledger.new()[0]["start"] == LATER
    ledger.hears(created(sequence=3, start=START, at=SENT - timedelta(hours=1)))
    assert ledger.new()[0]["start"] == LATER


# -- moves ----------------------------------------------------------------------------------------


def test_two_moves_the_wrong_way_round_are_one_appointment(ledger: Ledger):
    row_id = ledger.wish("k", uid="uidA", state="confirmed")
    last = START + timedelta(days=9)
    ledger.hears(moved("uidC", "uidB", sequence=2, start=last), moved("uidB", "uidA"))
    (row,) = ledger.new()
    assert (row["uid"], row["start"], row["changes"], row["key"]) == ("uidC", last, 2, "k")
    assert row["uids"] == ["uidA", "uidB", "uidC"]
    assert ledger.row(row_id).call_id == "call_of_the_wish"


def test_a_cancellation_of_the_old_uid_does_not_cancel_what_moved(ledger: Ledger):
    ledger.hears(created(), cancelled(cancellationReason="moved"), moved("uidB", "uidA"))
    (row,) = ledger.new()
    assert (row["uid"], row["state"], row["reason"]) == ("uidB", "confirmed", None)


def test_a_requested_move_waits_for_confirmation_again(ledger: Ledger):
    ledger.hears(
        created(), event("BOOKING_REQUESTED", "uidB", at=LATER, start=LATER, previous="uidA")
    )
    assert (ledger.new()[0]["uid"], ledger.new()[0]["state"]) == ("uidB", "requested")


def test_a_circle_of_moves_ends(ledger: Ledger):
    ledger.hears(moved("uidA", "uidB"), moved("uidB", "uidA", at=LATER), moved("uidA", "uidA"))
    assert len(ledger.new()) == 1


# -- seats ----------------------------------------------------------------------------------------

COURSE = 3100523


def seat(uid: str, seat_uid: str | None, **said: Any) -> CalcomEvent:
    return created(uid, seat=seat_uid, event_type=COURSE, **said)


def test_two_seats_of_one_booking_are_two_appointments(ledger: Ledger):
    ledger.hears(seat("course", "s1"), seat("course", "s2", attendee=NOBODY), seat("course", "s1"))
    assert [(row["uid"], row["seat"], row["who"][0]) for row in ledger.new()] == [
        ("course", "s1", "Torben Wackernagel"),
        ("course", "s2", "Wer Auchimmer"),
    ]


def test_one_seat_is_given_back_and_the_other_stays(ledger: Ledger):
    ledger.hears(seat("course", "s1"), cancelled("course", seat="s2", event_type=COURSE))
    ledger.hears(seat("course", "s2", attendee=NOBODY))
    assert [row["state"] for row in ledger.new()] == ["confirmed", "cancelled"]


def test_a_cancelled_course_cancels_every_seat_also_those_heard_of_later(ledger: Ledger):
    ledger.hears(
        seat("course", "s1"),
        cancelled("course", event_type=COURSE),
        seat("course", "s2", attendee=NOBODY),
    )
    assert [row["state"] for row in ledger.new()] == ["cancelled", "cancelled"]


def test_a_seat_moves_alone(ledger: Ledger):
    ledger.hears(
        seat("course", "s1"),
        seat("course", "s2", attendee=NOBODY),
        moved("other", "course", seat="s2", event_type=COURSE, attendee=NOBODY),
    )
    assert [(row["uid"], row["seat"]) for row in ledger.new()] == [
        ("course", "s1"),
        ("other", "s2"),
    ]


def test_an_imported_booking_learns_its_seat(ledger: Ledger):
    row_id = ledger.wish(
        "k", uid="course", state="confirmed", attendee_email=TORBEN["email"], event_type_id=COURSE
    )
    ledger.hears(seat("course", "s1"))
    assert ledger.row(row_id).seat_uid == "s1"
    assert len(ledger.new()) == 1


# -- the golden bodies ----------------------------------------------------------------------------

#: What a golden webhook leaves behind, of the uid that the manifest names.
STATES = {
    "01": "confirmed", "02": "confirmed", "03": "requested", "04": "confirmed", "05": "cancelled",
    "06": "rejected", "07": "no_show", "08": "completed", "11": "confirmed", "14": "confirmed",
    "15": "requested", "16": "confirmed", "17": "confirmed",
}  # fmt: skip
SLUGS = {
    "friseur": "salon-quittenberg",
    "physio": "physio-wirbelwind",
    "zahnarzt": "zahnarzt-kieferling",
    "werkstatt": "kfz-schraubstock",
}


@pytest.mark.parametrize(
    "row", manifest("calcom/webhooks/0") + manifest("calcom/webhooks/1"), ids=lambda r: r["path"]
)
def test_a_golden_webhook_has_its_effect(office: Runtime, row: dict[str, Any]):
    told = parse_calcom_event((PAYLOADS / row["path"]).read_bytes())
    number = row["path"].rpartition("/")[2][:2]
    with office.database.unrestricted_unsafe() as session:
        company = company_of(session, SLUGS[row.get("tenant", "friseur")])
        before = session.scalar(select(func.count()).select_from(Appointment))
    if not told.known:
        return
    with office.database.of_company(company, write=True) as session:
        booking_events.record(session, company, told, office.clock.now())
    with office.database.unrestricted_unsafe() as session:
        rows = appointments(session)
    (found,) = [r for r in rows if r["uid"] == told.uid] or [None]
    if row["outcome"] == "ignored" and number != "08":
        assert len(rows) == before
        return
    assert found is not None
    assert found["company"] == company
    assert found["state"] == STATES.get(number, "cancelled")
    if row["outcome"] == "moved":
        assert len(rows) == before
        assert row["previous_uid"] in found["uids"]
    if number == "17":
        assert found["seat"] is not None


def _id(ledger: Ledger) -> int:
    with ledger.runtime.database.of_company(ledger.company) as session:
        return session.scalars(select(Appointment.id).where(Appointment.uid == "uidA")).one()


def _customers(office: Runtime, ledger: Ledger) -> int:
    with office.database.of_company(ledger.company) as session:
        return session.scalars(select(func.count()).select_from(Customer)).one()
