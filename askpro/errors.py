"""What can go wrong, named after what the caller or the operator can do next.

::

    AskProError
    ├── Refusal                    the request itself is not served (HTTP status of its own)
    │   ├── Unauthorized 401       signature, bearer token or login is missing or wrong
    │   ├── Forbidden 403          authentic, but speaks for a company that is not its own
    │   ├── BadRequest 400         unreadable body; names the field
    │   ├── TooSlow 408            the body did not arrive in time
    │   ├── TooLarge 413           body, depth or number of keys
    │   └── RateLimited 429        a limit was exceeded; says for how long
    ├── Spoken                     a live call hears it: HTTP 200 and a sentence
    │   ├── AskAgain               two readings, or nothing understood: a question
    │   │   └── UnknownService         nothing here goes by that name or number
    │   ├── TooFarAhead            no calendar is open that far ahead
    │   └── InvalidInput           a field can't be right: which one and why
    ├── CalcomError                Cal.com's side
    │   ├── CalcomFault            counts for the breaker; the calendar is down for the caller
    │   │   ├── CalcomUnreachable      no connection, or the deadline passed
    │   │   ├── CalcomUnavailable      5xx
    │   │   ├── CalcomUnreadable       HTML, truncated JSON, a body of the wrong shape, a redirect
    │   │   ├── CalcomRateLimited      429
    │   │   └── CalcomUnauthorized     401, 403
    │   ├── CalcomHeld             nothing was sent
    │   │   ├── CircuitOpen            the breaker is open
    │   │   └── BudgetSpent            the account's requests of this minute are used up
    │   └── CalcomAnswer           an answer of business: neither trips nor resets the breaker
    │       ├── SlotTaken              400/409 "already has booking", seats full
    │       ├── BookingConflict        409 "record already exists": look for our own booking first
    │       ├── CalcomNotFound         404
    │       └── CalcomRejected         other 4xx: the request is wrong, repeating it is useless
    ├── RetellError                Retell's API did not answer or refused
    │   └── RetellNotFound             404
    ├── NoCompany                  a query without a company (a bug, never caught)
    └── SettingsError              settings are missing or malformed: all problems at once
"""

from __future__ import annotations


class AskProError(Exception):
    """Base of everything this product raises on purpose."""


class SettingsError(AskProError):
    """The environment cannot be served. ``problems`` names every one of them, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("AskPro cannot start:\n" + "\n".join(f"  - {line}" for line in problems))


class NoCompany(AskProError):
    """A tenant table was asked without naming the company. Always a programming error."""


# -- the request itself is refused ------------------------------------------------------------


class Refusal(AskProError):
    """A refusal that a live call cannot hear.

    ``status`` is the HTTP status, ``code`` the word in the answer's ``status`` field and
    ``message`` a German sentence.
    """

    status = 400
    code = "bad_request"
    message = "Die Anfrage konnte nicht gelesen werden."

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        self.message = message or type(self).message
        self.field = field
        super().__init__(self.message)


class Unauthorized(Refusal):
    status = 401
    code = "unauthorized"
    message = "Die Anfrage ist nicht gültig unterschrieben."


class Forbidden(Refusal):
    status = 403
    code = "forbidden"
    message = "Dieser Schlüssel darf nicht für dieses Unternehmen sprechen."


class BadRequest(Refusal):
    pass


class TooSlow(Refusal):
    status = 408
    code = "too_slow"
    message = "Die Anfrage kam nicht rechtzeitig an."


class TooLarge(Refusal):
    status = 413
    code = "too_large"
    message = "Die Anfrage ist zu groß."


class RateLimited(Refusal):
    """A limit was exceeded. ``retry_after`` in whole seconds; ``exceeded`` names the limits."""

    status = 429
    code = "rate_limited"
    message = "Zu viele Anfragen. Bitte versuchen Sie es gleich noch einmal."

    def __init__(
        self,
        retry_after: int,
        *,
        error_code: str = "rate_limit_exceeded",
        exceeded: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.retry_after = retry_after
        self.error_code = error_code
        self.exceeded = exceeded


# -- the caller hears a sentence --------------------------------------------------------------


class Spoken(AskProError):
    """Answered with HTTP 200: ``status`` is the outcome word, ``sentence`` is German."""

    status = "ask"

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(type(self).__name__)


class AskAgain(Spoken):
    """Not understood, or two readings that both make sense: ``sentence`` is the question."""


class UnknownService(AskAgain):
    """Nothing that this office offers goes by that name or number."""


class InvalidInput(Spoken):
    """``field`` (our argument name) cannot be right; ``sentence`` says why, without echoing it."""

    status = "invalid"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class TooFarAhead(Spoken):
    """Nobody's calendar is open that far ahead: nothing is looked for."""

    status = "no_availability"


