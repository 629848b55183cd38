"""Whose appointment it is: the name as the caller said it, or as the agent repeated it.

A name is advice, never identity (rules.md §5). Words are taken for a name only where the talk makes
them one: behind "mein Name ist", in front of "am Apparat", in the answer to "Wie ist Ihr Name?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from askpro.booking.dates.lexicon import FILLERS, sense_of
from askpro.booking.dates.numbers import CARDINALS, ORDINALS, fold, words
from askpro.booking.transcript.speech_acts import asks
from askpro.booking.transcript.turns import Turn

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[,.;:!?\n–]")
_RELATIVES = words(
    "mutter mama mutti vater papa vati mann frau ehefrau ehemann gatte gattin sohn tochter "
    "kind kleine kleinen kleiner großen große oma opa großmutter großvater schwester bruder "
    "enkel enkelin freundin freund partner partnerin nachbarin nachbar schwiegermutter "
    "schwiegervater chef chefin kollegin kollegen tante onkel nichte neffe lebensgefährtin "
    "verlobte verlobter"
)
_TITLES = words("herr herrn frau fräulein doktor dr professor prof familie")
_PARTICLES = words("von van vom zu de der den del della la le el al bin ibn ten zur mc")
#: Words that stand next to names and are none. Those of time and numbers are known elsewhere.
_NO_NAME = FILLERS | words(
    "hallo guten gute tag grüß grüße gott servus moin moinsen tach hi hey mahlzeit danke "
    "dank bitte ich wir sie er es ihr du mein meine meinen meiner meinem name namen "
    "nachname vorname heiße heißt heiß hier apparat spricht sprech telefon bin ist war sind "
    "habe hab hat haben hätte hätten möchte möchten wollte will wollen würde würden brauche "
    "bräuchte bräucht braucht benötige muss müsste soll sollte kann könnte darf rufe ruf "
    "anrufe melde wegen termin termine termins einen eine ein einem einer kein keine nicht "
    "ja nein nee doch genau richtig stimmt okay ok gut super prima perfekt alles klar und "
    "oder aber denn weil dass ob wenn wie was wer wo wann warum wieder mal auf für mit bei "
    "aus nach vor über unter zwischen durch gegen ohne um an in im am vom beim zum zur ins "
    "sein ihre ihren ihrem ihrer unser unsere unseren das dass dies diese dieser nochmal "
    "noch schon immer sehr gerne gern also ähm äh hm oh ach na tschüss tschau ciao "
    "wiederhören wiedersehen bis dann schön schönen schöne nummer mail buchstabiere "
    "buchstabieren geschrieben scharfem doppel punkt bindestrich praxis salon werkstatt "
    "firma haus gmbh sagen fragen frage auto wagen kunde kundin patient patientin neu neue "
    "neuer erste ersten kommt komme kommen mich mir uns ihnen da dort jetzt gerade eben "
    "leider entschuldigung sorry moment mist super klasse toll rezept digitale assistentin "
    "assistent herzlich willkommen selber selbst montage urlaub firma feierabend morgen "
    "abend mittag nachmittag vormittag the my is this yes no wunderbar exakt korrekt freut "
    "ebenfalls ebenso gleichfalls lieber lieb nett geht's gehts geht verwählt falsch "
    "verbunden krank verhindert dran fertig spät"
)
_THEIR = words("meine meinen meiner unsere unseren den die")
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
        tokens = _WORD.findall(turn.text[:_MOST_CHARACTERS])
        folded = [fold(token) for token in tokens]
        whose = _relative(tokens, folded)
        for_somebody = for_somebody or bool(_relative_at(folded))
        relative = whose or relative
        found = _introduced(tokens, folded)
        if found is None and "name" in asked:
            found = _answer(tokens, folded)
        if found is None and said is None and place <= 3:
            found = _opening(tokens, folded)
        if found is None:
            continue
        if for_somebody and "name" in asked and not whose:
            relative = _joined_with(relative, found, asked)
        else:
            said = _joined_with(said, found, asked)
    heard = _as_the_agent_says(turns)
    return relative or said or heard


# -- ways to say a name ------------------------------------------------------------------------


def _introduced(tokens: list[str], folded: list[str]) -> str | None:
    """ "Mein Name ist …", "hier ist …", "… am Apparat", "… hier", "auf den Namen …"."""
    for i, word in enumerate(folded):
        behind = _behind_introduction(folded, i)
        name = _name_from(tokens, folded, behind) if behind else None
        if name:
            return _in_full(name, tokens, folded)
        if word in ("apparat", "hier", "name") and i:
            end = i - 1 if folded[i - 1] in ("am", "mein") else i
            if word == "name" and (folded[i - 1] != "mein" or end < 1):
                continue
            if word == "name" and folded[end - 1] == "ist":
                end -= 1
            name = _name_before(tokens, folded, end)
            if name:
                return _in_full(name, tokens, folded)
    return None


def _in_full(name: str, tokens: list[str], folded: list[str]) -> str:
    """ "Wackernagel hier, Torben Wackernagel": the whole name may come in a second try."""
    known = [fold(part) for part in name.split()]
    if len(known) > 1 and known[0] not in _PARTICLES:
        return name
    for i in range(len(folded) - len(known) + 1):
        if folded[i : i + len(known)] != known:
            continue
        end = i + len(known)
        if i and tokens[i - 1][:1].isupper() and _can_be_name(folded[i - 1]):
            return _spelled(tokens[i - 1 : end])
        follows = len(known) == 1 and end < len(tokens) and tokens[end][:1].isupper()
        if follows and _can_be_name(folded[end]):
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
        while begin < i and (folded[begin] in _NO_NAME or folded[begin] in _TITLES):
            begin += 1
        part = tokens[begin:i]
        capital = all(word[:1].isupper() or word in _PARTICLES for word in part)
        names = all(_is_name_word(tokens, folded, place) for place in range(begin, i))
        if 0 < len(part) <= _LONGEST and capital and names:
            return _spelled(part)
        begin = i + 1
    return None


def _relative_at(folded: list[str]) -> int:
    """The place behind "für meine Mutter"; 0 where nobody else is meant."""
    for i in range(len(folded) - 2):
        is_for = folded[i] in ("fur", "wegen") and folded[i + 1] in _THEIR
        if is_for and folded[i + 2] in _RELATIVES:
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
                name = _name_from(tokens, folded, i)
                if name:
                    return name
    return None


# -- words that are names ----------------------------------------------------------------------


def _name_from(tokens: list[str], folded: list[str], i: int) -> str | None:
    """The name that begins at ``i``: at most three words that are nothing else."""
    while i < len(folded) and (folded[i] in _TITLES or folded[i] == "."):
        i += 1
    kept: list[str] = []
    while i < len(tokens) and len(kept) < _LONGEST:
        if not _is_name_word(tokens, folded, i):
            break
        kept.append(tokens[i])
        i += 1
    if len(kept) > 2 and fold(kept[0]) == fold(kept[-1]):
        kept = kept[1:]  # "hier ist Pohl Erna Pohl"
    return _spelled(kept) if len("".join(kept)) > 1 else None


def _is_name_word(tokens: list[str], folded: list[str], i: int) -> bool:
    return _can_be_name(folded[i]) or (folded[i] in _PARTICLES and _is_part(tokens, folded, i))


def _is_part(tokens: list[str], folded: list[str], i: int) -> bool:
    """Whether "von" or "de" stands inside a name: a capital letter follows."""
    i += 1
    while i < len(folded) and folded[i] in _PARTICLES:
        i += 1
    return i < len(tokens) and tokens[i][:1].isupper() and _can_be_name(folded[i])


def _name_before(tokens: list[str], folded: list[str], end: int) -> str | None:
    kept: list[str] = []
    i = end - 1
    while i >= 0 and len(kept) < _LONGEST and _is_name_word(tokens, folded, i):
        kept.insert(0, tokens[i])
        i -= 1
    return _spelled(kept) if kept else None


def _can_be_name(low: str) -> bool:
    if len(low) < 2 or low in _NO_NAME or low in _TITLES or low in _RELATIVES:
        return False
    if low in CARDINALS or low in ORDINALS or not low[0].isalpha():
        return False
    sense = sense_of(low)
    return sense is None or sense.kind in ("month", "month_short", "weekday_short")


def _spelled(kept: Sequence[str]) -> str:
    """As written, and with capitals where speech recognition wrote none."""
    return " ".join(
        word if word in _PARTICLES or word[:1].isupper() else word[:1].upper() + word[1:]
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
