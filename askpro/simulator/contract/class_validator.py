"""A refused request in the words of class-validator, which Cal.com answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

_CONSTRAINTS = {
    "extra_forbidden": ("whitelistValidation", "property {0} should not exist"),
    "missing": ("isDefined", "{0} should not be null or undefined"),
    "string_type": ("isString", "{0} must be a string"),
    "int_type": ("isInt", "{0} must be an integer number"),
    "bool_type": ("isBoolean", "{0} must be a boolean value"),
    "literal_error": ("isEnum", "{0} must be one of the allowed values"),
    "string_pattern_mismatch": ("matches", "{0} must have the right form"),
}
_BY_PROPERTY = {
    "start": "isDateString",
    "slotStart": "isDateString",
    "phoneNumber": "isPhoneNumber",
    "email": "isEmail",
    "timeZone": "isTimeZone",
}


def class_validator_errors(failed: ValidationError, body: Any) -> list[dict[str, Any]]:
    """A pydantic refusal in the shape of Cal.com's ``error.details.errors``.

    Echoes ``target`` and ``value``, personal data included, exactly because Cal.com does.
    """
    roots: list[dict[str, Any]] = []
    for error in failed.errors(include_url=False, include_context=False):
        path = [str(part) for part in error["loc"]] or ["body"]
        if "Location" in path or path[-1] in ("str", "Location"):
            path = path[:1]
        _graft(roots, path, error["type"], error["msg"], body)
    return roots


def _graft(
    level: list[dict[str, Any]], path: Sequence[str], kind: str, text: str, target: Any
) -> None:
    name, rest = path[0], path[1:]
    node = next((known for known in level if known["property"] == name), None)
    value = target.get(name) if isinstance(target, Mapping) else None
    if node is None:
        node = {
            "property": name,
            "constraints": {},
            "children": [],
            "target": target,
            "value": value,
        }
        level.append(node)
    if rest:
        _graft(node["children"], rest, kind, text, value)
        return
    constraint, words = _CONSTRAINTS.get(kind, ("isValid", "{0} " + _plain(text)))
    node["constraints"][_BY_PROPERTY.get(name, constraint)] = words.format(name)


def _plain(text: str) -> str:
    return text.removeprefix("Value error, ").replace("{", "(").replace("}", ")")
