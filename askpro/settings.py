"""Settings: the only reader of the environment, and frozen once read.

Every setting is one line of :class:`Settings`: its type, its default and what it means. The name in
the environment is the field's name in capitals. ``Settings.from_environ`` names *all* problems at
once and raises :class:`~askpro.errors.SettingsError`.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import Field, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from askpro.clock import Clock
from askpro.errors import SettingsError
from askpro.setting_kinds import (
    Parser,
    flag,
    instant,
    one_of,
    seconds,
    text,
    url,
    whole,
    words,
    zone,
)

#: Set for child processes so that the whole family shares one offset; not a setting of its own.
CLOCK_OFFSET_VARIABLE = "ASKPRO_CLOCK_OFFSET_SECONDS"


def setting(default: Any, parse: Parser, meaning: str, *, secret: bool = False) -> Any:
    """A field of :class:`Settings`; ``secret`` ones never show in ``repr`` or exports."""
    return field(
        default=default,
        repr=not secret,
        metadata={"parse": parse, "meaning": meaning, "secret": secret},
    )


@dataclass(frozen=True)
class Settings:
    """Everything an operator may set. Times are seconds unless the name says otherwise."""

    # -- the installation --
    secret_key: str = setting(
        "",
        text,
        "Signs sessions, encrypts tenant keys; required with REDIS_URL, else made in instance/.",
        secret=True,
    )
    secret_key_previous: tuple[str, ...] = setting(
        (), words, "Former secret keys, comma separated, while rotating.", secret=True
    )
    database_url: str = setting(
        "",
        url("sqlite", "postgresql+psycopg", "postgresql", "postgres"),
        "SQLAlchemy URL; default sqlite in instance/, postgresql+psycopg://… in production.",
        secret=True,
    )
    redis_url: str | None = setting(
        None,
        url("redis", "rediss", "unix", "redis+sentinel"),
        "Switches cluster mode on: limits, cache, breaker, holds and live figures are shared.",
        secret=True,
    )
    app_env: str = setting("development", text, "What health calls environment.")
    host: str = setting("127.0.0.1", text, "Address the gateway listens on.")
    port: int = setting(8000, whole(0, 65535), "Port the gateway listens on.")
    web_concurrency: int | None = setting(
        None,
        whole(1, 256),
        "gunicorn workers; from the machine in cluster mode, 1 in embedded mode.",
    )
    web_threads: int = setting(
        16, whole(1, 256), "Threads of one worker: calls that may wait for Cal.com at once."
    )
    trusted_proxies: int = setting(
        0, whole(0, 5), "Proxies in front whose X-Forwarded-* headers are believed."
    )
    log_level: str = setting(
        "INFO",
        one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "Least level that is logged, as JSON lines on stderr.",
    )
    askpro_clock: datetime | None = setting(
        None,
        instant,
        "Instant at which the clock starts, for demonstrations and tests; refused in cluster mode.",
    )
    instance_path: str = setting(
        "",
        text,
        "Folder of the embedded database and generated secret; default instance/ beside wsgi.py.",
    )
    max_body_bytes: int = setting(
        5_000_000, whole(10_000), "Larger request bodies are refused with 413."
    )
    request_seconds: float = setting(
        5.0,
        seconds(1, 60),
        "A request that takes longer to arrive, head and body together, is refused with 408.",
    )

    # -- Cal.com --
    calcom_base_url: str = setting(
        "https://api.cal.com", url("http", "https"), "Cal.com, without /v2."
    )
    calcom_api_key: str | None = setting(
        None, text, "The platform's key; a company may carry its own.", secret=True
    )
    calcom_webhook_secret: str | None = setting(
        None, text, "Signs Cal.com's webhooks; a company may carry its own.", secret=True
    )
    calcom_connect_seconds: float = setting(
        2.0, seconds(0.05, 30), "Longest wait for a connection to Cal.com."
    )
    calcom_read_seconds: float = setting(
        4.0, seconds(0.1, 60), "Hard stop of a reading call, attempts and body included."
    )
    calcom_write_seconds: float = setting(
        8.0, seconds(0.1, 60), "Hard stop of a writing call; then the outcome is unknown."
    )
    calcom_read_retries: int = setting(
        2,
        whole(0, 2),
        "Repetitions of a failed read inside its hard stop; writes are never repeated.",
    )
    calcom_requests_per_minute: int = setting(
        120, whole(1), "Budget of one Cal.com account, sliding 60 seconds."
    )
    calcom_requests_kept_for_writes: int = setting(
        40, whole(0), "Part of the budget that reads may not use."
    )
    calcom_requests_kept_for_callers: int = setting(
        40, whole(0), "Further part of the budget that background work may not use."
    )

    # -- Retell --
    retell_api_key: tuple[str, ...] = setting(
        (), words, "Keys with the webhook badge, comma separated while rotating.", secret=True
    )
    retell_function_secret: str | None = setting(
        None, text, "Bearer token accepted on function routes beside the signature.", secret=True
    )
    retell_base_url: str = setting(
        "https://api.retellai.com",
        url("http", "https"),
        "Retell's API, for looking calls up and pushing tools.",
    )
    retell_signature_tolerance_seconds: int = setting(
        300, whole(1, 3600), "Age up to which a Retell signature is accepted."
    )
    retell_min_confidence: int = setting(
        60, whole(0, 100), "From here on a transcript's details count as confident."
    )
    retell_default_duration: int = setting(
        45, whole(15, 480), "Minutes of an appointment when neither service nor argument says."
    )
    retell_timezone: ZoneInfo = setting(
        ZoneInfo("Europe/Berlin"), zone, "Zone of a branch that names none."
    )
    retell_language: str = setting(
        "de", one_of("de", "en"), "Language told to Cal.com for the attendee."
    )
    retell_fallback_phone: str = setting(
        "+49000000000", text, "Attendee phone when the caller's is unknown."
    )
    retell_fallback_email: str = setting(
        "noreply@placeholder.local",
        text,
        "Attendee mail when none was given; the booking's key is added before the @.",
    )
    retell_default_company_id: int | None = setting(
        None, whole(1), "Company that answers in a single-company installation."
    )
    retell_business_hour_start: int = setting(
        8, whole(0, 23), "First plausible hour in a transcript."
    )
    retell_business_hour_end: int = setting(
        20, whole(1, 24), "Hour after the last plausible one in a transcript."
    )
    retell_max_transcript_length: int = setting(
        50_000, whole(1), "Characters; longer transcripts are not searched."
    )
    retell_base_confidence: int = setting(
        50, whole(0, 100), "Where a transcript's confidence starts."
    )
    retell_retell_confidence: int = setting(
        100, whole(0, 100), "What Retell's own analysis counts."
    )
    retell_cache_branch_ttl: int = setting(3600, whole(0), "Seconds a branch look-up is kept.")
    retell_cache_service_ttl: int = setting(3600, whole(0), "Seconds a service look-up is kept.")

    # -- limits --
    limit_call_total: int = setting(50, whole(1), "Requests of one call in two hours.")
    limit_call_per_minute: int = setting(20, whole(1), "Requests of one call in a minute.")
    limit_call_per_function: int = setting(
        10, whole(1), "Requests of one call for the same function in two hours."
    )
    limit_call_cooldown_seconds: int = setting(
        300, whole(1), "Silence after a call exceeded a limit."
    )
    limit_webhook_per_minute: int = setting(100, whole(1), "Webhook requests of one company.")
    limit_availability_per_minute: int = setting(
        60, whole(1), "Availability requests of one company."
    )
    limit_booking_per_minute: int = setting(
        30, whole(1), "Requests of one company that book or change."
    )
    limit_default_per_minute: int = setting(60, whole(1), "Other requests of one company.")
    limit_change_per_minute: int = setting(
        10, whole(1), "REST requests of one company that move or cancel, each kind for itself."
    )
    limit_address_per_minute: int = setting(
        600, whole(1), "Requests of one client address that speaks for no company."
    )

    # -- breaker, cache, holds --
    breaker_failures: int = setting(5, whole(1), "Consecutive failures that open the circuit.")
    breaker_open_seconds: int = setting(
        60, whole(1), "Seconds an open circuit waits before a probe."
    )
    breaker_successes: int = setting(2, whole(1), "Successful probes that close the circuit.")
    breaker_probe_seconds: int = setting(
        15, whole(1), "A probe that has not come back by then is given up."
    )
    slot_cache_fresh_seconds: int = setting(
        45, whole(1, 60), "Slots are answered from the cache for so long."
    )
    slot_cache_stale_seconds: int = setting(
        300, whole(0), "Slots that old may be offered with a caveat while the calendar is down."
    )
    hold_seconds: int = setting(
        300, whole(1), "A slot that was checked as free is held for the call for so long."
    )
    redis_timeout_seconds: float = setting(
        0.08, seconds(0.005, 5), "Longest wait for Redis; then the guards go on inside the worker."
    )

    # -- dashboard --
    dashboard_session_hours: int = setting(12, whole(1, 168), "Hours until the next sign-in.")
    slow_answer_ms: int = setting(1000, whole(1), "Slower requests are kept with their waterfall.")
    costs_every_seconds: int = setting(3, whole(0), "Pause between writes of what requests cost.")
    most_queries: int = setting(10, whole(1), "Database queries above which a request is chatty.")
    otel_exporter_otlp_endpoint: str | None = setting(
        None,
        url("http", "https"),
        "Collector of OpenTelemetry traces, http://127.0.0.1:4318; needs requirements-otel.lock.",
    )
    metrics_token: str | None = setting(
        None,
        text,
        "Bearer that /metrics asks for; without one it answers this machine only.",
        secret=True,
    )

    # -- alerts --
    alert_every_seconds: int = setting(10, whole(1), "Pause between evaluations of the alerts.")
    alert_webhook_url: str | None = setting(
        None, url("http", "https"), "Address that every alert is posted to as JSON.", secret=True
    )
    alert_mail_to: tuple[str, ...] = setting(
        (), words, "Addresses that every alert is mailed to, comma separated; needs SMTP_URL."
    )
    alert_mail_from: str = setting("askpro@localhost", text, "Sender of mailed alerts.")
    smtp_url: str | None = setting(
        None, url("smtp", "smtps"), "smtp://user:password@host:587 for alerts.", secret=True
    )
    alert_breaker_stuck_minutes: int = setting(5, whole(1), "Longest an open circuit is normal.")
    alert_error_percent: int = setting(5, whole(1, 100), "Share of answers that may be faults.")
    alert_calcom_error_percent: int = setting(5, whole(1, 100), "Same of Cal.com's answers.")
    alert_least_answers: int = setting(20, whole(1), "Fewer in five minutes are not judged.")
    alert_limit_violations: int = setting(10, whole(1), "Limit violations a minute at most.")
    alert_cache_hit_percent: int = setting(50, whole(0, 100), "Least hit rate of the slot cache.")
    alert_cache_least_questions: int = setting(50, whole(1), "Fewer in an hour are warming up.")
    alert_mean_answer_ms: int = setting(1000, whole(1), "Mean answer; twice that is critical.")
    alert_event_minutes: int = setting(5, whole(1), "Longest an event may wait for a worker.")
    alert_worker_seconds: int = setting(60, whole(5), "Longest silence of all workers.")

    # -- offers --
    alternatives_default: int = setting(
        2, whole(1, 5), "Other times offered when not asked for a number."
    )
    search_days: int = setting(
        14, whole(1, 90), "Days ahead that a search looks unless told otherwise."
    )
    minimum_notice_minutes: int = setting(
        15, whole(0), "Shortest notice when the event type names none."
    )

    # -- the worker --
    settle_every_seconds: int = setting(
        8, whole(1), "Pause between looks at bookings whose outcome is unknown."
    )
    settle_after_seconds: int = setting(
        20,
        whole(1),
        "What is not at Cal.com so long after it was sent will not come: its own limit is ten.",
    )
    sweep_every_seconds: int = setting(60, whole(1), "Pause between sweeps of stuck calls.")
    sweep_after_minutes: int = setting(30, whole(1), "A call without a sign for so long is closed.")
    reconcile_every_seconds: int = setting(
        420, whole(1), "Pause between comparisons with Cal.com's bookings."
    )
    compare_every_seconds: int = setting(
        21_600, whole(1), "Pause between looks for appointments that Cal.com no longer has."
    )
    drain_every_seconds: int = setting(
        20, whole(1), "Pause between looks whether collected wishes can be offered again."
    )

    # -- how long personal data is kept, in days; a company may choose its own --
    retention_traces_days: int = setting(90, whole(1), "Traces of function calls.")
    retention_events_days: int = setting(30, whole(1), "Events that were worked on.")
    retention_calls_days: int = setting(180, whole(1), "Calls.")
    retention_callbacks_days: int = setting(90, whole(1), "Callback wishes.")
    retention_appointments_days: int = setting(
        730, whole(1), "The person in an appointment that is over; its line stays."
    )
    retention_customers_days: int = setting(
        730, whole(1), "Customers of whom nothing newer is left."
    )
    purge_every_seconds: int = setting(86_400, whole(60), "Pause between purges.")
    erase_at_retell: bool = setting(
        True, flag, "Erasing a person also deletes their calls at Retell, where a key is there."
    )

    @property
    def embedded(self) -> bool:
        """True without Redis: one process, guards in memory, SQLite."""
        return self.redis_url is None

    @property
    def workers(self) -> int:
        """gunicorn's processes on this machine: WEB_CONCURRENCY, else as many as it has cores."""
        if self.web_concurrency or self.embedded:
            return self.web_concurrency or 1
        if hasattr(os, "sched_getaffinity"):
            return max(2, len(os.sched_getaffinity(0)))
        return max(2, os.cpu_count() or 1)

    @property
    def clock(self) -> Clock:
        """The process's clock; the offset was fixed when the settings were read."""
        return Clock(timedelta(seconds=self.clock_offset_seconds))

    clock_offset_seconds: float = field(default=0.0, metadata={"internal": True})

    @classmethod
    def variables(cls) -> Iterable[tuple[str, Field[Any]]]:
        """(environment name, field) of every setting, in the order of the class."""
        return ((f.name.upper(), f) for f in fields(cls) if "parse" in f.metadata)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read, complete and check. Raises :class:`SettingsError` with every problem at once.

        Also creates the instance folder and, in embedded mode, its secret key.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        problems: list[str] = []
        for name, f in cls.variables():
            raw = environ.get(name, "").strip()
            if not raw:
                continue
            try:
                values[f.name] = f.metadata["parse"](raw)
            except ValueError as why:
                problems.append(f"{name} {why}.")
        problems += _contradictions(values)
        if problems:
            raise SettingsError(problems)
        try:
            _complete(values, environ)
        except OSError as why:
            told = f"INSTANCE_PATH must be a folder that can be written to: {why.strerror}."
            raise SettingsError([told]) from None
        return cls(**values)

    def public(self) -> dict[str, Any]:
        """Name and value of every setting, secrets shown only as set or not set."""
        shown: dict[str, Any] = {}
        for name, f in self.variables():
            value = getattr(self, f.name)
            if f.metadata["secret"]:
                shown[name] = "set" if value else "not set"
            else:
                shown[name] = value if isinstance(value, int | float | bool) else str(value)
        return shown


