"""What was said in a call, against what was done; and what is kept of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from askpro.services import events
from askpro.services.runtime import Runtime
from askpro.store.models import Appointment, Call, Company, Finding
from askpro.worker import Worker
from tests.calcom_telling import HAIRCUT
from tests.retell_telling import event

BEGAN = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
#: Half past two in the afternoon of the third of November, in Berlin.
SAID = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
BOOKED = """\
Agent: Salon Quittenberg, guten Tag. Was darf ich für Sie tun?
User: Wackernagel hier. Ich bräuchte mal wieder einen Herrenhaarschnitt.
Agent: Sehr gerne, Herr Wackernagel. Wann würde es Ihnen passen?
User: Am dritten November, so um halb drei.
Agent: Dienstag, der dritte November, vierzehn Uhr dreißig ist frei. Soll ich das eintragen?
User: Ja, perfekt, machen Sie das.
Agent: Alles klar, Ihr Termin ist eingetragen. Auf Wiederhören.
"""
ASKED = """\
Agent: Salon Quittenberg, guten Tag. Was darf ich für Sie tun?
User: Wie lange haben Sie denn heute offen?
Agent: Bis achtzehn Uhr. Kann ich sonst noch etwas tun?
User: Nein danke, tschüss.
"""


def company(office: Runtime) -> int:
    with office.database.unrestricted_unsafe() as session:
        return session.scalars(select(Company.id).where(Company.slug == "salon-quittenberg")).one()


def analysed(office: Runtime, transcript: str | None, **call: Any) -> Call:
    """The call was analysed, through the inbox and a worker; its record."""
    told = event(
        "call_analyzed", "call_1", transcript=transcript,
        start_timestamp=int(BEGAN.timestamp() * 1000), **call,
    )  # fmt: skip
    answered = events.office_of_call(office, told.call)
    assert events.receive_retell(office, answered, told, signed_by=None) == "stored"
    Worker(office, ()).round()
    with office.database.unrestricted_unsafe() as session:
        return session.scalars(select(Call)).one()


def findings(office: Runtime) -> list[tuple[str, dict[str, Any]]]:
    with office.database.unrestricted_unsafe() as session:
        return [(row.kind, row.detail) for row in session.scalars(select(Finding))]


def appointment(office: Runtime, start: datetime = SAID, **values: Any) -> None:
    now = office.clock.now()
    told: dict[str, Any] = {"state": "confirmed", "call_id": "call_1", "uid": "uidA", **values}
    with office.database.of_company(company(office), write=True) as session:
        session.add(
            Appointment(
                key=f"k:{start}", source="voice", start=start, end=start + timedelta(minutes=30),
                event_type_id=HAIRCUT, changes=0, created_at=now, updated_at=now, **told,
            )
        )  # fmt: skip


def keep_transcripts(office: Runtime, days: int) -> None:
    with office.database.unrestricted_unsafe(write=True) as session:
        kept = {"retention": {"transcript_days": days}}
        session.execute(update(Company).where(Company.id == company(office)).values(**kept))
    office.directory.changed()


def test_what_was_said_and_done_needs_nobody(office: Runtime):
    appointment(office)
    assert analysed(office, BOOKED).outcome == "booked"
    assert findings(office) == []


def test_what_was_said_and_not_done_is_shown(office: Runtime):
    analysed(office, BOOKED)
    assert findings(office) == [("said_not_done", {"action": "booked", "said": "2026-11-03T14:30"})]


def test_what_was_refused_was_not_done(office: Runtime):
    appointment(office, state="refused", uid=None)
    analysed(office, BOOKED)
    assert [kind for kind, _ in findings(office)] == ["said_not_done"]


def test_what_nobody_knows_yet_is_left_to_the_settlement(office: Runtime):
    appointment(office, state="unknown", uid=None)
    analysed(office, ASKED)
    assert findings(office) == []


def test_what_was_done_and_not_said_is_shown(office: Runtime):
    appointment(office)
    analysed(office, ASKED)
    assert findings(office) == [("done_not_said", {"action": "booked", "done": SAID.isoformat()})]


def test_another_time_than_was_said_is_shown(office: Runtime):
    appointment(office, start=SAID + timedelta(hours=1))
    analysed(office, BOOKED)
    assert [kind for kind, _ in findings(office)] == ["other_time"]


def test_a_cancellation_that_was_not_said_is_shown(office: Runtime):
    change = {"kind": "cancel", "call_id": "call_1"}
    with office.database.unrestricted_unsafe(write=True) as session:
        known = session.scalars(
            select(Appointment).where(Appointment.uid == "uma8qGpUPZq19TUnvDbHm4")
        ).one()
        known.state, known.last_change = "cancelled", change
    analysed(office, ASKED)
    assert [(kind, detail["action"]) for kind, detail in findings(office)] == [
        ("done_not_said", "cancelled")
    ]


def test_a_transcript_never_books(office: Runtime):
    with office.database.unrestricted_unsafe() as session:
        before = session.scalars(select(Appointment.id)).all()
    analysed(office, BOOKED)
    with office.database.unrestricted_unsafe() as session:
        assert session.scalars(select(Appointment.id)).all() == before


def test_without_a_transcript_nothing_is_said_to_be_missing(office: Runtime):
    appointment(office)
    analysed(office, None, call_analysis={"call_summary": "Ein Anruf."})
    assert findings(office) == []


def test_a_transcript_that_is_too_long_is_not_read(
    office: Runtime, monkeypatch: pytest.MonkeyPatch
):
    appointment(office)
    longest = office.settings.retell_max_transcript_length
    analysed(office, ASKED + "User: Hm.\n" * (longest // 10))
    assert findings(office) == []


def test_what_was_read_is_kept_encrypted_with_how_sure_it_is(office: Runtime):
    analysis = {
        "call_summary": "Herr Wackernagel möchte einen Termin.",
        "custom_analysis_data": {"appointment_date_time": "2026-11-03 14:30"},
    }
    call = analysed(office, BOOKED, call_analysis=analysis)
    details = json.loads(call.details or "")
    assert details["summary"] == "Herr Wackernagel möchte einen Termin."
    assert details["read"]["wanted"] == "2026-11-03T14:30"
    assert (details["read"]["intent"], details["read"]["confidence"]) == ("book", 100)
    with office.database.unrestricted_unsafe() as session:
        lying = session.execute(text("SELECT details FROM calls")).scalar_one()
    assert b"Wackernagel" not in bytes(lying)


def test_a_transcript_is_not_kept_unless_the_company_chose_to(office: Runtime):
    call = analysed(office, BOOKED)
    assert (call.transcript, call.transcript_until) == (None, None)


def test_a_transcript_is_kept_as_long_as_the_company_chose(office: Runtime):
    keep_transcripts(office, 7)
    ended = BEGAN + timedelta(minutes=2)
    call = analysed(office, BOOKED, end_timestamp=int(ended.timestamp() * 1000))
    assert call.transcript == BOOKED.strip()
    assert call.transcript_until == ended + timedelta(days=7)
    with office.database.unrestricted_unsafe() as session:
        lying = session.execute(text("SELECT transcript FROM calls")).scalar_one()
    assert b"Wackernagel" not in bytes(lying)


def test_an_endless_transcript_is_kept_where_the_company_chose_to(office: Runtime):
    keep_transcripts(office, 7)
    endless = ASKED + "User: Hm.\n" * 20_000
    assert len(analysed(office, endless).transcript or "") > 200_000
