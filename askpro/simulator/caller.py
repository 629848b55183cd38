"""Play a scenario against a running gateway: what ``flask simulate call`` and the tests use.

::

    result = play("book_tomorrow", Connection(url, key, clock), companies_of(world))
    assert result.outcome == "booked"
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import requests

from askpro.simulator.cast import Company, Person, made_up_person
from askpro.simulator.line import Connection, Line, Turn
from askpro.simulator.scenarios import ANONYMOUS, SCENARIOS, Scenario


@dataclass(frozen=True)
class CallResult:
    """A finished call. ``outcome`` is the scene's word; see :mod:`askpro.simulator.scenarios`.

    ``appointment`` is the start that was booked or moved to, ISO with the branch's offset.
    """

    call_id: str
    scenario: str
    company: Company
    caller: Person
    outcome: str
    turns: tuple[Turn, ...]
    seconds: float
    appointment: str | None = None

    @property
    def functions(self) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.kind == "function")

    @property
    def statuses(self) -> tuple[str, ...]:
        """What the gateway answered to the functions, in order."""
        return tuple(turn.status or "" for turn in self.functions)

    @property
    def slowest_ms(self) -> float:
        return max((turn.ms or 0 for turn in self.functions), default=0.0)

    @property
    def failures(self) -> tuple[Turn, ...]:
        """Requests without an answer, or answered by a 5xx: never right."""
        return tuple(
            turn
            for turn in self.turns
            if turn.kind in ("function", "event") and (turn.http is None or turn.http >= 500)
        )

    @property
    def refused(self) -> bool:
        """The gateway knew nobody who signs like that, or had enough of this call."""
        return any(turn.http in (401, 403, 429) for turn in self.turns)


def play(
    scenario: str | Scenario,
    connection: Connection,
    companies: Sequence[Company],
    *,
    company: Company | None = None,
    caller: Person | None = None,
    seed: int | None = None,
    listener: Callable[[Turn], None] | None = None,
) -> CallResult:
    """One call from ringing to analysis. KeyError for an unknown scenario.

    ``company`` defaults to the first (the second for ``other_company``), ``caller`` to somebody
    made up from ``seed``. ``listener`` hears every turn as it happens.
    """
    what = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
    dice = random.Random(seed)
    if company is None:
        company = companies[-1] if what.other_company else companies[0]
    with requests.Session() as session:
        line = Line(
            replace(connection, session=session),
            company,
            caller or _somebody(what, company, dice),
            web=what.web,
            listener=listener,
        )
        line.rings()
        outcome = what.scene(line)
        line.hangs_up(
            "user_hangup" if outcome in ("abandoned", "nothing") else "agent_hangup",
            analysis=_analysis(line, outcome),
        )
    return CallResult(
        call_id=line.call_id,
        scenario=what.name,
        company=company,
        caller=line.caller,
        outcome=outcome,
        turns=tuple(line.turns),
        seconds=line.duration.total_seconds(),
        appointment=line.appointment,
    )


def _somebody(what: Scenario, company: Company, dice: random.Random) -> Person:
    if what.anonymous:
        return ANONYMOUS
    if what.known and company.customers:
        return dice.choice(company.customers)
    return made_up_person(dice)


def _analysis(line: Line, outcome: str) -> dict[str, object]:
    """What Retell's own analysis would say of this call."""
    made = outcome in ("booked", "requested")
    return {
        "successful": outcome != "nothing",
        "sentiment": "Negative" if outcome == "nothing" else "Positive",
        "data": {
            "customer_name": line.caller.name,
            "reason_for_visit": line.company.usual_service,
            "appointment_made": made,
        },
    }
