"""The screens. Each is a template made of panels; what they show is asked in :mod:`.panels`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from askpro.services import actions
from askpro.web.dashboard import filters
from askpro.web.dashboard.desk import desk
from askpro.web.dashboard.words import WORDS


@dataclass(frozen=True)
class Screen:
    """A page that is its panels and, above them, the filters that the address carries."""

    endpoint: str
    path: str
    panels: tuple[str, ...]
    installation: bool = False


SCREENS = (
    Screen(
        "now",
        "/",
        ("situation", "figures", "breaker", "cache", "limits", "todo", "work", "recent"),
    ),
    Screen("calls", "/calls", ("calls",)),
    Screen("call", "/companies/<int:company_id>/calls/<call_id>", ("call", "waterfall")),
    Screen("appointments", "/appointments", ("doubts", "callbacks", "findings", "appointments")),
    Screen("protection", "/protection", ("breaker", "limits", "guard_events")),
    Screen("cache", "/cache", ("cache", "cache_companies")),
    Screen("events", "/events", ("queue", "events")),
    Screen("companies", "/companies", ("companies",)),
    Screen("company", "/companies/<int:company_id>", ("company", "cache")),
    Screen("privacy", "/privacy", ("leaks", "kept", "privacy_actions")),
    Screen("audit", "/audit", ("audit",)),
    Screen("alerts", "/alerts", ("alerts", "past_alerts")),
    Screen("system", "/system", ("checks", "doctor", "workers", "settings")),
    Screen("performance", "/performance", ("routes", "slow")),
)


def register_pages(blueprint: Blueprint) -> None:
    for screen in SCREENS:
        blueprint.add_url_rule(screen.path, screen.endpoint, _view(screen))


def _view(screen: Screen) -> Any:
    def show(**_: Any) -> str | Response:
        here = desk()
        if screen.endpoint == "companies" and here.account.company_id is not None:
            # Who belongs to one company has no list of them.
            return redirect(url_for("dashboard.company", company_id=here.account.company_id))
        if screen.endpoint == "system" and not here.sees_all:
            return redirect(url_for("dashboard.performance"))
        shown = tuple(name for name in screen.panels if here.sees_all or name not in _ABOVE_ALL)
        return render_template(
            f"pages/{screen.endpoint}.html",
            panels=(*shown, "alerts") if "alerts" not in shown else shown,
            words=WORDS,
            spans=tuple(filters.SPANS),
            arg=filters.arg,
            modes=actions.MODES,
            companies=_choices() if screen.endpoint in _NARROWED_BY_COMPANY else [],
            company_name=_company_name(),
        )

    return show


#: Screens whose filters offer the companies.
_NARROWED_BY_COMPANY = frozenset({"calls", "appointments", "events", "audit"})
#: Panels of the installation, left out for people of one company.
_ABOVE_ALL = frozenset({"checks", "doctor", "workers", "routes", "settings"})


def _choices() -> list[tuple[int, str]]:
    """The companies that a filter offers; none while the database is away."""
    here = desk()
    nothing: list[tuple[int, str]] = []
    return here.unless_down(here.companies_to_choose, nothing)


def _company_name() -> str | None:
    """The name of the one company that the page is about, for its heading."""
    here = desk()
    company_id = here.company_id
    if company_id is None:
        return None
    nothing: dict[int, str] = {}
    names = here.unless_down(lambda: here.company_names([company_id]), nothing)
    if not names and "company_id" in (request.view_args or {}):
        abort(404)
    return names.get(company_id)
