"""What two workers share: slots that one fetched, a slot that one holds."""

from __future__ import annotations

from collections.abc import Iterator

from askpro.services.doctor.findings import Finding
from askpro.services.doctor.instance import Instance, trial_id

_CACHE = "workers share the slot cache"
_HOLD = "workers share holds"


def shared(instance: Instance) -> Iterator[Finding]:
    """The first worker fetches and holds; the last one must know."""
    wanted = instance.facts["workers"]
    connections = instance.workers()
    if wanted > 1 and len(connections) < 2:
        seen = f"{wanted} workers are configured, but only {list(connections)} answered"
        yield from (Finding(check, False, seen) for check in (_CACHE, _HOLD))
        return
    first, *others = connections.items()
    pid_a, a = first
    pid_b, b = others[-1] if others else first
    who = f"workers {pid_a} and {pid_b}" if others else f"there is one worker ({pid_a}) only"
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
    yield Finding(
        _CACHE, one_fetch, f"{who}: {'one fetch for both' if one_fetch else 'each asked Cal.com'}"
    )
    good = held["held"] and not stolen["held"]
    said = "what one call holds no other call gets" if good else "two calls held one slot"
    yield Finding(_HOLD, good, f"{who}: {said}")
