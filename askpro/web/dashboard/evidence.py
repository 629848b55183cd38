"""What the doctor sees, as its texts stand in the catalog (:mod:`askpro.services.doctor.findings`).

They are written in ``services/doctor``, which knows no language but English; this list is where the
catalog finds them. ``tests/web/dashboard/test_evidence.py`` says which one is missing.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from askpro.services.doctor.findings import Piece, told
from askpro.web.dashboard.texts import gettext


def in_words(piece: Piece) -> str:
    """What was seen, in the language of the request."""
    return told(piece, gettext)


TEXTS = (
    _("request %(number)s got 429 with Retry-After %(seconds)s, another call 200; cleared"),
    _("the second of two equal requests got the kept answer, and nothing was done again"),
    _("answered %(first)s and %(second)s, and worked on twice"),
    _("%(count)s requests of one call, and none was refused"),
    _("the refusal lacks Retry-After"),
    _("what refused was %(code)s"),
    _("another call was answered %(status)s"),
    _("the test call's counters could not be cleared"),
    _("request %(number)s was answered %(status)s"),
    _("GET /api/webhooks/calcom answered %(status)s"),
    _("%(what)s: %(status)s"),
    _("not so: %(what)s"),
    _("another key"),
    _("an empty key"),
    _("another body"),
    _("eleven minutes old"),
    _("no signature at all"),
    _("%(count)s routes that act answered 401"),
    _("%(count)s routes answered with limit headers, none with 500"),
    _("the genuine one"),
    _("%(count)s forgeries got 401, the genuine one 200"),
    _("could not be tried: %(why)s"),
    _("%(count)s more"),
    _("opened by %(failures)s failures, let nothing through, closed by %(successes)s successes"),
    _("request %(number)s was held back, %(count)s reached Cal.com"),
    _("%(count)s faults, each with its words: %(faults)s"),
    _("%(count)s requests reached Cal.com within a minute"),
    _("the promised words are missing for %(faults)s"),
    _("%(count)s failures in a row, and the circuit is not open"),
    _("opened by %(count)s failures instead of %(limit)s"),
    _("%(count)s requests went through an open circuit"),
    _("%(count)s successes, and the circuit is not closed"),
    _("no connection"),
    _("an open breaker"),
    _("without a company: an error; a stranger: no rows"),
    _("of %(count)s companies' rows, nobody reads none, company %(company)s its own"),
    _("a company without branches was shown %(count)s"),
    _("%(database)s has none; the sessions alone keep companies apart"),
    _("not forced on %(tables)s"),
    _("forced on every table of a company; without a company there are no rows to try"),
    _("rows of %(count)s other companies were readable"),
    _("a company's table was read without a company"),
    _(
        "%(count)s personal values, none readable as message, argument, field or exception in any "
        "of %(handlers)s log handlers"
    ),
    _("a telephone number"),
    _("a spoken number"),
    _("a mail address"),
    _("a dictated address"),
    _("a name"),
    _("no handler writes the log"),
    _("%(what)s (%(where)s)"),
    _("readable in a line: %(what)s"),
    _("08:00 moves to 09:00, 19:00 to the next morning, the weekend to Monday 09:00; 12:00 stays"),
    _(
        "%(count)s names: tags, hidden tags and control characters go; umlauts, apostrophe and "
        "hyphen stay"
    ),
    _("moved wrongly: %(what)s"),
    _("not cleaned as it should be: %(what)s"),
    _(
        "two companies asked for one event type and window, and each got its own slots twice; "
        "without a company there is no key"
    ),
    _("slots were cached without a company"),
    _("one company was shown another's slots"),
    _("nothing was cached"),
    _("no Retell key is configured, so nothing can be signed"),
    _("Retell and Cal.com have keys for all %(count)s companies"),
    _("missing: %(what)s"),
    _("all %(count)s have services, numbers and agents"),
    _("no sign of life for 30 seconds"),
    _("version %(version)s in %(ms)s ms"),
    _("not since %(time)s"),
    _("instance %(instance)s ms, database %(database)s ms"),
    _("%(key)s (and %(without)s of %(all)s companies have none of their own)"),
    _("%(lack)s: %(companies)s"),
    _("%(worker)s %(seconds)s s ago"),
    _("the database does not answer"),
    _("%(version)s on Python %(python)s, process %(pid)s"),
    _("ASKPRO_CLOCK moves the gateway by %(days)s days"),
    _("there is no company yet"),
    _("%(waiting)s waiting, the oldest for %(seconds)s s; %(dead)s dead"),
    _("%(percent)s %% used"),
    _("this command is of %(version)s"),
    _("the database is at %(at)s"),
    _("the database is at %(at)s, the code needs %(head)s"),
    _("without a service"),
    _("without a number"),
    _("without an agent"),
    _("embedded mode has none"),
    _("what one call holds no other call gets"),
    _("%(who)s: %(what)s"),
    _("%(count)s workers are configured, but only %(pids)s answered"),
    _("workers %(one)s and %(other)s"),
    _("there is one worker (%(pid)s) only"),
    _("one fetch for both"),
    _("each asked Cal.com"),
    _("two calls held one slot"),
)
