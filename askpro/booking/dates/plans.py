"""What follows from other plans: "um drei hole ich die Kinder, also um eins", "danach ginge"."""

from __future__ import annotations

from askpro.booking.dates.calendar_days import Days, beyond
from askpro.booking.dates.clock import Clock
from askpro.booking.dates.lexicon import FILLERS
from askpro.booking.dates.numbers import words
from askpro.booking.dates.statements import Part, Said
from askpro.booking.dates.tokens import Token
from askpro.booking.dates.values import Relation
from askpro.booking.dates.walk import SUITING, Walk

_PLANS = words(
    "muss müssen hab habe haben hat bin ist sind fliege fliegen fahre fahren fährt fängt beginnt "
    "kommt komme komm endet arbeite arbeitet hole holen heirate heiraten feiern urlaub kur reha "
    "dienstreise"
)
_WISHES = words(
    "möchte möchten hätte hätten hätt bräuchte brauche gern gerne will wollte würde das"
)
_MUST = words("muss müssen")
#: What points back at the plan that was told before.
POINTING: dict[str, Relation] = {
    **dict.fromkeys(words("danach nachher hinterher anschließend"), "from"),
    **dict.fromkeys(words("davor vorher"), "until"),
}
_AS_WISHED = SUITING | _WISHES | words("wäre wär bitte zeit also noch gut schon liebsten geht's")
_CONCLUDED = ("weekday", "near", "morgen", "at", "around", "half", "quarter", "from", "until")
_WORK = words("arbeit feierabend dienstschluss arbeitsschluss")
_STOPS = frozenset({".", "!", "?", "\n", ";", ","})
#: "Eine Woche danach" counts from a day.
_LATER_ON = words("kurz tag tage woche wochen stunde stunden")
_MOST_WORDS = 30


def around_work(walk: Walk) -> bool:
    """ "Nach der Arbeit", "nach Feierabend", "vor der Arbeit": parts of the day by another name."""
    end = walk.i + 1
    while walk.tokens[end].text in ("der", "dem", "meiner", "meinem"):
        end += 1
    work = walk.tokens[end].text
    if work not in _WORK:
        return False
    if not any(isinstance(said.what, Part) for said in walk.draft.said):
        if walk.text() == "nach":
            walk.keep(Part("am späten Nachmittag"), "from")
        elif work != "arbeit":  # "Kurz vor Feierabend"
            walk.keep(Part("am späten Nachmittag"))
        else:
            walk.keep(Part("früh"))
    walk.move(end, "part")
    return True


def concludes(walk: Walk) -> bool:
    """ "(Da fährt der Bus um neun,) also um halb zehn": what follows replaces what it names."""
    if not _tells_of_plans(_clause_before(walk)):
        return False
    behind = walk.tokens[walk.i + 1 :]
    named = next(token for token in behind if token.text not in FILLERS or token.means("at"))
    return named.kind == "clock" or named.means(*_CONCLUDED)


def points_back(walk: Walk, relation: Relation) -> bool:
    """ "(Mittwoch hab ich um zehn Physio,) danach ginge": from the time on that was told."""
    if walk.in_segment or _LATER_ON & {walk.text(-1)}:
        return False
    clause = _clause_at(walk.tokens, walk.segment)
    if any(token.text in _MUST or token.means("not") or _is_time(token) for token in clause):
        return False
    said = {token.text for token in clause}
    small = said - FILLERS <= {walk.text()}
    if not (small or said & _AS_WISHED) or not _tells_of_plans(_clause_before(walk)):
        return False
    _point(walk, relation)
    return True


def _point(walk: Walk, relation: Relation) -> None:
    said = walk.draft.said
    clocks = [place for place, one in enumerate(said) if isinstance(one.what, Clock)]
    if clocks:
        said[clocks[-1]] = Said(said[clocks[-1]].what, relation)
        return
    if said and not isinstance(said[-1].what, Days):
        return
    dropped = walk.dropped_days
    days = said.pop().what if said else dropped[-1] if dropped else None
    if isinstance(days, Days) and days.spans:
        walk.keep(beyond(days, relation), relation)


def _is_time(token: Token) -> bool:
    return token.kind == "clock" or token.means("at", "around", "uhr", "half")


def _tells_of_plans(clause: list[Token]) -> bool:
    """Whether a clause says what is, and neither asks nor wishes."""
    words_said = [token.text for token in clause if token.text not in FILLERS - _PLANS]
    is_question = bool(words_said) and words_said[0] in _PLANS and "ich" not in words_said[1:2]
    said = set(words_said) | {token.text for token in clause}
    return not is_question and not _PLANS.isdisjoint(said) and _WISHES.isdisjoint(said)


def _clause_before(walk: Walk) -> list[Token]:
    """The clause that ended at the comma or stop before the one in which the walk stands."""
    end = walk.segment - 1
    begin = end
    while begin > 0 and end - begin < _MOST_WORDS and walk.tokens[begin - 1].text not in _STOPS:
        begin -= 1
    return walk.tokens[begin : max(end, begin)]


def _clause_at(tokens: list[Token], begin: int) -> list[Token]:
    end = begin
    while tokens[end].kind != "end" and tokens[end].text not in _STOPS:
        end += 1
    return tokens[begin:end]
