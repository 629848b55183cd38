"""Who asks, how often, and what they sent. Nothing is read before it is known who asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from flask import current_app, request
from pydantic import BaseModel, ValidationError

from askpro.errors import BadRequest, Unauthorized
from askpro.guards import RouteKind
from askpro.guards.flask_limits import client_address
from askpro.logs import bind_log_context
from askpro.services import tokens
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.web.api.problems import NotJson, NotThere, Unprocessable

Asked = TypeVar("Asked", bound=BaseModel)
_A_FIELD = re.compile(r"[A-Za-z][A-Za-z_-]{0,40}")


def opened(kind: RouteKind) -> tuple[Runtime, Office]:
    """The company of the bearer token, by its first branch; counted as ``kind``.

    Raises :class:`~askpro.errors.Unauthorized` and :class:`~askpro.errors.RateLimited`. Without a
    valid token the address is counted.
    """
    runtime: Runtime = current_app.extensions["askpro"]
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    company_id = None
    if scheme.lower() == "bearer" and token.strip():
        company_id = tokens.company_of(runtime, token.strip())
    office = runtime.directory.office(company_id) if company_id else None
    if office is None:
        runtime.guards.limits.check_address(client_address())
        raise Unauthorized("Der Zugangsschlüssel fehlt oder ist nicht gültig.")
    bind_log_context(company_id=office.company_id)
    runtime.guards.limits.check_route(office.company_id, kind)
    return runtime, office


def branch_of(runtime: Runtime, office: Office, branch_id: int | None) -> Office:
    """Another branch of the same company. Raises :class:`NotThere`."""
    if branch_id is None or branch_id == office.branch_id:
        return office
    branch = runtime.directory.office(office.company_id, branch_id)
    if branch is None:
        raise NotThere({"branch_id": ["Diese Filiale gibt es nicht."]})
    return branch


def body(schema: type[Asked], *, optional: bool = False) -> Asked:
    """The body as ``schema``; an empty one too where it is ``optional``.

    Raises :class:`NotJson`, :class:`~askpro.errors.BadRequest` where it is no JSON at all, and
    :class:`Unprocessable` naming the fields.
    """
    raw = request.get_data()
    if optional and not raw:
        return schema()
    if not request.is_json:
        raise NotJson
    try:
        return schema.model_validate_json(raw)
    except ValidationError as wrong:
        raise _refusal(wrong) from None


def query(schema: type[Asked]) -> Asked:
    """The query string as ``schema``. Raises :class:`Unprocessable`."""
    given = {name: request.args.getlist(name) for name in request.args}
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise Unprocessable(_each(twice, "Input should be given once"))
    try:
        return schema.model_validate_strings({name: value for name, (value,) in given.items()})
    except ValidationError as wrong:
        raise _refusal(wrong) from None


def _refusal(wrong: ValidationError) -> BadRequest | Unprocessable:
    found = wrong.errors(include_url=False, include_input=False, include_context=False)
    if any(each["type"] == "json_invalid" for each in found):
        return BadRequest()
    errors: dict[str, list[str]] = {}
    for each in found:
        field = ".".join(map(_named, each["loc"]))[:100] or "body"
        errors.setdefault(field, []).append(each["msg"])
    return Unprocessable(errors)


def _each(names: Iterable[str], message: str) -> dict[str, list[str]]:
    return {_named(name): [message] for name in names}


def _named(part: str | int) -> str:
    """A field by its name; what can be no field's may be anything, somebody's name too."""
    return str(part) if isinstance(part, int) or _A_FIELD.fullmatch(part) else "(unknown)"
