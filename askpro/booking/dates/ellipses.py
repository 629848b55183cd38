"""Words left out because they were just said: "nicht diesen Freitag, sondern den nächsten".

The missing noun is written into the tokens before the grammar reads them, and the week after the
one that was refused is called "übernächste": "nächsten Freitag" could be the refused one itself.
"""

from __future__ import annotations

from askpro.booking.dates.lexicon import FILLERS, Sense, sense_of
from askpro.booking.dates.numbers import words
from askpro.booking.dates.tokens import Token

_JOINTS = words("sondern aber erst lieber den die das dem der dann eher") | {","}
_THE_ONE_AFTER = words("danach darauf drauf")
_HEADS_OF_PARTS = frozenset({"vor", "nach"})
_OR_AND = frozenset({"oder", "und", "bis"})
_MOST_JOINTS = 5
_IF = frozenset({"wenn", "falls"})
_ELSE = frozenset({"dann", ",", "eben", "halt"})
_GOES_ON = words("bitte wenn danke gern gerne geht ginge passt wäre")
_STEERING = ("or", "at", "around", "from", "until", "between", "correct", "not", "uhr")
_OVERNEXT = Sense("which", "overnext")
_CORRECTION = Token("word", "sondern", 0, sense=Sense("correct"))


def completed(tokens: list[Token]) -> list[Token]:
    """The tokens with the nouns that a contrast left out, and the tails of compounds."""
    tokens = _with_their_tails(_without_contractions(tokens))
    if not any(token.means("not") for token in tokens):
        return _with_the_noun_before(tokens)
    full: list[Token] = []
    day: Token | None = None
    i = 0
    while tokens[i].kind != "end":
        if tokens[i].means("weekday"):
            day = tokens[i]
        found = _contrast(tokens, i, day) if tokens[i].means("not") else None
        if found:
            full += found[0]
            i = found[1]
        else:
            full.append(tokens[i])
            i += 1
    return _with_the_noun_before(full + tokens[i:])


def _without_contractions(tokens: list[Token]) -> list[Token]:
    """ "Vorm ersten Advent" is before it, "Montag vorm." no; "wenn nicht, dann" is "oder"."""
    full: list[Token] = []
    for token, after, then in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.text == "vorm" and _is_named(after):
            token = Token("word", "vor", token.start)
        elif token.text in _IF and after.means("not") and _is_instead(then):
            token = Token("word", "oder", token.start, sense=sense_of("oder"))
            after.sense, after.text = None, ""
        full.append(token)
    return full + tokens[-2:]


def _is_instead(token: Token) -> bool:
    return token.text in _ELSE or token.means("weekday", "near")


def _is_named(token: Token) -> bool:
    """Whether a noun or its rank stands there, no small word and no time of day."""
    if token.kind != "word" or token.text in FILLERS:
        return token.rank is not None
    return token.rank is not None or (token.number is None and not token.means(*_STEERING))


def _with_their_tails(tokens: list[Token]) -> list[Token]:
    """ "Vor- oder Nachmittag", "Vor- und Nachmittage" in full."""
    full = list(tokens)
    for i, token in enumerate(tokens):
        if token.text in _HEADS_OF_PARTS and tokens[i + 1].glued and tokens[i + 1].text == "-":
            tail = tokens[i + 3]
            if tokens[i + 2].text in _OR_AND and tail.means("part") and "mittag" in tail.text:
                word = f"{token.text}mittag"
                full[i] = Token("word", word, token.start, sense=sense_of(word))
                full[i + 1] = Token("word", "", tokens[i + 1].start)
    return full


def _with_the_noun_before(tokens: list[Token]) -> list[Token]:
    """ "Nächste Woche, nee, übernächste", "diese Woche oder nächste": the noun is said once."""
    if sum(token.means("which") for token in tokens) < 2:
        return tokens
    full: list[Token] = []
    noun: Token | None = None
    turned = False
    for token, after in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        full.append(token)
        turned = turned or token.means("correct", "or")
        if token.means("which") and _is_noun(after):
            noun, turned = after, False
        elif token.means("which") and noun and turned and _needs_a_noun(after):
            full.append(noun)
            turned = False
    return full


def _needs_a_noun(after: Token) -> bool:
    if after.kind in ("punct", "end") or after.text in _GOES_ON:
        return True
    return after.means("at", "around", "from", "until")


def _contrast(tokens: list[Token], i: int, day: Token | None) -> tuple[list[Token], int] | None:
    """ "nicht diesen (Freitag), sondern den nächsten": what it says in full, and where it ends."""
    first = tokens[i + 1]
    if not first.means("which"):
        return None
    noun, k = (tokens[i + 2], i + 3) if _is_noun(tokens[i + 2]) else (None, i + 2)
    joints = 0
    while tokens[k].text in _JOINTS and joints < _MOST_JOINTS:
        k, joints = k + 1, joints + 1
    second = tokens[k]
    if not joints or not (second.means("which") or second.text in _THE_ONE_AFTER):
        return None
    if _is_noun(tokens[k + 1]):
        # "(Freitag,) nicht diese, sondern nächste Woche": only what was refused has no noun.
        return ([], k) if noun is None and day and not tokens[k + 1].means("weekday") else None
    noun = noun or day
    if noun is None:
        return None
    if noun.means("weekday") and _is(first, "this"):
        second = Token("word", "ubernachsten", second.start, sense=_OVERNEXT)
    elif not second.means("which"):
        return None
    return [_CORRECTION, second, noun], k + 1


def _is_noun(token: Token) -> bool:
    unit = token.sense.value if token.sense and token.means("unit") else ""
    return token.means("weekday", "weekend") or unit in ("week", "month")


def _is(token: Token, which: str) -> bool:
    return token.sense is not None and token.sense.value == which
