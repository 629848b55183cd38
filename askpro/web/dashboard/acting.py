"""Acting: a page that says what would happen and asks why, and the deed behind its form."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from askpro.services.actions import NotThere, TooLate
from askpro.web.dashboard.acts import ACTS, Act, NothingChosen, Prospect
from askpro.web.dashboard.desk import Desk, desk
from askpro.web.dashboard.doors import safe_target
from askpro.web.dashboard.texts import gettext

LEAST_REASON, MOST_REASON = 3, 500

Answer = Response | str | tuple[str, int]


def register_acting(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/act/<name>", "act", confirm, methods=["GET"])
    blueprint.add_url_rule("/act/<name>", "do", perform, methods=["POST"])


def confirm(name: str) -> Answer:
    """What the act would do, and the form for the reason."""
    here, act = _allowed(name)
    return _page(act, _prospect(here, act))


def perform(name: str) -> Answer:
    """The act itself; back to where the person came from."""
    here, act = _allowed(name)
    reason = " ".join(request.form.get("reason", "").split())
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        problem = gettext("Please say why, in a few words.")
        return _page(act, _prospect(here, act), problem), 400
    try:
        done = act.perform(here, request.values, reason)
    except NotThere:
        abort(404)
    except (TooLate, NothingChosen) as why:
        done = _why_not(why)
    flash(done)
    return redirect(_back(act), 303)


def _allowed(name: str) -> tuple[Desk, Act]:
    here = desk()
    act = ACTS.get(name)
    if act is None:
        abort(404)
    if not here.account.certain:
        abort(503)
    if not here.may_act:
        abort(403)
    return here, act


def _prospect(here: Desk, act: Act) -> Prospect:
    try:
        return act.prospect(here, request.values)
    except NotThere:
        abort(404)
    except (TooLate, NothingChosen) as why:
        if "HX-Request" in request.headers:
            abort(404)  # No dialog: the browser goes to this address, and so to the sentence.
        flash(_why_not(why))
        abort(redirect(_back(act)))


def _why_not(why: TooLate | NothingChosen) -> str:
    if isinstance(why, NothingChosen):
        return gettext("Nothing was done: nothing is selected, or nothing fits.")
    return gettext("Nothing was done: somebody else was faster, or it has settled by itself.")


def _page(act: Act, prospect: Prospect, problem: str | None = None) -> str:
    # In a dialog over the page there is no second frame around it.
    in_dialog = "HX-Request" in request.headers
    return render_template(
        "parts/confirm.html" if in_dialog else "pages/act.html",
        act=act,
        prospect=prospect,
        problem=problem,
        reason=request.form.get("reason", ""),
        back=_back(act),
        in_dialog=in_dialog,
    )


def _back(act: Act) -> str:
    """Where the person came from; the page of the act where the browser does not tell."""
    given = request.values.get("back")
    try:
        came_from = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    except ValueError:
        came_from = urlsplit("")
    if not given and came_from.netloc == request.host and not came_from.path.startswith("/act/"):
        given = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return safe_target(given or url_for(act.back))
