"""Alerts, kept with their begin and end, and told to those who asked to be told.

The worker evaluates the rules (:mod:`askpro.services.alert_rules`) every few seconds; an alert
begins with its condition and ends with it, by itself. When no worker is left, whoever looks at the
dashboard or at the health answer evaluates them, so that its absence is noticed too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from askpro.booking.hours import OpeningHours
from askpro.providers.notices import NotDelivered, post_webhook, send_mail
from askpro.services import situation
from askpro.services.alert_rules import Condition, Identity, Marks, evaluate
from askpro.services.runtime import Runtime
from askpro.store import jobs
from askpro.store.models import Alert, GuardEvent
from askpro.store.reports import companies, work
from askpro.store.reports.scope import EVERY_COMPANY

log = logging.getLogger(__name__)

JOB = "alerts"
_RECENT = timedelta(minutes=10)
#: Word that could not be delivered for so long is no news any more.
_WORTH_TELLING = timedelta(hours=1)
#: How far back a whole day of opening hours is looked for: longer than any holidays.
_DAYS_BACK = 21


@dataclass
class Changed:
    """What one round changed: alerts that began and that ended."""

    began: list[Alert] = field(default_factory=list)
    ended: list[Alert] = field(default_factory=list)
    standing: int = 0


def check(runtime: Runtime) -> dict[str, Any]:
    """One round: look, evaluate, keep, tell. What it changed, as figures."""
    seen = situation.look(runtime, EVERY_COMPANY)
    marks = _marks(runtime, seen.now)
    changed = keep(runtime, evaluate(seen, marks, runtime.settings), seen.now)
    told = _tell(runtime, changed, seen.now)
    return {
        "standing": changed.standing,
        "began": len(changed.began),
        "ended": len(changed.ended),
        "told": told,
    }


def check_for_the_workers(runtime: Runtime) -> None:
    """A round from outside of a worker, when it is due and none of them came to it."""
    late = timedelta(seconds=runtime.settings.alert_every_seconds)
    jobs.run_if_due(
        runtime.database, JOB, every=late, clock=runtime.clock, do=lambda: check(runtime)
    )


def keep(runtime: Runtime, conditions: Iterable[Condition], now: datetime) -> Changed:
    """Begin what is new, end what is over. A silence outlives the end of what it was put on."""
    found = {condition.identity: condition for condition in conditions}
    changed = Changed(standing=len(found))
    with runtime.database.unrestricted_unsafe(write=True) as session:
        for alert in standing(session):
            condition = found.pop((alert.kind, alert.subject), None)
            if condition is None:
                alert.ended_at = now
                changed.ended.append(alert)
            else:
                alert.severity = condition.severity
                alert.detail = condition.detail
        for condition in found.values():
            alert = Alert(
                kind=condition.kind,
                subject=condition.subject,
                company_id=condition.company_id,
                severity=condition.severity,
                detail=condition.detail,
                began_at=now,
                **_silence_of(session, condition, now),
            )
            session.add(alert)
            changed.began.append(alert)
    for alert in changed.began:
        log.warning("alert began", extra={"alert": alert.kind, "subject": alert.subject})
    for alert in changed.ended:
        log.info("alert ended", extra={"alert": alert.kind, "subject": alert.subject})
    return changed


def standing(session: Session) -> Sequence[Alert]:
    """The alerts that have not ended."""
    return session.scalars(select(Alert).where(Alert.ended_at.is_(None))).all()


def _silence_of(session: Session, condition: Condition, now: datetime) -> dict[str, Any]:
    before = session.scalar(
        select(Alert)
        .where(
            Alert.kind == condition.kind,
            Alert.subject == condition.subject,
            Alert.silenced_until > now,
        )
        .order_by(Alert.began_at.desc())
        .limit(1)
    )
    if before is None:
        return {}
    return {"silenced_until": before.silenced_until, "silence_reason": before.silence_reason}


# -- what the rules need beside the outlook ----------------------------------------------------


def _marks(runtime: Runtime, now: datetime) -> Marks:
    with runtime.database.unrestricted_unsafe() as session:
        rows = session.execute(
            select(GuardEvent.kind, GuardEvent.company_id, func.count())
            .where(GuardEvent.kind.in_(("redaction", "crossing")), GuardEvent.at > now - _RECENT)
            .group_by(GuardEvent.kind, GuardEvent.company_id)
        ).all()
        begun: dict[Identity, datetime] = {
            (alert.kind, alert.subject): alert.began_at for alert in standing(session)
        }
    return Marks(
        recent={(row[0], row[1]): row[2] for row in rows},
        silent=tuple(_silent_companies(runtime, now)),
        standing=begun,
    )


def _silent_companies(runtime: Runtime, now: datetime) -> Iterable[int]:
    for company_id, (since, last) in work.last_answers(runtime.database, EVERY_COMPANY).items():
        office = runtime.directory.readable_office(company_id)
        if office is None:
            continue
        opened = last_whole_day(office.hours, now)
        # A company that never had a call is being set up, not silent.
        if opened is not None and since < opened and last is not None and last < opened:
            yield company_id


def last_whole_day(hours: OpeningHours, now: datetime) -> datetime | None:
    """When the latest day of opening hours began that is over; None when none was for weeks."""
    today = now.astimezone(hours.zone).date()
    for back in range(_DAYS_BACK):
        day = today - timedelta(days=back)
        windows = hours.windows_on(day)
        if not windows:
            continue
        closes = windows[-1].closes
        until = day + timedelta(days=1) if closes == time(0) else day
        if hours.at(until, closes) <= now:
            return hours.at(day, windows[0].opens)
    return None


# -- telling ------------------------------------------------------------------------------------


def _tell(runtime: Runtime, changed: Changed, now: datetime) -> int:
    """Of what began, of what could not be told before, and of the end of what was told."""
    settings = runtime.settings
    if not settings.alert_webhook_url and not settings.alert_mail_to:
        return 0
    with runtime.database.unrestricted_unsafe() as session:
        untold = [
            alert
            for alert in standing(session)
            if alert.notified_at is None
            and alert.began_at > now - _WORTH_TELLING
            and not is_silenced(alert, now)
        ]
    ended = [alert for alert in changed.ended if alert.notified_at and not is_silenced(alert, now)]
    concerned = {alert.company_id for alert in (*untold, *ended) if alert.company_id}
    names = companies.names(runtime.database, EVERY_COMPANY, concerned)
    told = [alert for alert in untold if _deliver(runtime, alert, names)]
    ids = [alert.id for alert in told]
    with runtime.database.unrestricted_unsafe(write=True) as session:
        # That alone: an operator may have answered the alert meanwhile.
        session.execute(update(Alert).where(Alert.id.in_(ids)).values(notified_at=now))
    return len(told) + sum(_deliver(runtime, alert, names) for alert in ended)


def is_silenced(alert: Alert, now: datetime) -> bool:
    return alert.silenced_until is not None and alert.silenced_until > now


def _deliver(runtime: Runtime, alert: Alert, names: Mapping[int, str]) -> bool:
    """True when somebody was told. While one of two ways is broken the other one's reader is not
    told again and again: the log says which way did not work."""
    settings = runtime.settings
    company = names.get(alert.company_id) if alert.company_id else None
    word = {
        "alert": alert.kind,
        "subject": alert.subject,
        "company_id": alert.company_id,
        "company": company,
        "severity": alert.severity,
        "began_at": alert.began_at.isoformat(),
        "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
        "detail": alert.detail,
        "environment": settings.app_env,
    }
    ways: list[Callable[[], None]] = []
    if settings.alert_webhook_url:
        ways.append(partial(post_webhook, settings.alert_webhook_url, word))
    if settings.alert_mail_to and settings.smtp_url:
        state = "over" if alert.ended_at else alert.severity
        about = company or alert.subject
        subject = f"AskPro {settings.app_env}: {alert.kind} {about} ({state})"
        ways.append(
            partial(
                send_mail,
                settings.smtp_url,
                settings.alert_mail_from,
                settings.alert_mail_to,
                " ".join(subject.split()),
                "\n".join(f"{name}: {value}" for name, value in word.items()) + "\n",
            )
        )
    went = [_went(way, alert) for way in ways]
    return any(went)


def _went(way: Callable[[], None], alert: Alert) -> bool:
    try:
        way()
    except NotDelivered as why:
        log.warning("alert could not be told", extra={"alert": alert.kind, "error": str(why)})
        return False
    return True
