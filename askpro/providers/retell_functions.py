"""A function call of a Retell agent, out of any envelope it comes in (wire.md §3 and §10).

============================================  =======================================
``{name, call{…}, args{…}}``                  Retell's own
``{function_name | function, parameters,      older dispatchers; ``parameters`` or
call_id}``                                    ``args`` may be a JSON string
``{call_id, args{…}}``                        the route names the function
``{service, date, name, …}``                  flat, "args only": the route names the
                                              function and ``name`` is the customer's
form bodies                                   any of these, ``parameters[date]=…``
============================================  =======================================

Only typed, known fields leave this module. The transcript that Retell sends along with every call
is parsed and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from askpro.errors import BadRequest, TooLarge
from askpro.providers import fields, retell_arguments
from askpro.providers.form_body import is_form, load_form
from askpro.providers.json_body import load_object
from askpro.providers.retell_arguments import Argument

_LONGEST_ID = 100
_LONGEST_JSON_TEXT = 100_000
_NAME_KEYS = ("function_name", "function", "name")
_ARGUMENT_KEYS = ("args", "parameters", "arguments")
_ENVELOPE_KEYS = frozenset({"call", "call_id", "function_name", "function"})
#: What language models and testers write where a call id belongs (retell.md §3). They are not
#: ids: all calls would share them.
_INVENTED_IDS = frozenset(
    {"none", "null", "undefined", "unknown", "current", "current_call", "call_id", "dummy_call_id"}
)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What Retell says about the call. None where it says nothing: web calls have no numbers.

    ``call_id`` is the envelope's; an id among the arguments is never believed.
    """

    call_id: str | None = None
    agent_id: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    direction: str | None = None
    call_type: str | None = None

    @property
    def company_number(self) -> str | None:
        """The number that tells the company: the called one, or our own when we call out."""
        return self.from_number if self.direction == "outbound" else self.to_number

    @property
    def customer_number(self) -> str | None:
        """The customer's number as the carrier sent it; may be ``anonymous``."""
        return self.to_number if self.direction == "outbound" else self.from_number


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """``name`` is ours where ``known``, else what the agent wrote (escape it), else empty.

    ``args`` hold our names only, see :func:`retell_arguments.read_arguments`. ``envelope`` is
    retell, legacy, args or flat. ``invocation_id`` is Retell's id of this very call of the
    function, where the transcript carried it. ``warnings`` are words for the log, never values.
    """

    name: str
    known: bool
    args: dict[str, Argument]
    call: CallFacts
    envelope: str
    invocation_id: str | None = None
    warnings: tuple[str, ...] = ()


def parse_function_call(
    raw: bytes, content_type: str | None = None, route_function: str | None = None
) -> FunctionCall:
    """Read the body of a function route. Call it only after the signature was verified.

    ``route_function`` is our name of the function on a route of its own (it then decides), None on
    the dispatching one. A signature says nothing of the route, so what was signed for another one,
    an event or another function, is refused. Raises :class:`BadRequest` naming the field that
    cannot be read, or :class:`~askpro.errors.TooLarge`.
    """
    body = load_form(raw, content_type) if is_form(raw, content_type) else load_object(raw)
    if "event" in body:
        raise BadRequest(field="event")
    call = _object(body, "call")
    envelope, heard, given = _unwrap(body, call, route_function)
    warnings: tuple[str, ...] = ()
    meant = retell_arguments.function_name(heard)
    name = route_function or meant
    if route_function and heard and meant != route_function:
        if envelope != "flat" and meant in retell_arguments.FUNCTIONS:
            raise BadRequest(field="name")
        warnings = ("name_differs_from_route",)
    args, more = retell_arguments.read_arguments(name, given)
    return FunctionCall(
        name=name,
        known=name in retell_arguments.FUNCTIONS,
        args=args,
        call=call_facts(call, outer_id=body.get("call_id")),
        envelope=envelope,
        invocation_id=_invocation_id(call, heard),
        warnings=warnings + more,
    )


