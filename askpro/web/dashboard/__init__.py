"""The operators' dashboard: pages made of panels, kept live by polling, usable without JavaScript.

::

    desk.py        who asks, whose rows they may see: the only place that decides it
    session.py     cookie and account; doors.py the pages around them
    panels/        what is shown, as data; templates/panels draws it
    live.py        panels as fragments, polled together
    pages.py       the screens, made of panels
    acts/          what an operator may do; acting.py asks for the reason and does it
    formats.py     JSON twins and CSV; exports.py lists and incidents as files
    language.py    German or English; words.py, sentences.py the operator's words
"""

from __future__ import annotations

from contextlib import ExitStack
from itertools import chain

import flask
from flask import Blueprint, Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from askpro.extensions import csrf
from askpro.guards.flask_limits import client_address
from askpro.services.runtime import Runtime
from askpro.store.reports.scope import one_session
from askpro.web.dashboard import acting, doors, exports, live, pages
from askpro.web.dashboard.assets import Assets, compress
from askpro.web.dashboard.desk import open_desk
from askpro.web.dashboard.filters import without_a_whole_number
from askpro.web.dashboard.formats import wants_json
from askpro.web.dashboard.language import register_language
from askpro.web.dashboard.panels import Drawings
from askpro.web.dashboard.security_headers import register_security_headers
from askpro.web.dashboard.session import account_here, register_sessions
from askpro.web.dashboard.shell import register_shell
from askpro.web.dashboard.trouble import register_trouble
from askpro.web.json import json_answer

#: A thousand chosen events are the longest form. Fields cost two microseconds each, before it is
#: known who sends them: five megabytes would hold a worker for seconds.
_LONGEST_FORM = 50_000
#: What is answered to people who are not signed in. Everything else is not.
PUBLIC = frozenset(
    {"dashboard.login", "dashboard.welcome", "dashboard.asset", "dashboard.preferences"}
)


def register_dashboard(app: Flask) -> None:
    """Put the dashboard at ``/``."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)  # The API has keys, not cookies.
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # As long as the session it belongs to.
    csrf.init_app(app)
    register_sessions(app)
    register_language(app)
    register_security_headers(app)
    assets = Assets()
    app.extensions["askpro_drawings"] = Drawings()

    blueprint = Blueprint("dashboard", __name__)
    blueprint.before_request(_begin)
    blueprint.before_request(_keep_numbers_out_of_addresses)
    blueprint.before_request(_refuse_strange_fields)
    blueprint.before_request(csrf.protect)
    blueprint.before_request(_let_in)
    blueprint.after_request(compress)
    blueprint.teardown_request(_end_reading)
    blueprint.add_url_rule("/assets/<fingerprint>/<name>", "asset", assets.answer, methods=["GET"])
    doors.register_doors(blueprint)
    live.register_live(blueprint)
    pages.register_pages(blueprint)
    acting.register_acting(blueprint)
    exports.register_exports(blueprint)
    register_trouble(app, blueprint)
    register_shell(app, assets)
    app.register_blueprint(blueprint)
    limiter = app.extensions["askpro"].guards.limiter
    if limiter is not None:
        # Open tabs of people who are signed in ask all day; strangers are counted below.
        limiter.exempt(blueprint)


def _begin() -> None:
    runtime: Runtime = current_app.extensions["askpro"]
    g.now = runtime.clock.now()
    request.max_content_length = _LONGEST_FORM
    # Not by the name of session: that is a module of this package.
    g.has_acted = "_flashes" in flask.session


def _keep_numbers_out_of_addresses() -> Response | None:
    address = without_a_whole_number() if request.method == "GET" else None
    return redirect(address) if address else None


def _refuse_strange_fields() -> None:
    """A multipart form may bring parts without a name; who looks through a form expects texts. A
    null character is in no text of ours, and PostgreSQL would refuse to look for it."""
    if request.method == "POST" and None in request.form:
        abort(400)
    fields = chain(request.args.lists(), request.form.lists())
    given = chain.from_iterable(texts for _, texts in fields)
    if any("\x00" in text for text in chain([request.path], given)):
        abort(400)


def _end_reading(_: BaseException | None) -> None:
    reading: ExitStack | None = g.pop("reading", None)
    if reading is not None:
        reading.close()


def _let_in() -> Response | None:
    account = account_here()
    if account is None and request.endpoint != "dashboard.asset":
        runtime: Runtime = current_app.extensions["askpro"]
        runtime.guards.limits.check_address(client_address())
    if request.endpoint in PUBLIC:
        return None
    if account is not None:
        here = open_desk(account)
        if request.method == "GET":
            g.reading = ExitStack()
            g.reading.enter_context(one_session(here.runtime.database, here.scope))
        return None
    if request.method != "GET" or "HX-Request" in request.headers or wants_json():
        return json_answer({"status": "unauthorized", "message": "Please sign in."}, 401)
    return redirect(url_for("dashboard.login", next=request.full_path.rstrip("?")))
