"""Who gets in, and what every answer carries: tried on every route that the instance has."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from askpro.providers.retell_signature import sign
from askpro.services import control
from askpro.services.doctor.findings import Finding, Piece, seen, shortened
from askpro.services.doctor.instance import FUNCTIONS, NO_KEY, Instance, trial_call

_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_ARGUMENT = re.compile(r"<[^<>]*>")
_CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
_ELEVEN_MINUTES_MS = 660_000
_SHOWN = 4


def every_route(instance: Instance) -> Iterator[Finding]:
    """One unsigned request for every API route and method, looked at in two ways."""
    answers = []
    for path, method in _api_routes(instance):
        body = b"{}" if method in _CHANGING else None
        answer = instance.request(
            method, path, data=body, headers={"Content-Type": "application/json"}
        )
        answers.append((f"{method} {path}", method, answer))
    guarded = [(name, answer) for name, method, answer in answers if method in _CHANGING]
    open_doors = [f"{name} {a.status_code}" for name, a in guarded if a.status_code != 401]
    yield Finding(
        "unsigned requests are refused",
        not open_doors and bool(guarded),
        _told(open_doors, seen("%(count)s routes that act answered 401", count=len(guarded))),
    )
    broken = [
        f"{name} {answer.status_code}"
        for name, _, answer in answers
        if answer.status_code == 500 or any(header not in answer.headers for header in _HEADERS)
    ]
    yield Finding(
        "every API route is counted",
        not broken and bool(answers),
        _told(
            broken,
            seen("%(count)s routes answered with limit headers, none with 500", count=len(answers)),
        ),
    )


def forged_signatures(instance: Instance) -> Iterator[Finding]:
    """Another key, another body, another time; and the genuine one beside them."""
    check = "forged signatures are refused"
    key = instance.retell_key
    if key is None:
        yield Finding(check, False, NO_KEY)
        return
    raw, now = trial_call(), instance.now_ms
    forged = (
        (seen("another key"), raw, sign(raw, secrets.token_hex(16), now)),
        (seen("an empty key"), raw, sign(raw, "", now)),
        (seen("another body"), raw + b" ", sign(raw, key, now)),
        (seen("eleven minutes old"), raw, sign(raw, key, now - _ELEVEN_MINUTES_MS)),
        (seen("no signature at all"), raw, "v=1,d=0"),
    )
    accepted = [
        _answered(what, answer.status_code)
        for what, body, signature in forged
        if (answer := instance.send(FUNCTIONS, body, signature)).status_code != 401
    ]
    genuine = instance.post_signed(FUNCTIONS, raw).status_code
    if genuine != 200:
        accepted.append(_answered(seen("the genuine one"), genuine))
    yield Finding(
        check,
        not accepted,
        _told(
            accepted, seen("%(count)s forgeries got 401, the genuine one 200", count=len(forged))
        ),
    )


def calcom_address(instance: Instance) -> Iterator[Finding]:
    answer = instance.request("GET", "/api/webhooks/calcom")
    good = answer.status_code == 200 and answer.json() == {"ping": "ok"}
    right = seen("GET /api/webhooks/calcom answered %(status)s", status=answer.status_code)
    yield Finding("Cal.com's webhook address answers", good, right)


def _api_routes(instance: Instance) -> list[tuple[str, str]]:
    """(path, method), with something in the place of arguments."""
    routes = instance.command(control.ROUTES, {})
    return sorted(
        (_ARGUMENT.sub("0", route["rule"]), method)
        for route in routes
        if route["rule"].startswith("/api/")
        for method in route["methods"]
        if method != "OPTIONS"
    )


def _answered(what: Piece, status: int) -> Piece:
    return seen("%(what)s: %(status)s", what=what, status=status)


def _told(wrong: list[Piece], right: Piece) -> Piece:
    return seen("not so: %(what)s", what=shortened(wrong, _SHOWN)) if wrong else right
