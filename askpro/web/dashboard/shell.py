"""What every page has around it: navigation, language, theme, and the words of the scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import generate_csrf

from askpro.web.dashboard.assets import Assets
from askpro.web.dashboard.language import LANGUAGES, THEME_COOKIE, THEMES, zone
from askpro.web.dashboard.live import drawn_panel
from askpro.web.dashboard.words import tone, word


@dataclass(frozen=True)
class Entry:
    """One line of the navigation. ``below`` are endpoints that belong to it."""

    endpoint: str
    title: Any
    icon: str
    below: tuple[str, ...] = ()
    installation: bool = False


NAVIGATION = (
    Entry("dashboard.now", _("Now"), "pulse"),
    Entry("dashboard.calls", _("Calls"), "phone", ("dashboard.call",)),
    Entry("dashboard.appointments", _("Appointments"), "calendar"),
    Entry("dashboard.protection", _("Protection"), "shield"),
    Entry("dashboard.cache", _("Cache"), "layers"),
    Entry("dashboard.events", _("Events"), "inbox"),
    Entry("dashboard.alerts", _("Alerts"), "bell"),
    Entry("dashboard.companies", _("Companies"), "building", ("dashboard.company",)),
    Entry("dashboard.privacy", _("Privacy"), "eye"),
    Entry("dashboard.audit", _("Audit"), "list"),
    Entry("dashboard.system", _("System"), "server", ("dashboard.performance",)),
)


def register_shell(app: Flask, assets: Assets) -> None:
    """Give the templates what they share."""
    app.jinja_env.globals.update(
        asset=assets.url,
        csrf_token=generate_csrf,
        drawn_panel=drawn_panel,
        panel_filters=panel_filters,
        tone=tone,
        word=word,
        here=here,
        page_here=page_here,
        LANGUAGES=LANGUAGES,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(_shell)


def _shell() -> dict[str, Any]:
    theme = request.cookies.get(THEME_COOKIE, "auto")
    desk = g.get("desk")
    return {
        "desk": desk,
        "locale": str(get_locale() or "de"),
        "theme": theme if theme in THEMES else "auto",
        "zone": zone(),
        "navigation": [
            entry for entry in NAVIGATION if desk and (desk.sees_all or not entry.installation)
        ],
    }


def here(**changed: Any) -> str:
    """The address of this page with some of its filters changed; None takes one away."""
    args = {**_given(), **(request.view_args or {}), **changed}
    return url_for(
        str(request.endpoint), **{name: value for name, value in args.items() if value is not None}
    )


def page_here(endpoint: str, **changed: Any) -> str:
    """The address of a page with the filters of this request, some of them changed: for panels,
    which are also drawn at addresses of their own."""
    args = {**panel_filters(), **changed}
    return url_for(endpoint, **{name: value for name, value in args.items() if value is not None})


def _given() -> dict[str, str]:
    """What stands in the address and may stand in others. Flask would take ``_external``,
    ``_method`` and the like, and an ``endpoint``, for orders and not for filters."""
    return {
        name: value
        for name, value in request.args.items()
        if not name.startswith("_") and name != "endpoint"
    }


#: Parts of an address that are about the page, not about what its panels show; "name" is what
#: panels, acts and exports are called in theirs.
_OF_THE_PAGE = frozenset({"lang", "refresh", "format", "panels", "name"})


def panel_filters(**more: Any) -> dict[str, Any]:
    """What the panels of this page are narrowed by, as parts of their own addresses."""
    shown = {name: value for name, value in _given().items() if name not in _OF_THE_PAGE}
    path = dict(request.view_args or {})
    if "company_id" in path:
        path["company"] = path.pop("company_id")
    path.pop("name", None)
    return {**shown, **path, **more}
