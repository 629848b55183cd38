"""The machine's words in the operator's, and the tone of each: ok, info, warn, bad or quiet.

A word that is not here is shown as it is: a new outcome must not make a page fail.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _

OK, INFO, WARN, BAD, QUIET = "ok", "info", "warn", "bad", "quiet"

#: group → word → (what the operator reads, tone)
WORDS = {
    "circuit": {
        "closed": (_("closed"), OK),
        "half_open": (_("half open"), WARN),
        "open": (_("open"), BAD),
    },
    "outcome": {
        "booked": (_("booked"), OK),
        "rescheduled": (_("rescheduled"), OK),
        "cancelled": (_("cancelled"), INFO),
        "callback": (_("callback wanted"), WARN),
        "information": (_("information"), INFO),
        "abandoned": (_("hung up"), QUIET),
        "voicemail": (_("voicemail"), QUIET),
        "technical": (_("technical fault"), BAD),
        "spam": (_("spam"), QUIET),
        "other": (_("other"), QUIET),
    },
    "call_state": {
        "inbound": (_("ringing"), INFO),
        "ongoing": (_("ongoing"), INFO),
        "ended": (_("ended"), QUIET),
        "analyzed": (_("analysed"), QUIET),
    },
    "status": {
        "available": (_("free"), OK),
        "unavailable": (_("taken"), INFO),
        "no_availability": (_("nothing free"), INFO),
        "closed": (_("closed day"), INFO),
        "ask": (_("asked back"), INFO),
        "past": (_("in the past"), INFO),
        "invalid": (_("invalid input"), INFO),
        "found": (_("found"), OK),
        "none": (_("none"), INFO),
        "known": (_("known caller"), OK),
        "new": (_("new caller"), OK),
        "anonymous": (_("anonymous caller"), INFO),
        "booked": (_("booked"), OK),
        "requested": (_("requested"), OK),
        "rescheduled": (_("rescheduled"), OK),
        "cancelled": (_("cancelled"), OK),
        "ready": (_("ready"), OK),
        "which_one": (_("which one?"), INFO),
        "not_found": (_("not found"), INFO),
        "not_allowed": (_("not allowed"), INFO),
        "recorded": (_("recorded"), OK),
        "ok": (_("answered"), OK),
        "pending": (_("outcome unknown"), WARN),
        "calendar_down": (_("calendar down"), BAD),
        "unknown_company": (_("unknown company"), BAD),
        "unknown_function": (_("unknown function"), WARN),
        "not_available_yet": (_("not available yet"), WARN),
        "rate_limited": (_("over the limit"), WARN),
    },
    "cache": {
        "hit": (_("hit"), OK),
        "miss": (_("miss"), QUIET),
        "stale": (_("stale"), WARN),
        "none": ("–", QUIET),
    },
    "appointment": {
        "wished": (_("wished"), INFO),
        "sent": (_("sent"), INFO),
        "confirmed": (_("confirmed"), OK),
        "requested": (_("awaits confirmation"), INFO),
        "refused": (_("refused"), QUIET),
        "unknown": (_("outcome unknown"), WARN),
        "cancelled": (_("cancelled"), QUIET),
        "rescheduled": (_("rescheduled"), QUIET),
        "rejected": (_("rejected"), WARN),
        "no_show": (_("did not come"), QUIET),
        "completed": (_("completed"), OK),
    },
    "wanted_slot": {
        "sent": (_("outcome unknown"), WARN),
        "confirmed": (_("booked for them: call to confirm"), OK),
        "requested": (_("requested for them, not confirmed yet"), INFO),
        "unknown": (_("outcome unknown"), WARN),
    },
    "inbox": {
        "new": (_("waiting"), INFO),
        "done": (_("done"), OK),
        "ignored": (_("ignored"), QUIET),
        "dead": (_("gave up"), BAD),
        "discarded": (_("discarded"), QUIET),
    },
    "priority": {
        "urgent": (_("urgent"), BAD),
        "high": (_("high"), WARN),
        "normal": (_("normal"), QUIET),
    },
    "mode": {
        "open": (_("open for business"), OK),
        "messages": (_("messages only"), WARN),
        "paused": (_("paused"), BAD),
    },
    "severity": {
        "critical": (_("critical"), BAD),
        "warning": (_("warning"), WARN),
    },
    "finding": {
        "promised_not_booked": (_("promised, but not booked"), BAD),
        "said_not_done": (_("said, but not done"), BAD),
        "done_not_said": (_("done, but not said"), WARN),
        "other_time": (_("another time was said than was booked"), BAD),
        "difference": (_("differs from Cal.com"), WARN),
        "promised_not_reschedule": (_("promised to be moved, but not moved"), BAD),
        "promised_not_cancel": (_("promised to be cancelled, but still stands"), BAD),
        "promised_not_undo": (_("a part that was given up still stands at Cal.com"), BAD),
        "promised_not_change": (_("promised to be changed, but not changed"), BAD),
        "shared_booking": (_("two customers on one booking of Cal.com"), BAD),
        "service_refused": (_("Cal.com refuses a service that it shows as free"), WARN),
        "staff_overlap": (_("two appointments of one person at a time"), WARN),
    },
    #: Why there is a finding; other reasons are names of errors.
    "why": {
        "a part is gone": (_("a part of it is gone"), QUIET),
        "not found at Cal.com": (_("not found at Cal.com"), QUIET),
        "gone at Cal.com": (_("cancelled at Cal.com meanwhile"), QUIET),
        "moved at Cal.com": (_("moved at Cal.com meanwhile"), QUIET),
        "given up by an operator": (_("given up by an operator"), QUIET),
        "Cal.com has the booking after all": (_("Cal.com has the booking after all"), QUIET),
        "Cal.com had changes that no webhook told of; they are settled": (
            _("Cal.com had changes that no webhook told of; they are settled"),
            QUIET,
        ),
        "it stands here, and Cal.com does not have it": (
            _("it stands here, and Cal.com does not have it"),
            QUIET,
        ),
    },
    "guard": {
        "breaker": (_("circuit"), INFO),
        "limit": (_("limit violated"), WARN),
        "crossing": (_("foreign company refused"), BAD),
        "redaction": (_("personal data in a log"), BAD),
        "redis": (_("Redis"), WARN),
        "sign_in": (_("failed sign-in"), WARN),
    },
    "role": {
        "viewer": (_("viewer"), QUIET),
        "operator": (_("operator"), INFO),
    },
    "limit": {
        "total": (_("per call"), WARN),
        "minute": (_("per minute"), WARN),
        "function": (_("of one function"), WARN),
        "company": (_("of the company"), WARN),
        "address": (_("of one address"), WARN),
    },
    "alert": {
        "breaker_open": (_("Cal.com is cut off"), BAD),
        "breaker_stuck": (_("Cal.com has been cut off for too long"), BAD),
        "pii_in_log": (_("Personal data reached a log"), BAD),
        "crossing": (_("Access to a foreign company was refused"), BAD),
        "no_worker": (_("No worker gives a sign of life"), BAD),
        "error_rate": (_("Many calls end in a technical fault"), BAD),
        "limit_violations": (_("Many limit violations"), WARN),
        "calcom_error_rate": (_("Cal.com fails often"), WARN),
        "cache_hit_rate": (_("The cache answers too little"), WARN),
        "slow_answers": (_("Answers are slow"), WARN),
        "many_queries": (_("Too many database queries in one request"), WARN),
        "events_dead": (_("Events were given up"), WARN),
        "events_waiting": (_("Events wait too long"), WARN),
        "company_silent": (_("No function call for a day of opening hours"), WARN),
        "redis_gone": (_("Redis is gone"), WARN),
    },
    "detail": {
        "count": (_("number"), QUIET),
        "per_minute": (_("per minute:"), QUIET),
        "requests": (_("requests"), QUIET),
        "why": (_("reason:"), QUIET),
        "action": (_("about:"), QUIET),
        "said": (_("said:"), QUIET),
        "done": (_("in the ledger:"), QUIET),
    },
    "step": {
        "database": (_("database"), QUIET),
    },
    "job": {
        "alerts": (_("look for alerts"), QUIET),
        "compare with Cal.com": (_("compare every booking with Cal.com"), QUIET),
        "drain callbacks": (_("book what waited for Cal.com"), QUIET),
        "purge personal data": (_("let go of what is too old"), QUIET),
        "reconcile with Cal.com": (_("take over Cal.com's changes"), QUIET),
        "settle unknown bookings": (_("settle bookings in doubt"), QUIET),
        "sweep calls": (_("close calls whose end was not told"), QUIET),
    },
    "action": {
        "breaker_reset": (_("closed a circuit"), INFO),
        "breaker_open": (_("cut Cal.com off"), WARN),
        "breaker_probe": (_("had Cal.com tried"), INFO),
        "call_unblocked": (_("unblocked a call"), INFO),
        "cache_dropped": (_("dropped cached times"), INFO),
        "company_mode": (_("changed a company's mode"), WARN),
        "events_replayed": (_("replayed events"), INFO),
        "event_discarded": (_("discarded an event"), WARN),
        "alert_acknowledged": (_("acknowledged an alert"), INFO),
        "alert_silenced": (_("silenced an alert"), WARN),
        "booking_looked_up": (_("looked a booking up"), INFO),
        "booking_given_up": (_("gave a booking up"), WARN),
        "callback_done": (_("called back"), INFO),
        "finding_closed": (_("closed a finding"), INFO),
        "exported": (_("took a file"), INFO),
        "examined": (_("had the protections tried"), INFO),
        "erase person": (_("erased a person"), WARN),
        "export person": (_("exported a person's data"), WARN),
        "purge": (_("purged old data"), INFO),
        "operator_invited": (_("invited an operator"), INFO),
        "operator_switched_off": (_("switched an operator off"), WARN),
        "password_set": (_("set a password"), INFO),
        "signed_in": (_("signed in"), QUIET),
        "signed_out": (_("signed out"), QUIET),
        "keys rotated": (_("changed the secret key"), WARN),
        "token_added": (_("made a token for the API"), WARN),
        "token_revoked": (_("revoked a token for the API"), WARN),
        "services_synced": (_("took services over from Cal.com"), INFO),
    },
    #: Who acts without a login.
    "actor": {
        "command line": (_("command line"), QUIET),
        "worker": (_("worker"), QUIET),
    },
    "check": {
        "database": (_("Database"), QUIET),
        "cache": (_("Redis and cache"), QUIET),
        "filesystem": (_("Disk"), QUIET),
        "system": (_("Machine"), QUIET),
        "application": (_("Application"), QUIET),
        "external_services": (_("Services outside"), QUIET),
    },
    #: What the doctor tries, by its names (services/doctor).
    "protection": {
        "unsigned requests are refused": (_("unsigned requests are refused"), QUIET),
        "every API route is counted": (_("every API route is counted"), QUIET),
        "forged signatures are refused": (_("forged signatures are refused"), QUIET),
        "a replay has one effect": (_("a replay has one effect"), QUIET),
        "a burst of one call is limited": (_("a burst of one call is limited"), QUIET),
        "companies' cache keys never meet": (_("companies' cache keys never meet"), QUIET),
        "workers share the slot cache": (_("workers share the slot cache"), QUIET),
        "workers share holds": (_("workers share holds"), QUIET),
        "the breaker opens and closes": (_("the breaker opens and closes"), QUIET),
        "the budget holds requests back": (_("the budget holds requests back"), QUIET),
        "faults have their sentences": (_("faults have their sentences"), QUIET),
        "personal values stay out of the log": (_("personal values stay out of the log"), QUIET),
        "markup is stripped": (_("markup is stripped"), QUIET),
        "searches move into opening hours": (_("searches move into opening hours"), QUIET),
        "no query without a company": (_("no query without a company"), QUIET),
        "row level security": (_("row level security"), QUIET),
        "Cal.com's webhook address answers": (_("Cal.com's webhook address answers"), QUIET),
        "the running version is this one": (_("the running version is this one"), QUIET),
        "migrations are complete": (_("migrations are complete"), QUIET),
        "clocks agree": (_("clocks agree"), QUIET),
        "keys are configured": (_("keys are configured"), QUIET),
        "companies can be called and booked": (_("companies can be called and booked"), QUIET),
        "workers are alive": (_("workers are alive"), QUIET),
        "the inbox is worked on": (_("the inbox is worked on"), QUIET),
        "the disk is writable": (_("the disk is writable"), QUIET),
        "Redis answers": (_("Redis answers"), QUIET),
    },
    "source": {
        "voice": (_("telephone"), QUIET),
        "callback": (_("wish of an outage"), QUIET),
        "api": (_("API"), QUIET),
        "calcom": ("Cal.com", QUIET),
        "import": (_("import"), QUIET),
    },
    "mood": {
        "Positive": (_("good"), QUIET),
        "Neutral": (_("neutral"), QUIET),
        "Negative": (_("bad"), QUIET),
    },
    "health": {
        "healthy": (_("healthy"), OK),
        "degraded": (_("degraded"), WARN),
        "unhealthy": (_("unhealthy"), BAD),
    },
}


def word(value: str | None, group: str) -> str:
    """What the operator reads."""
    if value is None:
        return "–"
    known = WORDS[group].get(value)
    return str(known[0]) if known else value


def tone(value: str | None, group: str) -> str:
    """The tone of a word; quiet for unknown ones."""
    known = WORDS[group].get(value or "")
    return known[1] if known else QUIET
