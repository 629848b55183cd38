"""The list of acts: what each needs, what it says before it is done, and what does it.

An act is confirmed on a page of its own (or in a dialog over the page): who is affected, what will
happen, why. Only then, with the reason and the form's token, is it done and audited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from askpro.web.dashboard.desk import Desk

Values = MultiDict[str, str]


class NothingChosen(Exception):
    """The form names nothing to act on, or nothing fits its filters."""


@dataclass(frozen=True)
class Choice:
    """Something to choose in the form: ``options`` are (value, title)."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Prospect:
    """What the act would do, for the confirmation. ``facts`` are (title, value) about its target;
    ``rows`` a dry run, one line each; ``hidden`` goes through the form unchanged."""

    about: str
    effect: str
    facts: tuple[tuple[str, Any], ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    choice: Choice | None = None
    hidden: tuple[tuple[str, str], ...] = ()


Preview = Callable[[Desk, Values], Prospect]


@dataclass(frozen=True)
class Act:
    """``prospect`` raises :class:`~askpro.services.actions.NotThere` for what is not the person's,
    :class:`~askpro.services.actions.TooLate` for what was settled meanwhile and
    :class:`NothingChosen`; ``perform`` does it and answers the sentence to show afterwards."""

    name: str
    title: Any
    button: Any
    prospect: Preview
    perform: Callable[[Desk, Values, str], str]
    danger: bool = False
    back: str = "dashboard.now"


ACTS: dict[str, Act] = {}


def act(
    name: str,
    title: Any,
    button: Any,
    prospect: Preview,
    *,
    danger: bool = False,
    back: str = "dashboard.now",
) -> Callable[[Callable[[Desk, Values, str], str]], Callable[[Desk, Values, str], str]]:
    """Register the decorated function as what performs the act ``name``."""

    def register(perform: Callable[[Desk, Values, str], str]) -> Callable[..., str]:
        ACTS[name] = Act(name, title, button, prospect, perform, danger, back)
        return perform

    return register


def whole(values: Values, name: str) -> int | None:
    """A whole number out of the form or the address; None where there is none."""
    value = values.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 16 else None


__all__ = [
    "ACTS",
    "Act",
    "Choice",
    "NothingChosen",
    "Preview",
    "Prospect",
    "Values",
    "act",
    "whole",
]
