"""Events of both sides: stored before they are acknowledged, worked on afterwards."""

from __future__ import annotations

from askpro.providers.calcom_webhooks import CalcomEvent
from askpro.providers.retell_events import TRANSCRIPT, RetellEvent
from askpro.providers.retell_functions import CallFacts
from askpro.services import calendar
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store import inbox, ledger


def receive_retell(runtime: Runtime, office: Office | None, event: RetellEvent) -> str:
    """Store one of Retell's events; ``stored``, ``duplicate`` or ``ignored``.

    An event whose company nobody knows is kept too, without work: it can be replayed once the
    number is known. Mid-call transcripts come by the dozen and are not kept.
    """
    if event.event == TRANSCRIPT:
        return "ignored"
    workable = office is not None and event.known and event.subject == "call"
    company = office.company_id if office else 0
    with runtime.database.unrestricted_unsafe(write=True) as session:
        stored = inbox.store(
            session,
            provider="retell",
            event=event.event,
            dedupe_key=f"retell:{company}:{event.dedupe_key or event.digest}",
            company_id=office.company_id if office else None,
            branch_id=office.branch_id if office else None,
            subject=event.call.call_id,
            body=event.to_json(),
            now=runtime.clock.now(),
            state="new" if workable else "ignored",
        )
    if not stored:
        return "duplicate"
    return "stored" if workable else "ignored"


def office_of_call(runtime: Runtime, call: CallFacts) -> Office | None:
    """By the company's own number, else by agent, else by the recorded call; never a guess."""
    directory = runtime.directory
    if call.company_number:
        return directory.of_number(call.company_number) or directory.default()
    return (
        directory.of_agent(call.agent_id) or directory.of_call(call.call_id) or directory.default()
    )


def receive_calcom(runtime: Runtime, company_id: int | None, event: CalcomEvent) -> str:
    """Store one of Cal.com's events, and drop the slots it may have changed, before the 2xx."""
    now = runtime.clock.now()
    workable = event.known and company_id is not None
    with runtime.database.unrestricted_unsafe(write=True) as session:
        stored = inbox.store(
            session,
            provider="calcom",
            event=event.trigger,
            dedupe_key=f"calcom:{company_id or 0}:{event.dedupe_key or event.digest}",
            company_id=company_id,
            branch_id=None,
            subject=event.uid,
            body=event.to_json(),
            now=now,
            state="new" if workable else "ignored",
        )
    if company_id is not None:
        calendar.drop(runtime, company_id)
    if not stored:
        return "duplicate"
    return "stored" if workable else "ignored"


def owner_of(runtime: Runtime, event: CalcomEvent, *, among: int | None = None) -> int | None:
    """The company that a Cal.com event is about.

    By the known booking, else by its event type, else by the calendar's user. ``among`` is the
    company that signed; the event is its or nobody's. Where two companies fit, nobody is chosen.
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
        companies = tuple(c for c in users if c in companies) if companies else users
    if among is not None:
        return among if among in companies or not companies else None
    return companies[0] if len(companies) == 1 else None


def _company_of_uid(runtime: Runtime, uid: str) -> int | None:
    with runtime.database.unrestricted_unsafe() as session:
        row = ledger.by_uid(session, uid)
        return row.company_id if row else None
