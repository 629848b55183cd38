"""Words that steer: greetings, corrections, choices and refusals."""

from __future__ import annotations

from itertools import takewhile

from askpro.booking.dates.calendar_days import Days
from askpro.booking.dates.lexicon import FILLERS, GREETING_WORDS
from askpro.booking.dates.numbers import words
from askpro.booking.dates.tokens import Token
from askpro.booking.dates.unsuitable import (
    comes_back_to_it,
    ends_clause,
    is_busy_until,
    is_free_then,
    must_leave,
    says_it_does_not_suit,
    works,
)
from askpro.booking.dates.values import Relation
from askpro.booking.dates.walk import Walk

_TITLES = words("herr herrn frau doktor dr fräulein familie professor")
_WHOSE = words("meine meiner unsere unserer seine seiner ihre ihrer eine einer")
_NAMES = words("name nachname familienname")
_MY_NAME = ["mein", "name"]
_NAMING = words("heiße heißt heißen ist namen")
_BETTER = words("besser lieber")
_LONGEST_CLAUSE = 40
_GREETED = words(
    "morgen abend tag nacht nachmittag mittag vormittag wochenende feierabend morning evening "
    "afternoon day"
)
_HARMLESS_AFTER_NOT = words(
    "auch doch vielleicht wahr schlecht verkehrt ubel falsch eventuell evtl nur bad unbedingt "
    "sicher"
)
_ASKING_VERBS = words(
    "hatten hatte haben hat konnte konnten konnen kann geht ginge gibt ware ist passt klappt "
    "durfte durften wurde"
)
_KEIN = words("kein keine keinen keinem")
_SUITS = words("passt passte geht gehts ginge kann könnte klappt schaffe schaff haut")
_CONTRASTING = words("und aber doch sondern")
_UNSURE = words("weiß weis sicher")
_NO_ROOM = words("zeit moglichkeit chance luft")
OPEN_ENDS: dict[str, Relation] = {
    "spater": "from",
    "danach": "from",
    "aufwarts": "from",
    "later": "from",
    "fruher": "until",
    "davor": "until",
    "vorher": "until",
    "earlier": "until",
}
_AS_WELL = words("auch gern gerne ruhig halt eben etwas")
_LIKE_THAT = words("so was ahnlich ahnliches wie")
_BRINGING = words("bringen bringe bring vorbeibringen herbringen abgeben abstellen hinstellen")
_FETCHING = words("holen hole hol abholen abhole zurückholen")
_PREFERRING = words("lieber besser eher rather")
_BEFORE_NOT = _PREFERRING | {"doch"}


def greeting(walk: Walk) -> bool:
    """ "Guten Morgen" is no date, and neither is a "Morgen," that begins a sentence."""
    token, after = walk.tokens[walk.i], walk.tokens[walk.i + 1]
    if token.text in GREETING_WORDS and (after.text in _GREETED or after.means("weekday")):
        walk.i += 2
    elif token.text == "so" and walk.text(2) in ("wie", "als"):
        walk.i += 4  # "So früh wie möglich" names no part of the day.
    elif token.text in ("gmt", "utc") and (after.kind == "number" or after.text in ("+", "-")):
        # "14:30:00 GMT+0200" names its zone, no second time.
        walk.i += 2 if after.kind == "number" else 3
    elif walk.i == 0 and after.text in (",", "!", ".") and _greets(walk.tokens):
        walk.i += 1
    else:
        return False
    return True


def _greets(tokens: list[Token]) -> bool:
    """Whether the first word, behind which the voice drops, greets: another day is named."""
    if tokens[0].text in ("abend", "nacht"):
        return True
    if tokens[0].text != "morgen" or _names_some_day(tokens[2]):
        return False
    return any(_names_some_day(later) for later in tokens[3:])


def _names_some_day(token: Token) -> bool:
    return token.kind in ("date", "stamp", "pair") or token.means(
        "near", "morgen", "weekday", "month", "which"
    )


