"""The session of an operator: a signed cookie, an account looked up behind it, and their end.

The cookie carries who signed in, when, and the account's epoch; raising the epoch ends it. While
the database is away the cookie alone speaks for the person: they may look, not act.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Request, Response, current_app, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import UserMixin, login_user, logout_user
from flask_login import current_user as signed_in
from sqlalchemy.exc import SQLAlchemyError

from askpro.extensions import login
from askpro.services import operators
from askpro.services.operators import Account
from askpro.services.runtime import Runtime
from askpro.web.dashboard.kept import Kept

log = logging.getLogger(__name__)

_WHO, _SINCE = "who", "since"
#: Seconds for which an account that was just looked up is believed: an ended one lives so long.
_BELIEVED = 2.0


class SignedIn(UserMixin):
    """Flask-Login's view of an account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return f"{self.account.id}:{self.account.epoch}"


class SessionCookie(SecureCookieSessionInterface):
    """The cookie is ``Secure``, and its name says so to the browser, wherever the page is HTTPS."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Whoever sends no cookie has nothing to verify: Retell and Cal.com never do."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nobody looked at it: there is nothing to save, nor to tell caches."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)

    def get_cookie_secure(self, app: Flask) -> bool:
        from flask import request

        return request.is_secure

    def get_cookie_name(self, app: Flask) -> str:
        from flask import request

        return "__Host-askpro" if request.is_secure else "askpro"

    def get_cookie_httponly(self, app: Flask) -> bool:
        return True

    def get_cookie_samesite(self, app: Flask) -> str:
        return "Lax"


def register_sessions(app: Flask) -> None:
    """Bind Flask-Login and the cookie to the app."""
    app.session_interface = SessionCookie()
    app.extensions["askpro_believed"] = Kept(1000, _BELIEVED)
    login.init_app(app)
    # Nobody is remembered longer than the session; looking for it would touch the session of every
    # request, which then had to be saved and told to caches.
    app.after_request_funcs[None].remove(login._update_remember_cookie)
    login.session_protection = None  # The epoch ends sessions; addresses of phones change.
    login.user_loader(_load)


def begin(runtime: Runtime, account: Account) -> None:
    """Sign in: nothing of the session before is kept."""
    session.clear()
    session[_SINCE] = int(runtime.clock.now().timestamp())
    session[_WHO] = {
        "username": account.username,
        "role": account.role,
        "company_id": account.company_id,
    }
    login_user(SignedIn(account))


def end(runtime: Runtime, account: Account) -> None:
    """Sign out, everywhere."""
    operators.end_sessions(runtime, account)
    _believed().clear()
    logout_user()
    session.clear()


def account_here() -> Account | None:
    """Who is signed in on this request."""
    return signed_in.account if signed_in.is_authenticated else None


def _load(key: str) -> SignedIn | None:
    runtime: Runtime = current_app.extensions["askpro"]
    operator_id, _, epoch = key.partition(":")
    since = session.get(_SINCE)
    hours = runtime.settings.dashboard_session_hours
    if not since or runtime.clock.now().timestamp() - since > hours * 3600:
        return None
    known = _believed().get(key)
    if known is not None:
        return SignedIn(known)
    try:
        account = operators.recall(runtime, int(operator_id), int(epoch))
    except SQLAlchemyError as error:
        log.warning("sessions go unchecked", extra={"error": type(error).__name__})
        return _uncertain(int(operator_id), int(epoch), session.get(_WHO) or {})
    return SignedIn(_believed().put(key, account)) if account else None


def _believed() -> Kept[str, Account]:
    """The accounts of this app that were just looked up, by their key in the cookie."""
    kept: Kept[str, Account] = current_app.extensions["askpro_believed"]
    return kept


def _uncertain(operator_id: int, epoch: int, who: dict[str, Any]) -> SignedIn | None:
    """Whom the signed cookie names, as a viewer."""
    if not who:
        return None
    return SignedIn(
        Account(operator_id, who["username"], "viewer", who["company_id"], epoch, certain=False)
    )
