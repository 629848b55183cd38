"""Who gets in, and what every answer carries: tried on every route that the instance has."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from askpro.providers.retell_signature import sign
from askpro.services import control
from askpro.services.doctor.findings import Finding
from askpro.services.doctor.instance import FUNCTIONS, Instance, trial_call

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
        _told(open_doors, f"{len(guarded)} routes that act answered 401"),
    )
    broken = [
        f"{name} {answer.status_code}"
        for name, _, answer in answers
        if answer.status_code == 500 or any(header not in answer.headers for header in _HEADERS)
    ]
    yield Finding(
        "every API route is counted",
        not broken and bool(answers),
        _told(broken, f"{len(answers)} routes answered with limit headers, none with 500"),
    )


def forged_signatures(instance: Instance) -> Iterator[Finding]:
    """Another key, another body, another time; and the genuine one beside them."""
    check = "forged signatures are refused"
    key = instance.retell_key
    if key is None:
        yield Finding(check, False, "no Retell key is configured, so nothing can be signed")
        return
    raw, now = trial_call(), instance.now_ms
    forged = {
        "another key": (raw, sign(raw, secrets.token_hex(16), now)),
        "an empty key": (raw, sign(raw, "", now)),
        "another body": (raw + b" ", sign(raw, key, now)),
        "eleven minutes old": (raw, sign(raw, key, now - _ELEVEN_MINUTES_MS)),
        "no signature at all": (raw, "v=1,d=0"),
    }
    accepted = [
        f"{why}: {answer.status_code}"
        for why, (body, signature) in forged.items()
        if (answer := instance.send(FUNCTIONS, body, signature)).status_code != 401
    ]
    genuine = instance.post_signed(FUNCTIONS, raw).status_code
    if genuine != 200:
        accepted.append(f"the genuine one: {genuine}")
    yield Finding(
        check,
        not accepted,
        _told(accepted, f"{len(forged)} forgeries got 401, the genuine one 200"),
    )


def calcom_address(instance: Instance) -> Iterator[Finding]:
    answer = instance.request("GET", "/api/webhooks/calcom")
    good = answer.status_code == 200 and answer.json() == {"ping": "ok"}
    evidence = f"GET /api/webhooks/calcom answered {answer.status_code}"
    yield Finding("Cal.com's webhook address answers", good, evidence)


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


def _told(wrong: list[str], right: str) -> str:
    if not wrong:
        return right
    rest = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return "not so: " + ", ".join(wrong[:_SHOWN]) + rest