def marker(walk: Walk) -> bool:
    token = walk.tokens[walk.i]
    if token.text in _BEFORE_NOT and walk.tokens[walk.i + 1].means("not"):
        return False  # "Dienstag kann ich doch nicht", "heute lieber nicht" correct nothing.
    if token.text in _BETTER and walk.in_segment and ends_clause(walk):
        walk.prefer_segment()
    elif token.means("correct") or _says_i_mean(walk) or _says_no(walk) or _says_wait(walk):
        walk.settle_refusal()
        walk.begin("correct")
        walk.comparing = token.text in _PREFERRING
    elif token.means("or"):
        _choice(walk)
    elif token.means("not"):
        _refusal(walk, token)
    elif must_leave(walk):
        walk.relate_last("until")
    elif token.text in _BRINGING:
        walk.begin_segment()
    elif token.text in _FETCHING and _was_brought(walk):
        _fetches(walk)
    elif walk.heeds_refusals and is_busy_until(walk):
        walk.turns_round = True
    elif walk.heeds_refusals and not walk.in_segment and works(walk):
        walk.dropping = True
    elif walk.heeds_refusals and walk.in_segment and says_it_does_not_suit(walk):
        dropped = walk.in_segment
        walk.drop_segment()
        walk.dropping = True
        if comes_back_to_it(walk):
            walk.days_of_refused_times = [s for s in dropped if isinstance(s.what, Days)]
            if is_free_then(walk) and not walk.days_said():
                walk.draft.said += walk.days_of_refused_times
    elif token.means("instead") or (token.text == "als" and walk.comparing):
        walk.refused, walk.refuses_before = True, False
        walk.only_next = _refuses_one(walk)
    else:
        return False
    walk.i += 1
    return True


def _was_brought(walk: Walk) -> bool:
    return any(token.text in _BRINGING for token in walk.tokens[: walk.i])


def _fetches(walk: Walk) -> None:
    """ "Um acht bringen und um fünf holen": a car comes at eight."""
    clause = takewhile(lambda t: t.kind not in ("punct", "end"), walk.tokens[walk.i + 1 :])
    if any(token.means("at", "around", "uhr") for token in clause):
        walk.begin_segment()
        walk.dropping = True
    else:
        walk.forget_segment()


def name_of_a_person(walk: Walk) -> bool:
    """ "Frau März", "ich heiße Sonntag", "Freitag mein Name": not "für meine Frau Freitag"."""
    title, name = walk.text(), walk.tokens[walk.i + 1]
    if walk.tokens[walk.i].means("weekday", "month") and [walk.text(1), walk.text(2)] == _MY_NAME:
        walk.i += 3
        return True
    if title == "bei" and name.means("month"):
        walk.i += 2  # "Bei Juli": nobody says so of a month.
        return True
    introduces = title in _NAMING and (title != "ist" or walk.text(-1) in _NAMES)
    is_title = title in _TITLES and walk.text(-1) not in _WHOSE
    if not (introduces or is_title) or not name.means("weekday", "month"):
        return False
    walk.i += 2
    return True


def _says_i_mean(walk: Walk) -> bool:
    if walk.text() in ("meine", "meinte", "mein"):
        return "ich" in (walk.text(-1), walk.text(1))
    return walk.text() == "mean" and walk.text(-1) == "i"


def _refuses_one(walk: Walk) -> bool:
    """ "Statt um zehn um elf", "statt Mittwoch Freitag": one is refused, what follows is meant."""
    after = walk.tokens[walk.i + 1]
    if after.means("at", "around") or after.kind == "clock":
        return True
    named = [token for token in walk.tokens[walk.i + 1 : walk.i + 6] if token.text not in FILLERS]
    return len(named) > 1 and all(token.means("weekday", "near") for token in named[:2])


def _another_day_follows(walk: Walk) -> bool:
    """ "Am Montag kann ich nicht am Dienstag schon": a comma was not heard."""
    said = walk.days_said()
    behind = walk.tokens[walk.i + 1 :]
    day = next(token for token in behind if token.text not in FILLERS)
    if not walk.in_segment or not said or said[-1].word != "weekday" or day.sense is None:
        return False
    if walk.text(-1) in _CONTRASTING:
        return False
    return day.means("weekday") and day.sense.value != said[-1].number


def _ends_a_refusal(walk: Walk) -> bool:
    """ "Montag geht nicht (Dienstag …)", "Montag nicht und (Dienstag auch nicht)"."""
    behind = takewhile(lambda t: t.kind not in ("punct", "end"), walk.tokens[walk.i + 1 :])
    if walk.text(1) == "und" or any(token.means("not") for token in behind):
        return True
    return any(token.text in _SUITS for token in walk.tokens[walk.segment : walk.i])


