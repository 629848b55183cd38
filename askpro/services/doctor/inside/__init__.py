"""What the doctor tries inside of the running instance, by name of the command.

A trial takes the runtime and what was given with the command, and returns what JSON can say: facts,
or ``{"ok", "evidence"}``. Each leaves things as they were: what it makes belongs to no company, and
circuits of trials are nobody's news.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from askpro.services.doctor.inside import calendar, companies, facts, lines, rules, shared
from askpro.services.runtime import Runtime

TRIALS: dict[str, Callable[[Runtime, Mapping[str, Any]], dict[str, Any]]] = {
    "facts": facts.facts,
    "pid": facts.pid,
    "health": facts.health,
    "clocks": facts.clocks,
    "slots": shared.slots,
    "hold": shared.hold,
    "release": shared.release,
    "answer": shared.answer,
    "cache keys": shared.cache_keys,
    "breaker": calendar.breaker,
    "budget": calendar.budget,
    "sentences": calendar.sentences,
    "log lines": lines.log_lines,
    "markup": rules.markup,
    "hours": rules.hours,
    "no company": companies.no_company,
    "row security": companies.row_security,
}

__all__ = ["TRIALS"]
