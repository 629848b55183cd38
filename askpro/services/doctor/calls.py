"""A burst and a replay, sent as Retell would send them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from askpro.providers.retell_signature import replay_key, sign
from askpro.services.doctor.findings import Finding
from askpro.services.doctor.instance import FUNCTIONS, Instance, trial_call, trial_id

_MOST_SENT = 60
_BURST = "a burst of one call is limited"
_REPLAY = "a replay has one effect"
_KEPT_BY_THEN_SECONDS = 0.5


def burst(instance: Instance) -> Iterator[Finding]:
    """One call asks until it is refused; another one is heard meanwhile; then all is forgotten."""
    if instance.retell_key is None:
        yield Finding(_BURST, False, "no Retell key is configured, so nothing can be signed")
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
            yield Finding(_BURST, False, f"request {sent} was answered {answer.status_code}")
            return
    other = instance.post_signed(FUNCTIONS, trial_call(quiet))
    for call_id in (loud, quiet):
        instance.command("limits clear", {"call_id": call_id})
    cleared = not instance.command("limits show", {"call_id": loud})["found"]
    if refused is None:
        yield Finding(_BURST, False, f"{sent} requests of one call, and none was refused")
        return
    wrong = []
    if "Retry-After" not in refused.headers:
        wrong.append("the refusal lacks Retry-After")
    if refused.json().get("error_code") != "call_rate_limit_exceeded":
        wrong.append(f"what refused was {refused.json().get('error_code')}")
    if other.status_code != 200:
        wrong.append(f"another call was answered {other.status_code}")
    if not cleared:
        wrong.append("the test call's counters could not be cleared")
    seen = (
        f"request {sent} got 429 with Retry-After {refused.headers.get('Retry-After')}, "
        "another call 200; cleared"
    )
    yield Finding(_BURST, not wrong, "; ".join(wrong) or seen)


def replayed(instance: Instance) -> Iterator[Finding]:
    """Sent, the kept answer replaced, sent again: only a request that has no second effect is
    answered with what was put there."""
    if instance.retell_key is None:
        yield Finding(_REPLAY, False, "no Retell key is configured, so nothing can be signed")
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
    evidence = "the second of two equal requests got the kept answer, and nothing was done again"
    wrong = f"answered {first.status_code} and {second.status_code}, and worked on twice"
    yield Finding(_REPLAY, good, evidence if good else wrong)
