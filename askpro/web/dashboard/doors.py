"""The doors of the dashboard: sign in, take up an invitation, sign out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from askpro.errors import InvalidInput, RateLimited, Unauthorized
from askpro.guards.flask_limits import client_address
from askpro.services import operators
from askpro.services.runtime import Runtime
from askpro.web.dashboard import session
from askpro.web.dashboard.language import LANGUAGE_COOKIE, LANGUAGES, THEME_COOKIE, THEMES
from askpro.web.dashboard.texts import gettext, ngettext

Answer = Response | str | tuple[str, int]


def register_doors(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/login", "login", sign_in, methods=["GET", "POST"])
    blueprint.add_url_rule("/welcome", "welcome", welcome, methods=["GET", "POST"])
    blueprint.add_url_rule("/logout", "logout", sign_out, methods=["POST"])
    blueprint.add_url_rule("/preferences", "preferences", preferences)


def sign_in() -> Answer:
    """Name and password. Says the same whether the name or the password is wrong."""
    target = safe_target(request.values.get("next"))
    if request.method == "GET":
        if session.account_here() is not None:
            return redirect(target)
        return render_template("login.html", target=target, username="")
    username = request.form.get("username", "")
    password = request.form.get("password", "")
    try:
        account = operators.sign_in(_runtime(), username, password, client_address())
    except Unauthorized:
        problem, status = gettext("This name and password do not belong together."), 401
    except RateLimited as wait:
        problem, status = _too_many(wait), 429
    except SQLAlchemyError:
        problem, status = _no_database(), 503
    else:
        session.begin(_runtime(), account)
        return redirect(target, 303)
    page = render_template("login.html", target=target, username=username, problem=problem)
    return page, status


def welcome() -> Answer:
    """The one-time code of ``flask operator add`` becomes a password of the person's own."""
    name = request.values.get("name", "")[:120]
    if request.method == "GET":
        return render_template("welcome.html", username=name, least=operators.LEAST_PASSWORD)
    password = request.form.get("password", "")
    problem, status = None, 400
    if password != request.form.get("again", ""):
        problem = gettext("The two passwords differ.")
    else:
        try:
            account = operators.accept_invitation(
                _runtime(), name, request.form.get("code", ""), password, client_address()
            )
        except InvalidInput as wrong:
            problem = _password_problem(wrong)
        except Unauthorized:
            problem = gettext("This code is wrong, used or older than a day.")
            status = 401
        except RateLimited as wait:
            problem, status = _too_many(wait), 429
        except SQLAlchemyError:
            problem, status = _no_database(), 503
        else:
            session.begin(_runtime(), account)
            flash(gettext("Your password is set."))
            return redirect(url_for("dashboard.now"), 303)
    page = render_template(
        "welcome.html", username=name, problem=problem, least=operators.LEAST_PASSWORD
    )
    return page, status


def sign_out() -> Answer:
    account = session.account_here()
    if account is not None:
        session.end(_runtime(), account)
    answer = redirect(url_for("dashboard.login"), 303)
    # Pages and what scripts kept; language and appearance are cookies and stay.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def preferences() -> Answer:
    """Language and appearance, kept in cookies for a year; no secret, no person."""
    answer = redirect(safe_target(request.args.get("back")), 303)
    for name, cookie, allowed in (
        ("lang", LANGUAGE_COOKIE, LANGUAGES),
        ("theme", THEME_COOKIE, THEMES),
    ):
        chosen = request.args.get(name)
        if chosen is not None and chosen in allowed:
            answer.set_cookie(
                cookie,
                chosen,
                max_age=365 * 24 * 3600,
                secure=request.is_secure,
                httponly=True,
                samesite="Lax",
            )
    return answer


def safe_target(wanted: str | None) -> str:
    """A path of our own, whatever the address asks for: nobody is sent to another host."""
    here = url_for("dashboard.now")
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return here
    # Before it is taken apart: that overlooks tabs and line breaks, as browsers do.
    if any(ord(letter) < 32 for letter in wanted):
        return here
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc:
        return here
    return wanted


def _password_problem(wrong: InvalidInput) -> str:
    if wrong.sentence == "username":
        return gettext("The password must not be your name.")
    return str(
        gettext(
            "The password needs %(least)s to %(most)s characters.",
            least=operators.LEAST_PASSWORD,
            most=operators.MOST_PASSWORD,
        )
    )


def _too_many(wait: RateLimited) -> str:
    return str(
        ngettext(
            "Too many tries. Please try again in a minute.",
            "Too many tries. Please try again in %(num)s minutes.",
            max(1, -(-wait.retry_after // 60)),
        )
    )


def _no_database() -> str:
    return gettext("The database does not answer. Nobody can sign in until it is back.")


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime
