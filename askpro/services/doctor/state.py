"""What is there: versions, migrations, clocks, keys, workers, Redis, disk. Looked up, not tried."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import func, select

from askpro.services.doctor.findings import Finding
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
        f"the database is at {at}" + ("" if at == head else f", the code needs {head}"),
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
    told = ", ".join(f"{name} {ms:+d} ms" for name, ms in skew.items())
    if moved:
        told += f"; ASKPRO_CLOCK moves the gateway by {moved / 86400:+.1f} days"
    yield Finding("clocks agree", all(abs(ms) <= _MOST_SKEW_MS for ms in skew.values()), told)


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
        f"{name} (and {companies - own} of {companies} companies have none of their own)"
        for name, own in (
            ("RETELL_API_KEY", own_retell),
            ("CALCOM_API_KEY", own_calcom),
            ("CALCOM_WEBHOOK_SECRET", own_secret),
        )
        if not settings[name] and (own < companies or not companies)
    ]
    told = f"Retell and Cal.com have keys for all {companies} companies"
    yield Finding(
        "keys are configured", not missing, "missing: " + ", ".join(missing) if missing else told
    )


def companies(instance: Instance) -> Iterator[Finding]:
    """Protections in force are of no use to a company that nobody reaches, or that offers nothing.
    What it lacks is its owner's to add: such a line is no failure, and no success either."""
    check = "companies can be called and booked"
    # Looking at all companies is nobody's in particular.
    with instance.runtime.database.unrestricted_unsafe() as session:
        slugs = dict(session.execute(select(Company.id, Company.slug).order_by(Company.id)).all())
        complete = {
            "service": set(
                session.scalars(
                    select(ServiceRow.company_id).where(
                        ServiceRow.bookable, ServiceRow.removed_at.is_(None)
                    )
                )
            ),
            "number": set(session.scalars(select(PhoneNumber.company_id))),
            "agent": set(session.scalars(select(Agent.company_id))),
        }
    lacking = {
        what: [slug for company, slug in slugs.items() if company not in have]
        for what, have in complete.items()
    }
    told = "; ".join(f"without a {what}: {_some(who)}" for what, who in lacking.items() if who)
    if not slugs:
        told = "there is no company yet"
    if told:
        yield Finding(check, True, told.replace("a agent", "an agent"), tried=False)
        return
    yield Finding(check, True, f"all {len(slugs)} have services, numbers and agents")


def _some(slugs: list[str]) -> str:
    rest = f" and {len(slugs) - _SHOWN} more" if len(slugs) > _SHOWN else ""
    return ", ".join(slugs[:_SHOWN]) + rest


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
    names = ", ".join(f"{w['worker']} {w['beat_seconds_ago']} s ago" for w in workers)
    yield Finding("workers are alive", bool(workers), names or "no sign of life for 30 seconds")
    inbox = application.get("inbox")
    if inbox is None:
        yield Finding("the inbox is worked on", False, "the database does not answer")
        return
    late = inbox["oldest_age_seconds"] > _LATE_SECONDS
    yield Finding(
        "the inbox is worked on",
        not late and not inbox["dead"],
        f"{inbox['pending']} waiting, the oldest for {inbox['oldest_age_seconds']:.0f} s; "
        f"{inbox['dead']} dead",
    )


def machine(instance: Instance) -> Iterator[Finding]:
    health = instance.ask("health")
    disk = health["filesystem"]
    yield Finding(
        "the disk is writable",
        bool(disk.get("writable")) and disk["status"] == "healthy",
        f"{disk.get('disk_used_percent', '?')} % used",
    )
    cache = health["cache"]
    if cache["backend"] == "memory":
        yield Finding("Redis answers", True, "embedded mode has none", tried=False)
        return
    told = f"version {cache.get('version')} in {cache.get('response_time_ms')} ms"
    good = bool(cache.get("connected"))
    yield Finding("Redis answers", good, told if good else f"not since {cache.get('since')}")


def versions(instance: Instance) -> Iterator[Finding]:
    """What runs, and that it is what this command belongs to."""
    running = instance.request("GET", "/api/health").json().get("version")
    facts = instance.facts
    told = f"{running} on Python {facts['python']}, process {facts['pid']}"
    same = running == instance.version
    if not same:
        told += f"; this command is of {instance.version}"
    yield Finding("the running version is this one", same, told)
