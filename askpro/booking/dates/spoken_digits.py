"""Hours and minutes that were spoken digit by digit: "eins vier Uhr drei null"."""

from __future__ import annotations

from askpro.booking.dates.tokens import Token

#: Heads of thirteen to eighteen that speech recognition may write apart ("vier Zehn Uhr"); "neun
#: zehn Uhr" are two hours.
_TEENS = frozenset({"drei", "vier", "funf", "acht"})


def are_minutes(token: Token, value: int) -> bool:
    """ "acht fünfzehn", "acht null fünf", "8 05": not "drei vier"."""
    return 10 <= value < 60 or (value < 10 and token.number == 0) or token.text.startswith("0")


def spelled_at(tokens: list[Token], i: int, *, before_uhr: bool = False) -> tuple[int, int] | None:
    """Two digits that were spoken one by one: "eins vier (Uhr)", "drei null", "null fünf".

    ``before_uhr``: "Uhr" has to follow, and neighbours are no pair of digits but a choice of two
    hours ("zwei, drei Uhr").
    """
    first, second = tokens[i], tokens[i + 1]
    if before_uhr and second.text == "zehn" and first.text in _TEENS and tokens[i + 2].means("uhr"):
        return (first.number or 0) + 10, i + 2
    if not (_is_digit(first) and _is_digit(second)) or first.kind != second.kind:
        return None
    tens, units = first.number or 0, second.number or 0
    if tens > (2 if before_uhr else 5):
        return None
    if before_uhr and not tokens[i + 2].means("uhr"):
        return None
    value = tens * 10 + units
    if before_uhr and (value > 24 or (tens == 2 and units == 3)):
        return None
    return value, i + 2


def hour_of_four(tokens: list[Token], i: int) -> tuple[int, int] | None:
    """The hour of "eins vier drei null": four digits that were spoken one by one."""
    hour, minutes = spelled_at(tokens, i), spelled_at(tokens, i + 2)
    return hour if hour and minutes and hour[0] <= 24 else None


def _is_digit(token: Token) -> bool:
    return (
        token.number is not None
        and token.number < 10
        and (token.kind == "word" or (token.kind == "number" and len(token.text) == 1))
    )