# -- Cal.com ----------------------------------------------------------------------------------


class CalcomError(AskProError):
    """Base of what Cal.com's client raises.

    ``maybe_done`` is true when the request left and its effect is not known: a write must then be
    settled by looking at Cal.com, never by sending it again (calcom.md §6).
    ``http_status`` is None when no answer came. The text never carries Cal.com's ``target`` and
    ``value`` fields, which echo personal data.
    """

    def __init__(
        self, text: str = "", *, http_status: int | None = None, maybe_done: bool = False
    ) -> None:
        super().__init__(text or type(self).__name__)
        self.http_status = http_status
        self.maybe_done = maybe_done


class CalcomFault(CalcomError):
    """Counts for the breaker."""


class CalcomUnreachable(CalcomFault):
    pass


class CalcomUnavailable(CalcomFault):
    pass


class CalcomUnreadable(CalcomFault):
    pass


class CalcomRateLimited(CalcomFault):
    """429. ``reset_seconds`` is how long the account is blocked (60 when Cal.com does not say)."""

    def __init__(self, text: str = "", *, reset_seconds: int = 60) -> None:
        super().__init__(text, http_status=429)
        self.reset_seconds = reset_seconds


class CalcomUnauthorized(CalcomFault):
    pass


class CalcomHeld(CalcomError):
    """Nothing left this process. ``retry_seconds`` says when trying again makes sense."""

    def __init__(self, text: str = "", *, retry_seconds: int = 60) -> None:
        super().__init__(text)
        self.retry_seconds = retry_seconds


class CircuitOpen(CalcomHeld):
    pass


class BudgetSpent(CalcomHeld):
    pass


class CalcomAnswer(CalcomError):
    """Cal.com answered in its own right: neither a failure nor a recovery for the breaker."""


class SlotTaken(CalcomAnswer):
    pass


class BookingConflict(CalcomAnswer):
    pass


class CalcomNotFound(CalcomAnswer):
    """404. ``wrong_version`` is true when no route matched: our version table is at fault."""

    wrong_version = False


class CalcomRejected(CalcomAnswer):
    """The request is wrong. ``field`` names the property or booking field where Cal.com did.

    ``reason`` is one of past, out_of_bounds, booker_limit, missing_field, invalid_field,
    reason_required, already_changed (moved or cancelled), not_bookable (the event type is a
    managed parent or has no hosts), other.
    """

    def __init__(
        self,
        text: str = "",
        *,
        http_status: int | None = None,
        field: str | None = None,
        reason: str = "other",
    ) -> None:
        super().__init__(text, http_status=http_status)
        self.field = field
        self.reason = reason


# -- Retell -----------------------------------------------------------------------------------


class RetellError(AskProError):
    """Retell's API did not do what it was asked. ``http_status`` is None when no answer came."""

    def __init__(self, text: str = "", *, http_status: int | None = None) -> None:
        super().__init__(text or type(self).__name__)
        self.http_status = http_status


class RetellNotFound(RetellError):
    """404: Retell does not know, or no longer keeps, what was asked for."""
