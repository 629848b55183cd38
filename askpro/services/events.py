"""Events of both sides: stored before they are acknowledged, worked on afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.providers.retell_events import LIFECYCLE, TRANSCRIPT, TRANSFERS, RetellEvent
from askpro.providers.retell_functions import CallFacts
from askpro.services import calendar
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store import inbox, ledger
from askpro.store.models import Appointment, Call

#: What a call's record is made of; chats and what Retell may invent are kept without work.
WORKED_ON = LIFECYCLE | TRANSFERS
#: A call that speaks is alive; noting it more often would be a write for every sentence.
_SIGN_EVERY = timedelta(minutes=5)


def receive_retell(
    runtime: Runtime, office: Office | None, event: RetellEvent, *, signed_by: int | None
) -> str:
    """Store one of Retell's events; ``stored``, ``duplicate`` or ``ignored``.

    ``signed_by`` is the company whose key signed it, None for the platform's. An event whose
    company nobody knows is kept too, without work: it can be replayed once the number is known.
    Mid-call transcripts come by the dozen and are not kept.
    """
    if event.event == TRANSCRIPT:
        _note_sign(runtime, office, event)
        return "ignored"
    workable = office is not None and event.event in WORKED_ON and event.subject == "call"
    with runtime.database.unrestricted_unsafe(write=True) as session:
        stored = inbox.store(
            session,
            provider="retell",
            event=event.event,
            identity=event.dedupe_key or event.digest,
            company_id=office.company_id if office else None,
            branch_id=office.branch_id if office else None,
            signed_by=signed_by,
            subject=event.call.call_id,
            body=_without_needless_transcript(runtime, office, event).to_json(),
            now=runtime.clock.now(),
            state="new" if workable else "ignored",
        )
    if not stored:
        return "duplicate"
    if not workable:
        return "ignored"
    runtime.bell.ring()
    return "stored"


def _without_needless_transcript(
    runtime: Runtime, office: Office | None, event: RetellEvent
) -> RetellEvent:
    """A transcript is read once, after the call, and only up to a length; what the company does
    not keep and nobody reads is not stored at all."""
    if event.transcript is None:
        return event
    read = len(event.transcript) <= runtime.settings.retell_max_transcript_length
    kept = office is not None and office.transcript_days > 0
    if event.event == "call_analyzed" and (read or kept):
        return event
    return replace(event, transcript=None)


def _note_sign(runtime: Runtime, office: Office | None, event: RetellEvent) -> None:
    """A call whose transcript grows has not ended, however long it lasts."""
    if office is None or event.call.call_id is None:
        return
    now = runtime.clock.now()
    silent = (
        Call.call_id == event.call.call_id,
        Call.state == "ongoing",
        Call.last_sign_at < now - _SIGN_EVERY,
    )
    with runtime.database.of_company(office.company_id) as session:
        if session.scalar(select(Call.id).where(*silent)) is None:
            return
    with runtime.database.of_company(office.company_id, write=True) as session:
        session.execute(update(Call).where(*silent).values(last_sign_at=now))


def office_of_call(runtime: Runtime, call: CallFacts) -> Office | None:
    """By the company's own number, else by agent, else by the recorded call; never a guess."""
    directory = runtime.directory
    if call.company_number:
        return directory.of_number(call.company_number) or directory.default()
    return (
        directory.of_agent(call.agent_id) or directory.of_call(call.call_id) or directory.default()
    )


def receive_calcom(
    runtime: Runtime, company_id: int | None, event: CalcomEvent, *, signed_by: int | None
) -> str:
    """Store one of Cal.com's events, and drop the slots it may have changed, before the 2xx."""
    workable = event.known and company_id is not None
    with runtime.database.unrestricted_unsafe(write=True) as session:
        stored = inbox.store(
            session,
            provider="calcom",
            event=event.trigger,
            identity=event.dedupe_key,
            company_id=company_id,
            branch_id=None,
            signed_by=signed_by,
            subject=event.uid,
            body=event.to_json(),
            now=runtime.clock.now(),
            state="new" if workable else "ignored",
        )
        no_news = _is_booked_here(session, company_id, event)
    drop_slots(runtime, company_id, event, no_news=no_news)
    if not stored:
        return "duplicate"
    if not workable:
        return "ignored"
    runtime.bell.ring()
    return "stored"