def call_facts(call: dict[str, Any] | None, *, outer_id: object = None) -> CallFacts:
    """The facts of Retell's ``call`` object; ``outer_id`` is the ``call_id`` beside it, if any.

    Raises :class:`BadRequest` where a fact of ``call`` is not a text. The outer id may be a
    language model's, so a strange one is only ignored.
    """
    if not call:
        return CallFacts(call_id=_believable_id(outer_id))
    return CallFacts(
        call_id=fields.identifier(_fact(call, "call_id")) or _believable_id(outer_id),
        agent_id=fields.token(_fact(call, "agent_id")),
        from_number=_fact(call, "from_number"),
        to_number=_fact(call, "to_number"),
        direction=fields.token(_fact(call, "direction")),
        call_type=fields.token(_fact(call, "call_type")),
    )


def _believable_id(outer_id: object) -> str | None:
    """An id outside of Retell's ``call``, unless it is a placeholder that any call may show."""
    call_id = fields.token(outer_id, _LONGEST_ID)
    if call_id is None or call_id.lower() in _INVENTED_IDS:
        return None
    counted = call_id.lower().removeprefix("call").lstrip("_-")
    return None if len(counted) <= 6 and counted.isdigit() else call_id


def _unwrap(
    body: dict[str, Any], call: dict[str, Any] | None, route_function: str | None
) -> tuple[str, str, dict[str, Any]]:
    """(envelope, name as heard, arguments as given)."""
    for key in _ARGUMENT_KEYS:
        if key in body:
            given = _object(body, key) or {}
            heard = _heard(body, _NAME_KEYS)
            if call:
                return "retell", heard, given
            return ("legacy" if heard else "args"), heard, given
    given = {key: value for key, value in body.items() if key not in _ENVELOPE_KEYS}
    heard = _heard(body, _NAME_KEYS[:2])
    name = body.get("name")
    if not heard and isinstance(name, str) and _names_a_function(name, route_function):
        del given["name"]
        heard = fields.text(name, _LONGEST_ID) or ""
    return "flat", heard, given


def _names_a_function(name: str, route_function: str | None) -> bool:
    """Whether the ``name`` of a flat body is a function's and not the customer's."""
    if retell_arguments.function_name(name) in retell_arguments.FUNCTIONS:
        return True
    # A route of its own has decided already; elsewhere Retell allows no blanks in a tool's name.
    return route_function is None and " " not in name.strip()


def _heard(body: dict[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = body.get(key)
        if value is not None and type(value) is not str:
            raise BadRequest(field=key)
        heard = fields.text(value, _LONGEST_ID)
        if heard:
            return heard
    return ""


def _object(body: dict[str, Any], key: str) -> dict[str, Any] | None:
    """The object at ``key``, also where it was sent as a JSON string; None for null and "".

    An object inside a text is counted by nobody before it is parsed, so its text has to be short.
    """
    value = body.get(key)
    if type(value) is str:
        if len(value) > _LONGEST_JSON_TEXT:
            raise TooLarge(field=key)
        value = (
            load_object(value.encode(), field=key) if value.strip() not in ("", "null") else None
        )
    if value is not None and type(value) is not dict:
        raise BadRequest(field=key)
    return value


def _fact(call: dict[str, Any], key: str) -> str | None:
    value = call.get(key)
    if value is None:
        return None
    if type(value) is not str or len(value) > _LONGEST_ID:
        raise BadRequest(field=f"call.{key}")
    return fields.text(value, _LONGEST_ID)


def _invocation_id(call: dict[str, Any] | None, heard: str) -> str | None:
    """The last entry of the live transcript is this very invocation (retell.md §3)."""
    turns = fields.items((call or {}).get("transcript_with_tool_calls"))
    last = fields.mapping(turns[-1]) if turns else fields.NOTHING
    if last.get("role") != "tool_call_invocation" or last.get("name") != heard:
        return None
    return fields.token(last.get("tool_call_id"), _LONGEST_ID)
