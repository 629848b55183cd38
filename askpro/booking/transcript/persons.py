"""Whose appointment it is: the name as the caller said it, or as the agent repeated it.

A name is advice, never identity (rules.md §5). Words are taken for a name only where the talk makes
them one: behind "mein Name ist", in front of "am Apparat", in the answer to "Wie ist Ihr Name?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from askpro.booking.dates.numbers import fold, words
from askpro.booking.transcript.name_words import (
    NO_NAME,
    PARTICLES,
    RELATIVES,
    TITLES,
    can_be_name,
)
from askpro.booking.transcript.speech_acts import asks
from askpro.booking.transcript.turns import Turn

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[,.;:!?\n–]")
_THEIR = words("meine meinen meiner unsere unseren den die")
_GOES_ON = words("ich guten hallo grüß servus moin hier mein")
_MOST_TURNS = 24
_MOST_CHARACTERS = 600
_MOST_OPENING_WORDS = 25
_STOPS = frozenset(",.;!?\n–")
_LONGEST = 3


def customer_name(turns: Sequence[Turn]) -> str | None:
    """The name the appointment is for, or the caller's; None when nobody said one."""
    said: str | None = None
    relative: str | None = None
    for_somebody = False
    for place, turn in enumerate(turns[:_MOST_TURNS]):
        before = turns[place - 1] if place and turns[place - 1].speaker == "agent" else None
        asked = asks(before)
        if turn.speaker == "agent":
            continue
        tokens = _tokens(turn.text[:_MOST_CHARACTERS])
        folded = [fold(token) for token in tokens]
        whose = _relative(tokens, folded)
        for_somebody = for_somebody or bool(_relative_at(folded))
        relative = whose or relative
        found = _introduced(tokens, folded)
        if found is None and "name" in asked:
            found = _answer(tokens, folded)
        if found is None and said is None and place <= 3:
            found = _opening(tokens, folded) or _opening_in_one_breath(tokens, folded)
        if found is None:
            continue
        if for_somebody and "name" in asked and not whose:
            relative = _joined_with(relative, found, asked)
        else:
            said = _joined_with(said, found, asked)
    heard = _as_the_agent_says(turns)
    return relative or said or heard


def _tokens(text: str) -> list[str]:
    """The words and signs; with capitals where speech recognition wrote none at all."""
    tokens = _WORD.findall(text)
    if any(token[:1].isupper() for token in tokens):
        return tokens
    return [token if token in PARTICLES else token[:1].upper() + token[1:] for token in tokens]


# -- ways to say a name ------------------------------------------------------------------------


def _introduced(tokens: list[str], folded: list[str]) -> str | None:
    """ "Mein Name ist …", "hier ist …", "… am Apparat", "… hier", "auf den Namen …"."""
    for i, word in enumerate(folded):
        behind = _behind_introduction(folded, i)
        names_itself = "bin" not in folded[i:behind]
        name = _name_from(tokens, folded, behind, introduced=names_itself) if behind else None
        if name:
            return _in_full(name, tokens, folded)
        if word in ("apparat", "hier", "name") and i:
            end = i - 1 if folded[i - 1] in ("am", "mein") else i
            if word == "name" and (folded[i - 1] != "mein" or end < 1):
                continue
            if word == "name" and folded[end - 1] == "ist":
                end -= 1
            name = _name_before(tokens, folded, end, introduced=word == "name")
            if name:
                return _in_full(name, tokens, folded)
    return None


def _in_full(name: str, tokens: list[str], folded: list[str]) -> str:
    """ "Wackernagel hier, Torben Wackernagel": the whole name may come in a second try."""
    known = [fold(part) for part in name.split()]
    if len(known) > 1 and known[0] not in PARTICLES:
        return name
    for i in range(len(folded) - len(known) + 1):
        if folded[i : i + len(known)] != known:
            continue
        end = i + len(known)
        if i and tokens[i - 1][:1].isupper() and can_be_name(folded[i - 1]):
            return _spelled(tokens[i - 1 : end])
        follows = len(known) == 1 and end < len(tokens) and tokens[end][:1].isupper()
        if follows and can_be_name(folded[end]):
            return _spelled(tokens[i : end + 1])
    return name


def _behind_introduction(folded: list[str], i: int) -> int:
    """The place behind words that introduce a name; 0 where ``i`` does not begin such words."""
    two, three = tuple(folded[i : i + 2]), tuple(folded[i : i + 3])
    if three in (("mein", "name", "ist"), ("auf", "den", "namen"), ("der", "name", "ist")):
        return i + 3
    if three in (("ich", "bin", "der"), ("ich", "bin", "die"), ("ich", "bins", "die")):
        return i + 3
    if three in (("hier", "ist", "die"), ("hier", "ist", "der"), ("hier", "spricht", "die")):
        return i + 3
    if two in (
        ("ich", "heisse"),
        ("hier", "ist"),
        ("hier", "spricht"),
        ("da", "spricht"),
        ("namen", "ist"),
        ("name", "ist"),
        ("name", "lautet"),
        ("ich", "bin"),
        ("sie", "heisst"),
        ("er", "heisst"),
        ("die", "heisst"),
        ("der", "heisst"),
    ):
        return i + 2
    if two == ("mein", "name"):
        return i + 3 if folded[i + 2 : i + 3] == [":"] else 0
    return 0