def _is_set_right(walk: Walk) -> bool:
    """ "Nicht um zehn um elf": a comma was not heard, and only the first is refused."""
    clause = takewhile(lambda t: t.kind not in ("punct", "end"), walk.tokens[walk.i + 1 :])
    texts = [token.text for token in clause]
    return texts.count("um") == 2 and texts[0] == "um" and not {"oder", "und"} & set(texts)


def _asks(walk: Walk) -> bool:
    """Whether the clause begins with a verb, small words aside: "Ja, hätten Sie …"."""
    clause = walk.tokens[walk.segment : min(walk.i, walk.segment + _LONGEST_CLAUSE)]
    first = next((token.text for token in clause if token.text not in FILLERS), "")
    return first in _ASKING_VERBS


def _says_no(walk: Walk) -> bool:
    """ "ne" is a no before a comma or behind "ach", else an article."""
    return walk.text() == "ne" and (walk.text(1) == "," or walk.text(-1) in ("ach", "oh"))


def _says_wait(walk: Walk) -> bool:
    """ "Mittwoch, warten Sie, Freitag", "Mittwoch, oder wissen Sie was, Freitag"."""
    if [walk.text(), walk.text(1), walk.text(2)] == ["wissen", "sie", "was"]:
        return True
    if [walk.text(-1), walk.text(), walk.text(1)] == [",", "halt", ","]:
        return True
    return walk.text() in ("warten", "warte") and walk.text(1) in ("sie", "mal", "kurz")


def _choice(walk: Walk) -> None:
    """ "oder", and what people hang on it: "oder später", "oder so"."""
    open_end = 2 if walk.text(1) in _AS_WELL else 1
    if walk.text(open_end) in OPEN_ENDS and walk.last in ("clock", "day"):
        walk.relate_last(OPEN_ENDS[walk.text(open_end)])
        walk.i += open_end
    elif walk.text(1) in _LIKE_THAT:
        walk.relate_last("around")
        walk.i += 1
    elif not walk.dropping or walk.text(-1) == ",":  # "Nicht um drei oder um vier" refuses both.
        walk.settle_refusal()
        walk.begin("or")


def _refusal(walk: Walk, token: Token) -> None:
    if not walk.heeds_refusals:
        return
    if token.text == "keinen" and walk.text(1) == "fall":
        walk.i += 1  # "Auf keinen Fall" is a "nicht" of two more words.
    if token.text == "keine" and walk.text(1) == "ahnung":
        walk.i += 1  # "So um, keine Ahnung, elf" refuses nothing.
        return
    unsure = walk.text(-1) in _UNSURE
    if _another_day_follows(walk):
        if _ends_a_refusal(walk):
            walk.drop_segment()
            walk.begin_segment()
        else:
            walk.begin("or")  # "Montag nicht Dienstag": who knows where the comma was.
        return
    if walk.text(1) == "mehr" and walk.text(2) != "als":
        walk.i += 1  # "Heute nicht mehr" refuses today.
    after, then = walk.text(1), walk.text(2)
    if after in ("vor", "before"):
        walk.announce("from", 1)
    elif after == "fruher" and then == "als":
        walk.announce("from", 2)
    elif after in ("nach", "after"):
        walk.announce("until", 1)
    elif after in ("spater", "langer") and then == "als":
        walk.announce("until", 2)
    elif after == "da" and any(isinstance(said.what, Days) for said in walk.in_segment):
        walk.drop_segment()  # "Am Freitag bin ich nicht da."
    elif after in _HARMLESS_AFTER_NOT or unsure:
        return
    elif token.text in _KEIN and walk.text() == token.text:
        # "Kein" refuses what follows ("kein Montag"), and "keine Zeit" what was said before.
        walk.refused, walk.refuses_before = after not in _NO_ROOM, False
        if after in _NO_ROOM:
            walk.drop_segment()
    elif _asks(walk) and not walk.in_segment:
        return  # "Hätten Sie nicht am Montag was frei?" asks for Monday.
    else:
        walk.refused, walk.refuses_before = True, not token.text.startswith("aus")
        walk.only_next = _is_set_right(walk)
