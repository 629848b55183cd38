"""A burst and a replay, sent as Retell would send them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from askpro.providers.retell_signature import replay_key, sign
from askpro.services.doctor.findings import Finding, Piece, seen
from askpro.services.doctor.instance import FUNCTIONS, NO_KEY, Instance, trial_call, trial_id

_MOST_SENT = 60
_BURST = "a burst of one call is limited"
_REPLAY = "a replay has one effect"
_KEPT_BY_THEN_SECONDS = 0.5


def burst(instance: Instance) -> Iterator[Finding]:
    """One call asks until it is refused; another one is heard meanwhile; then all is forgotten."""
    if instance.retell_key is None:
        yield Finding(_BURST, False, NO_KEY)
        return
    loud, quiet = trial_id(), trial_id()
    raw = trial_call(loud)
    sent, refused = 0, None
    while refused is None and sent < _MOST_SENT:
        sent += 1
        answer = instance.post_signed(FUNCTIONS, raw)
        if answer.status_code == 429:
            refused = answer
        elif answer.status_code != 200:
            wrong_answer = seen(
                "request %(number)s was answered %(status)s",
                number=sent,
                status=answer.status_code,
            )
            yield Finding(_BURST, False, wrong_answer)
            return
    other = instance.post_signed(FUNCTIONS, trial_call(quiet))
    for call_id in (loud, quiet):
        instance.command("limits clear", {"call_id": call_id})
    cleared = not instance.command("limits show", {"call_id": loud})["found"]
    if refused is None:
        endless = seen("%(count)s requests of one call, and none was refused", count=sent)
        yield Finding(_BURST, False, endless)
        return
    wrong: list[Piece] = []
    if "Retry-After" not in refused.headers:
        wrong.append(seen("the refusal lacks Retry-After"))
    if refused.json().get("error_code") != "call_rate_limit_exceeded":
        code = refused.json().get("error_code")
        wrong.append(seen("what refused was %(code)s", code=code))
    if other.status_code != 200:
        wrong.append(seen("another call was answered %(status)s", status=other.status_code))
    if not cleared:
        wrong.append(seen("the test call's counters could not be cleared"))
    right = seen(
        "request %(number)s got 429 with Retry-After %(seconds)s, another call 200; cleared",
        number=sent,
        seconds=refused.headers.get("Retry-After"),
    )
    yield Finding(_BURST, not wrong, wrong or right)


def replayed(instance: Instance) -> Iterator[Finding]:
    """Sent, the kept answer replaced, sent again: only a request that has no second effect is
    answered with what was put there."""
    if instance.retell_key is None:
        yield Finding(_REPLAY, False, NO_KEY)
        return
    call_id = trial_id()
    raw = trial_call(call_id)
    signature = sign(raw, instance.retell_key, instance.now_ms)
    first = instance.send(FUNCTIONS, raw, signature)
    planted = {"status": "planted by the doctor", "call": call_id}
    # Answers to mere questions are kept a moment after they left (guards/leisure).
    time.sleep(_KEPT_BY_THEN_SECONDS)
    instance.ask("answer", key=replay_key(signature), answer=planted)
    second = instance.send(FUNCTIONS, raw, signature)
    instance.command("limits clear", {"call_id": call_id})
    good = first.status_code == second.status_code == 200 and second.json() == planted
    right = seen("the second of two equal requests got the kept answer, and nothing was done again")
    wrong = seen(
        "answered %(first)s and %(second)s, and worked on twice",
        first=first.status_code,
        second=second.status_code,
    )
    yield Finding(_REPLAY, good, right if good else wrong)
