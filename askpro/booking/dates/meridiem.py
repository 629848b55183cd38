"""The half of the day as programs and English speakers say it: "3 pm", "9:30 a.m."."""

from __future__ import annotations

from dataclasses import replace

from askpro.booking.dates.clock import NOON, Clock
from askpro.booking.dates.tokens import Token


def meridiem_at(tokens: list[Token], j: int) -> tuple[str, int] | None:
    """ "pm", "p.m." or an English "am", which is no German "am" before a day."""
    text = tokens[j].text
    if text in ("p", "a") and tokens[j + 1].text == "." and tokens[j + 2].text == "m":
        end = j + 4 if tokens[j + 3].text == "." else j + 3
        return ("pm" if text == "p" else "am"), end
    if text == "pm":
        return "pm", j + 1
    if text != "am":
        return None
    after = tokens[j + 1]
    if tokens[j].glued or after.kind in ("end", "punct", "clock"):
        return "am", j + 1
    return None


def with_meridiem(tokens: list[Token], clock: Clock, end: int) -> tuple[Clock, int]:
    found = meridiem_at(tokens, end)
    if found is None or not clock.choices or clock.choices[0] >= NOON + 60:
        return clock, end
    half, after = found
    literal = clock.choices[0] % NOON
    return replace(clock, choices=(literal + NOON if half == "pm" else literal,)), after