def _is_booked_here(session: Session, company_id: int | None, event: CalcomEvent) -> bool:
    """Cal.com tells of an appointment that stands here as it says: whoever made it has taken its
    time out of the company's slots."""
    if company_id is None or event.trigger != "BOOKING_CREATED" or not (event.uid and event.gw_key):
        return False
    known = select(Appointment.id).where(
        Appointment.company_id == company_id,
        Appointment.uid == event.uid,
        Appointment.key == event.gw_key,
        Appointment.state == "confirmed",
        Appointment.start == event.start,
    )
    return session.scalar(known.limit(1)) is not None


def drop_slots(
    runtime: Runtime, company_id: int | None, event: CalcomEvent, *, no_news: bool = False
) -> None:
    """Forget the free times of every company whose calendar the event may have changed: two that
    share an event type or a Cal.com user take each other's time. ``no_news`` is none for the
    company itself."""
    directory = runtime.directory
    near = {company_id} if company_id is not None else set()
    if event.event_type_id is not None:
        near.update(directory.companies_of_event_type(event.event_type_id))
    if event.organizer_id is not None:
        near.update(directory.companies_of_calcom_user(event.organizer_id))
    if no_news and company_id is not None:
        near.discard(company_id)
    for each in near:
        calendar.drop(runtime, each)


def owner_of(runtime: Runtime, event: CalcomEvent, *, among: int | None = None) -> int | None:
    """The company that a Cal.com event is about.

    By the known booking, else by its event type, else by the calendar's user. ``among`` is the
    company that signed; the event is its or nobody's. Where two companies fit, the one whose wish
    the booking's key names; else nobody is chosen.
    """
    for uid in (event.uid, event.previous_uid):
        known = _company_of_uid(runtime, uid) if uid else None
        if known is not None:
            return known if among in (None, known) else None
    directory = runtime.directory
    companies: tuple[int, ...] = ()
    if event.event_type_id is not None:
        companies = directory.companies_of_event_type(event.event_type_id)
    if event.organizer_id is not None and len(companies) != 1:
        users = directory.companies_of_calcom_user(event.organizer_id)
        both = tuple(company for company in users if company in companies)
        companies = both or companies or users
    if among is not None:
        return among if among in companies or not companies else None
    if len(companies) > 1 and event.gw_key:
        companies = _companies_of_key(runtime, event.gw_key, companies)
    return companies[0] if len(companies) == 1 else None


def may_speak_for(runtime: Runtime, provider: str, signed_by: int | None, company_id: int) -> bool:
    """Whether what ``signed_by``'s key said may be taken as said of the company (wire.md §10)."""
    if provider == "retell":
        office = runtime.directory.office(company_id)
        has_own_key = office is not None and office.retell_key is not None
    else:
        secret = runtime.directory.calcom_secret(company_id)
        has_own_key = secret != runtime.settings.calcom_webhook_secret
    return signed_by == (company_id if has_own_key else None)


def _company_of_uid(runtime: Runtime, uid: str) -> int | None:
    with runtime.database.unrestricted_unsafe() as session:
        row = ledger.by_uid(session, uid)
        return row.company_id if row else None


def _companies_of_key(runtime: Runtime, key: str, among: tuple[int, ...]) -> tuple[int, ...]:
    with runtime.database.unrestricted_unsafe() as session:
        return tuple(
            session.scalars(
                select(Appointment.company_id).where(
                    Appointment.key == key, Appointment.company_id.in_(among)
                )
            )
        )