def _contradictions(values: dict[str, Any]) -> list[str]:
    problems = []
    if values.get("redis_url"):
        if not values.get("secret_key"):
            problems.append("SECRET_KEY must be set when REDIS_URL is (cluster mode).")
        if values.get("askpro_clock"):
            problems.append("ASKPRO_CLOCK is for demonstrations and refused with REDIS_URL.")
    elif values.get("web_concurrency", 1) > 1:
        problems.append(
            "WEB_CONCURRENCY above 1 needs REDIS_URL, or each worker would count alone."
        )
    budget = values.get("calcom_requests_per_minute", 120)
    if values.get("calcom_requests_kept_for_writes", 40) >= budget:
        problems.append("CALCOM_REQUESTS_KEPT_FOR_WRITES must be below CALCOM_REQUESTS_PER_MINUTE.")
    start = values.get("retell_business_hour_start", 8)
    if values.get("retell_business_hour_end", 20) <= start:
        problems.append("RETELL_BUSINESS_HOUR_END must be after RETELL_BUSINESS_HOUR_START.")
    return problems


def _complete(values: dict[str, Any], environ: Mapping[str, str]) -> None:
    instance = Path(values.get("instance_path") or Path(__file__).parent.parent / "instance")
    values["instance_path"] = str(instance)
    values["database_url"] = _database_url(values.get("database_url", ""), instance)
    if str(instance) in values["database_url"]:
        instance.mkdir(parents=True, exist_ok=True)
    if not values.get("secret_key"):
        values["secret_key"] = _kept_secret(instance)
    if environ.get(CLOCK_OFFSET_VARIABLE):
        values["clock_offset_seconds"] = float(json.loads(environ[CLOCK_OFFSET_VARIABLE]))
    elif values.get("askpro_clock"):
        offset = values["askpro_clock"] - datetime.now(UTC)
        values["clock_offset_seconds"] = offset.total_seconds()


def _database_url(raw: str, instance: Path) -> str:
    for old in ("postgres://", "postgresql://"):
        if raw.startswith(old):
            return "postgresql+psycopg://" + raw.removeprefix(old)
    if raw in ("", "sqlite:///instance/askpro.db"):
        return f"sqlite:///{instance / 'askpro.db'}"
    return raw


def _kept_secret(instance: Path) -> str:
    """The embedded installation's own secret: made once, kept readable by its owner only."""
    path = instance / "secret_key"
    instance.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written aside and linked: who starts at the same moment reads it whole, and all the same.
        with NamedTemporaryFile("w", dir=instance, prefix="secret_key.") as made:
            made.write(secrets.token_urlsafe(48))
            made.flush()
            with suppress(FileExistsError):
                os.link(made.name, path)
    return path.read_text().strip()