def _answer(tokens: list[str], folded: list[str]) -> str | None:
    """The answer to "Wie ist Ihr Name?"; "Harmstorf, Wiebke" has the family name first."""
    for i in range(len(tokens)):
        first = _name_from(tokens, folded, i)
        if not first:
            continue
        end = i + len(first.split())
        j = end
        while j < len(tokens) and folded[j] not in (",",) and folded[j] not in (".", "!", "?"):
            if folded[j] in ("mit", "wie"):
                j += 1
                while j < len(tokens) and folded[j] not in (",", ".", "!", "?"):
                    j += 1
                continue
            break
        if j < len(tokens) and folded[j] == "," and " " not in first:
            second = _name_from(tokens, folded, j + 1)
            if second and " " not in second:
                return f"{second} {first}"
        return first
    return None


def _opening(tokens: list[str], folded: list[str]) -> str | None:
    """ "Vollbrecht, hallo.", "Ja hallo, Brinkschulte, ich müsste …": a name between commas."""
    begin = 0
    for i in range(min(len(tokens), _MOST_OPENING_WORDS) + 1):
        if i < len(tokens) and tokens[i] not in _STOPS:
            continue
        while begin < i and (folded[begin] in NO_NAME or folded[begin] in TITLES):
            begin += 1
        part = tokens[begin:i]
        capital = all(word[:1].isupper() or word in PARTICLES for word in part)
        names = all(_is_name_word(tokens, folded, place) for place in range(begin, i))
        if 0 < len(part) <= _LONGEST and capital and names:
            return _spelled(part)
        begin = i + 1
    return None


def _opening_in_one_breath(tokens: list[str], folded: list[str]) -> str | None:
    """ "guten tag nasseri ich hätte gern", written without any sign."""
    if any(token in _STOPS for token in tokens[:_MOST_OPENING_WORDS]):
        return None
    begin = 0
    while begin < len(folded) and folded[begin] in NO_NAME:
        begin += 1
    end = begin
    while end < len(folded) and _is_name_word(tokens, folded, end):
        end += 1
    goes_on = end < len(folded) and folded[end] in _GOES_ON
    return _spelled(tokens[begin:end]) if goes_on and 0 < end - begin <= _LONGEST else None


def _relative_at(folded: list[str]) -> int:
    """The place behind "für meine Mutter"; 0 where nobody else is meant."""
    for i in range(len(folded) - 2):
        is_for = folded[i] in ("fur", "wegen") and folded[i + 1] in _THEIR
        if is_for and folded[i + 2] in RELATIVES:
            return i + 3
    return 0


def _relative(tokens: list[str], folded: list[str]) -> str | None:
    """The name right behind "für meine Mutter (an)" or "auf (Karagülle)"."""
    behind = _relative_at(folded)
    if not behind:
        return None
    while behind < len(folded) and folded[behind] in ("an", ","):
        behind += 1
    return _name_from(tokens, folded, behind)


def _as_the_agent_says(turns: Sequence[Turn]) -> str | None:
    """ "Danke, Frau Vollbrecht": the family name that the agent understood last."""
    for turn in reversed(turns[-60:]):
        if turn.speaker != "agent":
            continue
        tokens = _WORD.findall(turn.text[-400:])
        folded = [fold(token) for token in tokens]
        for i in range(len(tokens) - 1, 0, -1):
            if folded[i - 1] in ("herr", "herrn", "frau"):
                name = _name_from(tokens, folded, i, introduced=True)
                if name:
                    return name
    return None


# -- words that are names ----------------------------------------------------------------------


def _name_from(
    tokens: list[str], folded: list[str], i: int, *, introduced: bool = False
) -> str | None:
    """The name that begins at ``i``: at most three words that are nothing else."""
    while i < len(folded) and (folded[i] in TITLES or folded[i] == "."):
        i += 1
    kept: list[str] = []
    while i < len(tokens) and len(kept) < _LONGEST:
        # Only the first word is introduced: "Frau Meier, Freitag um zehn".
        if not _is_name_word(tokens, folded, i, introduced=introduced and not kept):
            break
        kept.append(tokens[i])
        i += 1
    if len(kept) > 2 and fold(kept[0]) in (fold(kept[1]), fold(kept[-1])):
        kept = kept[1:]  # "hier ist Pohl Erna Pohl"
    return _spelled(kept) if len("".join(kept)) > 1 else None


def _is_name_word(
    tokens: list[str], folded: list[str], i: int, *, introduced: bool = False
) -> bool:
    if can_be_name(folded[i], introduced=introduced):
        return True
    return folded[i] in PARTICLES and _is_part(tokens, folded, i)


def _is_part(tokens: list[str], folded: list[str], i: int) -> bool:
    """Whether "von" or "de" stands inside a name: a capital letter follows."""
    i += 1
    while i < len(folded) and folded[i] in PARTICLES:
        i += 1
    return i < len(tokens) and tokens[i][:1].isupper() and can_be_name(folded[i])


def _name_before(tokens: list[str], folded: list[str], end: int, *, introduced: bool) -> str | None:
    kept: list[str] = []
    i = end - 1
    while (
        i >= 0
        and len(kept) < _LONGEST
        and _is_name_word(tokens, folded, i, introduced=introduced and not kept)
    ):
        kept.insert(0, tokens[i])
        i -= 1
    return _spelled(kept) if kept else None


def _spelled(kept: Sequence[str]) -> str:
    """As written, and with capitals where speech recognition wrote none."""
    return " ".join(
        word if word in PARTICLES or word[:1].isupper() else word[:1].upper() + word[1:]
        for word in kept
    )


def _joined_with(known: str | None, found: str, asked: frozenset[str]) -> str:
    """A first name asked for comes before the family name; a full name replaces a part of it."""
    if known is None or fold(found) in fold(known).split():
        return known or found
    if "first_name" in asked and " " not in found and " " not in known:
        return f"{found} {known}"
    if " " in known and " " not in found:
        return known
    return found
