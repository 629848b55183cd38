"""Operators' commands for the running instance.

In embedded mode the guards live in the gateway's memory, so ``flask breaker``, ``flask limits`` and
``flask doctor`` ask the gateway itself: over a loopback route, with a token signed by SECRET_KEY
that is good for a minute. In cluster mode the same functions act on Redis from where they are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import requests
from itsdangerous import BadSignature, URLSafeTimedSerializer

from askpro.errors import AskProError
from askpro.services.doctor.inside import TRIALS
from askpro.services.runtime import Runtime

PATH = "/api/_control"
#: The one command that the web answers itself: the rules and methods of its URL map.
ROUTES = "routes"
_SALT = "askpro control"
_GOOD_FOR_SECONDS = 60
_PATIENCE_SECONDS = 30

log = logging.getLogger(__name__)

Command = Callable[[Runtime, Mapping[str, Any]], Any]


class NoInstance(AskProError):
    """No running gateway answered; the text names the address."""


def _breaker_status(runtime: Runtime, given: Mapping[str, Any]) -> Any:
    return runtime.guards.circuits.status(given.get("name"))


def _breaker_reset(runtime: Runtime, given: Mapping[str, Any]) -> Any:
    return runtime.guards.circuits.reset(given.get("name"))


def _limits_show(runtime: Runtime, given: Mapping[str, Any]) -> Any:
    return runtime.guards.limits.show(given["call_id"])


def _limits_clear(runtime: Runtime, given: Mapping[str, Any]) -> Any:
    return runtime.guards.limits.clear(given["call_id"])


def _answers_forget(runtime: Runtime, given: Mapping[str, Any]) -> Any:
    return runtime.guards.replays.forget(str(value) for value in given["values"])


def _directory_changed(runtime: Runtime, given: Mapping[str, Any]) -> Any:
    runtime.directory.changed()
    return True


COMMANDS: dict[str, Command] = {
    **{f"doctor {name}": trial for name, trial in TRIALS.items()},
    "directory changed": _directory_changed,
    "answers forget": _answers_forget,
    "breaker status": _breaker_status,
    "breaker reset": _breaker_reset,
    "limits show": _limits_show,
    "limits clear": _limits_clear,
}


def run(runtime: Runtime, command: str, given: Mapping[str, Any], url: str | None = None) -> Any:
    """Run a command where the guards are: here in cluster mode, else in the gateway at ``url``.

    The default address is that of HOST and PORT. Raises :class:`NoInstance`.
    """
    if not runtime.settings.embedded and url is None:
        return COMMANDS[command](runtime, given)
    return ask(runtime, command, given, url)


def tell_directory(runtime: Runtime) -> None:
    """A command has changed companies: a running gateway looks them up anew."""
    try:
        run(runtime, "directory changed", {})
    except NoInstance:
        log.debug("no running gateway to tell")


def ask(
    runtime: Runtime,
    command: str,
    given: Mapping[str, Any],
    url: str | None,
    session: requests.Session | None = None,
) -> Any:
    """Ask the running gateway. A ``session`` that keeps its connection stays with one worker."""
    address = address_of(runtime, url)
    try:
        response = (session or local_session()).post(
            address + PATH,
            json={"command": command, "given": dict(given)},
            headers={"Authorization": f"Bearer {_serializer(runtime).dumps(command)}"},
            timeout=_PATIENCE_SECONDS,
        )
        response.raise_for_status()
        return response.json()["result"]
    except (requests.RequestException, ValueError, KeyError) as why:
        raise NoInstance(
            f"No gateway of this installation answers at {address} ({type(why).__name__}). "
            "Start it, or name it with --url."
        ) from None


def address_of(runtime: Runtime, url: str | None = None) -> str:
    """Where the running gateway is: ``url``, or what HOST and PORT say."""
    settings = runtime.settings
    return (url or f"http://{settings.host}:{settings.port}").rstrip("/")


def local_session() -> requests.Session:
    """One that goes straight to this machine, whatever proxy the environment names."""
    session = requests.Session()
    session.trust_env = False
    return session


def command_of(runtime: Runtime, token: str) -> str | None:
    """The command that ``token`` was made for with this installation's secret, just now."""
    try:
        return str(_serializer(runtime).loads(token, max_age=_GOOD_FOR_SECONDS))
    except BadSignature:
        return None


def _serializer(runtime: Runtime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(runtime.settings.secret_key, salt=_SALT)
