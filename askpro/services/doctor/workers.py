"""What two workers share: slots that one fetched, a slot that one holds."""

from __future__ import annotations

from collections.abc import Iterator

from askpro.services.doctor.findings import Finding, Piece, seen
from askpro.services.doctor.instance import Instance, trial_id

_CACHE = "workers share the slot cache"
_HOLD = "workers share holds"


def shared(instance: Instance) -> Iterator[Finding]:
    """The first worker fetches and holds; the last one must know."""
    wanted = instance.facts["workers"]
    connections = instance.workers()
    if wanted > 1 and len(connections) < 2:
        silent = seen(
            "%(count)s workers are configured, but only %(pids)s answered",
            count=wanted,
            pids=list(connections),
        )
        yield from (Finding(check, False, silent) for check in (_CACHE, _HOLD))
        return
    first, *others = connections.items()
    pid_a, a = first
    pid_b, b = others[-1] if others else first
    who = (
        seen("workers %(one)s and %(other)s", one=pid_a, other=pid_b)
        if others
        else seen("there is one worker (%(pid)s) only", pid=pid_a)
    )
    name = trial_id()
    try:
        instance.ask("slots", a, name=name, slots="fetched by the first")
        second = instance.ask("slots", b, name=name, slots="fetched by the second")
        held = instance.ask("hold", a, name=name, call_id=f"{name}_a")
        stolen = instance.ask("hold", b, name=name, call_id=f"{name}_b")
    finally:
        for call in ("a", "b"):
            instance.ask("release", a, call_id=f"{name}_{call}")
        for session in connections.values():
            session.close()
    one_fetch = second["slots"] == "fetched by the first"
    fetched = seen("one fetch for both") if one_fetch else seen("each asked Cal.com")
    yield Finding(_CACHE, one_fetch, _of(who, fetched))
    good = held["held"] and not stolen["held"]
    kept = seen("what one call holds no other call gets")
    yield Finding(_HOLD, good, _of(who, kept if good else seen("two calls held one slot")))


def _of(who: Piece, what: Piece) -> Piece:
    return seen("%(who)s: %(what)s", who=who, what=what)
