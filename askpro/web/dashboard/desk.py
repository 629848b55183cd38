"""One request at the dashboard: who asks, whose rows they may see, and what they narrowed it to.

The only place that turns an operator into a scope. Something of a company that is not theirs does
not exist for them: 404, and the try is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import abort, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from askpro.guards.permits import CLOSED, CircuitSnapshot
from askpro.services import guard_events
from askpro.services.operators import Account
from askpro.services.runtime import Runtime
from askpro.services.situation import Outlook, circuits_in_view, feel, look
from askpro.store.reports.companies import first_by_name, names
from askpro.store.reports.figures import Sums, series
from askpro.store.reports.scope import EVERY_COMPANY, Scope, company_of, scope_of
from askpro.store.reports.work import Pulse
from askpro.web.dashboard.kept import Kept

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_MOST_NAMES, _NAMES_KEPT = 5_000, 60.0
_MOST_CHOICES = 200
#: As wide as the column is: a database can't be asked for more.
_MOST_COMPANY_ID = 2**31 - 1


@dataclass(frozen=True)
class Desk:
    """``scope`` is what the page shows; ``account.company_id`` bounds what the person may see."""

    runtime: Runtime
    account: Account
    scope: Scope
    now: datetime

    @property
    def company_id(self) -> int | None:
        """The one company that the page is about; None = all of them."""
        return company_of(self.scope)

    @property
    def sees_all(self) -> bool:
        """Whether the person may look beyond one company."""
        return self.account.company_id is None

    @property
    def may_act(self) -> bool:
        return self.account.may_act

    def unless_down(self, ask: Callable[[], Answer], instead: Answer) -> Answer:
        """The database's answer; ``instead`` while it is away, where the rest is worth showing."""
        try:
            return ask()
        except SQLAlchemyError:
            return instead

    def once(self, what: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer to a question that several panels of the request ask in this scope."""
        known: dict[Hashable, Any] = g.setdefault("known", {})
        key = (self.scope, what)
        if key not in known:
            known[key] = ask()
        answer: Answer = known[key]
        return answer

    def pulse(self) -> Pulse:
        """What waits and who works."""
        return self.once("pulse", lambda: feel(self.runtime, self.scope))

    def circuits(self) -> list[CircuitSnapshot]:
        """The circuits that the scope's bookings go through."""
        return self.once("circuits", lambda: circuits_in_view(self.runtime, self.scope))

    def outlook(self) -> Outlook:
        """How things stand in the scope."""
        return self.once(
            "outlook",
            lambda: look(self.runtime, self.scope, pulse=self.pulse(), circuits=self.circuits()),
        )

    def cut_off_since(self, circuit: CircuitSnapshot) -> datetime | None:
        """Since when the circuit lets nothing but tries through; None where it is closed."""
        if circuit.state == CLOSED:
            return None
        return self.unless_down(lambda: self.outlook().cut_off_since(circuit), circuit.opened_at)

    def course(self) -> list[tuple[datetime, Sums]]:
        """The last hour in stretches of two minutes."""
        return self.once(
            "course",
            lambda: series(self.runtime.database, self.scope, self.now, buckets=30, minutes=2),
        )

    def company_names(self, ids: Iterable[int | None]) -> dict[int, str]:
        """The names of those of the companies that are in the scope; kept for a minute."""
        wanted = {each for each in ids if each and (self.company_id in (None, each))}
        kept: Kept[int, str] = current_app.extensions.setdefault(
            "askpro_company_names", Kept(_MOST_NAMES, _NAMES_KEPT)
        )
        found = kept.all_of(wanted)
        missing = wanted - found.keys()
        if missing:
            for company_id, name in names(self.runtime.database, self.scope, missing).items():
                found[company_id] = kept.put(company_id, name)
        return found

    def companies_to_choose(self) -> list[tuple[int, str]]:
        """(id, name) of the companies that a filter offers; more than these are typed by id."""
        kept: Kept[str, list[tuple[int, str]]] = current_app.extensions.setdefault(
            "askpro_companies_to_choose", Kept(1, _NAMES_KEPT)
        )
        if not self.sees_all:
            return []
        return kept.or_else(
            "first",
            lambda: first_by_name(self.runtime.database, EVERY_COMPANY, most=_MOST_CHOICES),
        )

    def service_names(self, company_id: int) -> list[str]:
        """What the company's services are called, as callers' words are compared with them."""
        office = self.runtime.directory.office(company_id)
        return [each.name for each in office.services] if office else []

    def own(self, company_id: int | None) -> None:
        """Go on only if something of that company (None: of the installation) may be seen here."""
        if self.account.company_id is None or self.account.company_id == company_id:
            return
        _refuse_crossing(self.runtime, self.account, company_id, self.now)


def desk() -> Desk:
    """The desk of the running request; made once the person was let in."""
    here: Desk = g.desk
    return here


def open_desk(account: Account) -> Desk:
    """Let ``account`` in. ``?company=`` narrows the page; a company in the path must be theirs."""
    runtime: Runtime = current_app.extensions["askpro"]
    whole = Desk(runtime, account, scope_of(account.company_id), g.now)
    narrowed = request.args.get("company", "")
    wanted = (request.view_args or {}).get("company_id")
    if narrowed:
        if not narrowed.isdecimal() or len(narrowed) > 9:
            abort(404)
        whole.own(int(narrowed))
        wanted = int(narrowed) if wanted is None else wanted
    if wanted is not None:
        if wanted > _MOST_COMPANY_ID:
            abort(404)
        whole.own(wanted)
        whole = Desk(runtime, account, wanted, g.now)
    g.desk = whole
    return whole


def _refuse_crossing(
    runtime: Runtime, account: Account, company_id: int | None, now: datetime
) -> None:
    log.error(
        "cross-company access refused",
        extra={"operator_id": account.id, "company_id": company_id},
    )
    guard_events.record(
        runtime.database,
        kind="crossing",
        company_id=account.company_id,
        subject="dashboard",
        at=now,
        detail={"operator_id": account.id, "wanted_company_id": company_id},
    )
    abort(404)
