"""Live panels: each at an address of its own, and all of a page in one question.

A page asks for its panels together and names the versions that it shows; what has not changed is
not sent again, and when nothing has, the answer is an empty 204.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request

from askpro.web.dashboard.desk import Desk, desk
from askpro.web.dashboard.formats import json_twin, wants_json
from askpro.web.dashboard.language import clock
from askpro.web.dashboard.panels import Drawings, Drawn, panel_named

_MOST_AT_ONCE = 20
HAVE = "X-Have"
STANDS = "X-Stands"


def register_live(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/panels/<name>", view_func=one_panel)
    blueprint.add_url_rule("/live", view_func=changed_panels)


def drawn_panel(name: str) -> Drawn:
    """The panel as it stands, for the page that holds it."""
    here = desk()
    return drawings().draw(here, panel_named(here, name))


def drawings() -> Drawings:
    kept: Drawings = current_app.extensions["askpro_drawings"]
    return kept


def one_panel(name: str) -> Response:
    """The panel's markup, or its data as JSON; 304 when the reader has it."""
    here = desk()
    found = panel_named(here, name)
    if wants_json():
        return json_twin(here, name, found.load(here))
    drawn = drawings().draw(here, found)
    response = Response(drawn.html, mimetype="text/html")
    # An ETag must outlive the request, so the page may be kept, but never used unasked.
    response.headers["Cache-Control"] = "private, no-cache"
    _say_when(response, here, [drawn])
    response.set_etag(drawn.version)
    response.make_conditional(request)
    return response


def changed_panels() -> Response:
    """Those of ``?panels=a,b`` that differ from the versions in the header ``X-Have: a=1,b=2``."""
    here = desk()
    names = [each for each in request.args.get("panels", "").split(",") if each]
    if not 0 < len(names) <= _MOST_AT_ONCE:
        abort(404)
    have = dict(
        pair.partition("=")[::2] for pair in request.headers.get(HAVE, "").split(",") if pair
    )
    drawn = [drawings().draw(here, panel_named(here, name)) for name in names]
    changed = [each for each in drawn if have.get(each.panel.name) != each.version]
    if changed:
        response = Response(
            render_template("parts/changed_panels.html", drawn=changed), mimetype="text/html"
        )
    else:
        response = Response(status=204)
    _say_when(response, here, drawn)
    return response


def _say_when(response: Response, here: Desk, drawn: list[Drawn]) -> None:
    """When the panels stand; which of them do not, and why."""
    response.headers[STANDS] = clock(here.now)
    late: dict[str, Any] = {each.panel.name: each.trouble for each in drawn if each.trouble}
    if late:
        response.headers["X-Late"] = ",".join(f"{name}={why}" for name, why in late.items())
