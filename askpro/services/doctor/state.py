"""What is there: versions, migrations, clocks, keys, workers, Redis, disk. Looked up, not tried."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import func, select

from askpro.services.doctor.findings import Finding, Piece, seen, shortened
from askpro.services.doctor.instance import Instance
from askpro.store.models import Agent, Company, PhoneNumber, ServiceRow

_MOST_SKEW_MS = 5_000
_LATE_SECONDS = 300
_FIRST_SIGN_SECONDS = 10
_SHOWN = 5


def migrations(instance: Instance) -> Iterator[Finding]:
    at, head = instance.facts["revision"], instance.facts["head"]
    yield Finding(
        "migrations are complete",
        at == head,
        seen("the database is at %(at)s", at=at)
        if at == head
        else seen("the database is at %(at)s, the code needs %(head)s", at=at, head=head),
    )


def clocks(instance: Instance) -> Iterator[Finding]:
    """The instance's machine and the database's against this one; ASKPRO_CLOCK left out."""
    began = time.time() * 1000
    times = instance.ask("clocks")
    here = (began + time.time() * 1000) / 2
    skew = {
        "instance": round(times["machine_ms"] - here),
        "database": round(times["database_ms"] - here),
    }
    moved = instance.facts["clock_offset_seconds"]
    found: list[Piece] = [
        seen(
            "instance %(instance)s ms, database %(database)s ms",
            **{name: f"{ms:+d}" for name, ms in skew.items()},
        )
    ]
    if moved:
        days = f"{moved / 86400:+.1f}"
        found.append(seen("ASKPRO_CLOCK moves the gateway by %(days)s days", days=days))
    yield Finding("clocks agree", all(abs(ms) <= _MOST_SKEW_MS for ms in skew.values()), found)


def keys(instance: Instance) -> Iterator[Finding]:
    """Nothing configured means nothing accepted: fine for nobody who wants to be called."""
    runtime = instance.runtime
    # Counting companies is nobody's in particular.
    with runtime.database.unrestricted_unsafe() as session:
        companies, own_retell, own_calcom, own_secret = session.execute(
            select(
                func.count(),
                func.count(Company.retell_api_key),
                func.count(Company.calcom_api_key),
                func.count(Company.calcom_webhook_secret),
            ).select_from(Company)
        ).one()
    settings = instance.facts["keys"]
    missing = [
        seen(
            "%(key)s (and %(without)s of %(all)s companies have none of their own)",
            key=name,
            without=companies - own,
            all=companies,
        )
        for name, own in (
            ("RETELL_API_KEY", own_retell),
            ("CALCOM_API_KEY", own_calcom),
            ("CALCOM_WEBHOOK_SECRET", own_secret),
        )
        if not settings[name] and (own < companies or not companies)
    ]
    right = seen("Retell and Cal.com have keys for all %(count)s companies", count=companies)
    wrong = seen("missing: %(what)s", what=missing)
    yield Finding("keys are configured", not missing, wrong if missing else right)


def companies(instance: Instance) -> Iterator[Finding]:
    """Protections in force are of no use to a company that nobody reaches, or that offers nothing.
    What it lacks is its owner's to add: such a line is no failure, and no success either."""
    check = "companies can be called and booked"
    # Looking at all companies is nobody's in particular.
    with instance.runtime.database.unrestricted_unsafe() as session:
        slugs = dict(session.execute(select(Company.id, Company.slug).order_by(Company.id)).all())
        bookable = select(ServiceRow.company_id).where(
            ServiceRow.bookable, ServiceRow.removed_at.is_(None)
        )
        complete = (
            (seen("without a service"), set(session.scalars(bookable))),
            (seen("without a number"), set(session.scalars(select(PhoneNumber.company_id)))),
            (seen("without an agent"), set(session.scalars(select(Agent.company_id)))),
        )
    lacking = [
        (lack, [slug for company, slug in slugs.items() if company not in have])
        for lack, have in complete
    ]
    found = [
        seen("%(lack)s: %(companies)s", lack=lack, companies=shortened(who, _SHOWN))
        for lack, who in lacking
        if who
    ]
    if not slugs:
        found = [seen("there is no company yet")]
    if found:
        yield Finding(check, True, found, tried=False)
        return
    whole = seen("all %(count)s have services, numbers and agents", count=len(slugs))
    yield Finding(check, True, whole)


def work(instance: Instance) -> Iterator[Finding]:
    """Somebody works on the inbox, and it is not late. A worker that has just been started gives
    its first sign of life within seconds."""
    until = time.monotonic() + _FIRST_SIGN_SECONDS
    while True:
        application = instance.ask("health")["application"]
        workers = application.get("workers", [])
        if workers or "inbox" not in application or time.monotonic() > until:
            break
        time.sleep(0.5)
    signs = [
        seen("%(worker)s %(seconds)s s ago", worker=w["worker"], seconds=w["beat_seconds_ago"])
        for w in workers
    ]
    nobody = seen("no sign of life for 30 seconds")
    yield Finding("workers are alive", bool(workers), signs or nobody)
    inbox = application.get("inbox")
    if inbox is None:
        away = seen("the database does not answer")
        yield Finding("the inbox is worked on", False, away)
        return
    late = inbox["oldest_age_seconds"] > _LATE_SECONDS
    yield Finding(
        "the inbox is worked on",
        not late and not inbox["dead"],
        seen(
            "%(waiting)s waiting, the oldest for %(seconds)s s; %(dead)s dead",
            waiting=inbox["pending"],
            seconds=round(inbox["oldest_age_seconds"]),
            dead=inbox["dead"],
        ),
    )


def machine(instance: Instance) -> Iterator[Finding]:
    health = instance.ask("health")
    disk = health["filesystem"]
    yield Finding(
        "the disk is writable",
        bool(disk.get("writable")) and disk["status"] == "healthy",
        seen("%(percent)s %% used", percent=disk.get("disk_used_percent", "?")),
    )
    cache = health["cache"]
    if cache["backend"] == "memory":
        yield Finding("Redis answers", True, seen("embedded mode has none"), tried=False)
        return
    right = seen(
        "version %(version)s in %(ms)s ms",
        version=cache.get("version"),
        ms=cache.get("response_time_ms"),
    )
    good = bool(cache.get("connected"))
    gone = seen("not since %(time)s", time=cache.get("since"))
    yield Finding("Redis answers", good, right if good else gone)


def versions(instance: Instance) -> Iterator[Finding]:
    """What runs, and that it is what this command belongs to."""
    running = instance.request("GET", "/api/health").json().get("version")
    facts = instance.facts
    same = running == instance.version
    found = [
        seen(
            "%(version)s on Python %(python)s, process %(pid)s",
            version=running,
            python=facts["python"],
            pid=facts["pid"],
        )
    ]
    if not same:
        found.append(seen("this command is of %(version)s", version=instance.version))
    yield Finding("the running version is this one", same, found)
