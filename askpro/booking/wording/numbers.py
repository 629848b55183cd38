"""Numbers as a voice says them: cardinals, ordinals, prices, lengths of time."""

from __future__ import annotations

_ONES = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
]
_TENS = [
    "",
    "zehn",
    "zwanzig",
    "dreißig",
    "vierzig",
    "fünfzig",
    "sechzig",
    "siebzig",
    "achtzig",
    "neunzig",
]
MONTHS = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
_IRREGULAR_ORDINALS = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}


def cardinal(number: int) -> str:
    """0 to 999,999 in words, as counted: ``eins``, ``einundzwanzig``, ``zweitausendsechs``."""
    if not 0 <= number < 1_000_000:
        raise ValueError("only 0 to 999999 can be spoken")
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _below_thousand(rest)
    return before_noun(thousands) + "tausend" + (_below_thousand(rest) if rest else "")


def before_noun(number: int) -> str:
    """As :func:`cardinal`, but ``ein`` instead of ``eins``."""
    words = cardinal(number)
    return words[:-1] if words.endswith("eins") else words


def year(number: int) -> str:
    """``zweitausendsechsundzwanzig``, ``neunzehnhundertvierundachtzig``."""
    if 1100 <= number < 2000:
        hundreds, rest = divmod(number, 100)
        return _ONES[hundreds] + "hundert" + (_below_thousand(rest) if rest else "")
    return cardinal(number)


def ordinal(number: int, ending: str = "e") -> str:
    """``siebte`` (der), with ``ending`` "en" ``siebten`` (dem, am); 1 to 9999."""
    if number < 1:
        raise ValueError("ordinals begin at one")
    last = number % 100
    if last in _IRREGULAR_ORDINALS or 0 < last < 20:
        stem = _IRREGULAR_ORDINALS.get(last) or _ONES[last] + "t"
        head = cardinal(number - last) if number > last else ""
        return head + stem + ending
    return cardinal(number) + "st" + ending


def price(cents: int, *, accusative: bool = False) -> str:
    """``achtundvierzig Euro``, ``neunundvierzig Euro neunzig``, ``fünfzig Cent``.

    ``accusative`` for "für" and "wir berechnen": ``einen Euro``.
    """
    euros, rest = divmod(cents, 100)
    one = "einen" if accusative else "ein"
    if not euros and rest:
        return f"{one if rest == 1 else before_noun(rest)} Cent"
    whole = f"{one if euros == 1 else before_noun(euros)} Euro"
    return f"{whole} {cardinal(rest)}" if rest else whole


def length(minutes: int) -> str:
    """``fünfundvierzig Minuten``, ``eine Stunde``, ``anderthalb Stunden`` (accusative)."""
    hours, rest = divmod(minutes, 60)
    if minutes == 90:
        return "anderthalb Stunden"
    if minutes == 30:
        return "eine halbe Stunde"
    parts = []
    if hours:
        parts.append(counted(hours, "Stunde", "Stunden", "f"))
    if rest or not hours:
        parts.append(counted(rest, "Minute", "Minuten", "f"))
    return " und ".join(parts)


def counted(number: int, one: str, many: str, gender: str = "m") -> str:
    """``eine Stunde``, ``zwei Stunden``: number and noun in agreement (accusative)."""
    if number == 1:
        return {"f": "eine ", "m": "einen ", "n": "ein "}[gender] + one
    return f"{before_noun(number)} {many}"


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    return (before_noun(hundreds) + "hundert" if hundreds else "") + (
        _below_hundred(rest) if rest or not hundreds else ""
    )


def _below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    if not ones:
        return _TENS[tens]
    return f"{'ein' if ones == 1 else _ONES[ones]}und{_TENS[tens]}"
