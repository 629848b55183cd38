"""One walk over the tokens: which of them name a day or a time, which announce, correct, refuse."""

from __future__ import annotations

from itertools import takewhile

from askpro.booking.dates.days_said import day_said
from askpro.booking.dates.ellipses import completed
from askpro.booking.dates.lexicon import FILLERS
from askpro.booking.dates.numbers import words
from askpro.booking.dates.plans import POINTING, around_work, concludes, points_back
from askpro.booking.dates.statements import RightNow, SameTime, Soonest, Statement
from askpro.booking.dates.steering import greeting, marker, name_of_a_person
from askpro.booking.dates.times_said import TO, time_said
from askpro.booking.dates.tokens import Token, rank_at
from askpro.booking.dates.unsuitable import is_beside_the_point
from askpro.booking.dates.values import Frame
from askpro.booking.dates.walk import SUITING, Walk

_STOPS = frozenset({".", "!", "?", "\n", ";"})
_CONJUNCTIONS = words("weil denn deshalb deswegen darum daher aber")
_SEGMENTS = _STOPS | {",", ":", "(", ")"}
_A_LITTLE = words("kurz bisschen bissl bisserl bissel etwas knapp")
_HESITATIONS = words("äh ähm ehm öhm")
_SOONEST = words(
    "schnellstmöglich schnellstens baldmöglichst baldigst frühestmöglich frühstmöglich "
    "ehestmöglich ehestens schnellstmöglichen "
    "nächstmöglich nächstmögliche nächstmöglichen nächstmöglicher asap"
)
_FREE = words("freie freien freier freies verfügbare verfügbaren mögliche möglichen möglicher")
_AT_MOST = words("maximal höchstens längstens allerhöchstens")
_WISHES = words("bräuchte brauche möchte will wollte würde hätte hätt suche jetzt")
_CAN = words("kann könnte")
_BEFORE_A_VERB = FILLERS | {"ich", "wir"}
_ASKING = words("haben hätten geht ginge hätte")
_AFTER = frozenset({"nach", "after"})
_BEFORE = frozenset({"vor", "before"})


def statements_in(
    tokens: list[Token], frame: Frame, *, expect: str | None = None, heeds_refusals: bool = True
) -> list[Statement]:
    """The statements in ``tokens``. ``expect``: "day" or "time" where a bare number is one.

    Without ``heeds_refusals`` the day that does not suit counts as said: who can't come on Friday
    speaks of an appointment on Friday.
    """
    walk = Walk([*completed(tokens)], frame, expect, heeds_refusals=heeds_refusals)
    while walk.tokens[walk.i].kind != "end":
        if not (
            _said_soonest(walk)
            or name_of_a_person(walk)
            or greeting(walk)
            or marker(walk)
            or time_said(walk)
            or day_said(walk)
            or _announcement(walk)
        ):
            _other(walk)
    walk.settle_refusal()
    _end_of_clause(walk)
    return walk.statements()


def _said_soonest(walk: Walk) -> bool:
    words_said = _soonest(walk)
    if words_said:
        walk.keep(Soonest())
        walk.i += words_said
    return bool(words_said)


def _announcement(walk: Walk) -> bool:
    """Words that say how the next day or time is meant, and those that mean nothing at all."""
    token, text = walk.tokens[walk.i], walk.text()
    if text == "und" and _a_wish_follows(walk):
        _begin_clause(walk)
    elif text == "vor" and (walk.text(1) == "allem" or walk.tokens[walk.i + 1].kind == "punct"):
        walk.i += walk.text(1) == "allem"  # "Da habe ich was vor, …" limits nothing.
    elif (
        text in _A_LITTLE and walk.text(1) in _AFTER | _BEFORE and _is_time(walk.tokens[walk.i + 2])
    ):
        walk.announce("around", 1)
    elif text == "aber" and walk.relation and walk.tokens[walk.i - 1].means("from", "until"):
        pass  # "Spätestens aber Montag"
    elif text in _AT_MOST and walk.relation == "until":
        pass  # "Bis maximal 15 Uhr"
    elif text in POINTING and points_back(walk, POINTING[text]):
        pass
    elif text == "also" and concludes(walk):
        walk.begin("correct")
    elif text == "ab" and walk.tokens[walk.i + 1].kind == "punct":
        pass  # "Der TÜV läuft Ende Oktober ab, …"
    elif text == "ab" and _is_a_number_plate(walk):
        walk.i += 1
    elif text == "um" and [walk.text(1), walk.text(2)] == ["den", "dreh"]:
        walk.announce("around", 2)
    elif text == "um" and walk.text(1) == "die" and walk.tokens[walk.i + 2].number is not None:
        walk.announce("around", 1)
    elif text == "plus" and walk.text(1) == "minus" and walk.last == "clock":
        walk.relate_last("around")
        walk.i += 1
    elif text in _AFTER | _BEFORE and around_work(walk):
        pass
    elif text in _HESITATIONS and walk.last in ("clock", "day") and _is_right_behind(walk):
        _second_thought(walk)
    elif _is_postfix(walk, token):
        walk.relate_last("from" if token.means("from") else "until")
    elif text in _AFTER | _BEFORE and walk.text(-1) == "tag":
        walk.announce("from" if text in _AFTER else "until", strictly=True)
        walk.on_that_day = True
    elif text == "in" and _limits_a_stretch(walk):
        pass
    elif token.means("from") or text in _AFTER:
        walk.announce("from", strictly=text in _AFTER)
    elif token.means("until") or text in _BEFORE:
        walk.announce("until", strictly=text in _BEFORE)
    elif token.means("around") or (text == "so" and walk.text(1) == "um"):
        walk.announce(walk.relation or "around")
    elif token.means("at") or _is_an_hour_in_swiss(walk):
        walk.announced = True
    elif token.means("between"):
        walk.between = True
    elif text in ("von", "vom") and _has_no_end(walk):
        walk.announce("from")
    elif text in ("von", "vom"):
        walk.between = any(t.text in TO for t in walk.tokens[walk.i + 1 : walk.i + 8])
    elif token.means("same") and walk.text(1) in ("zeit", "uhrzeit", "time"):
        walk.keep(SameTime())
        walk.i += 1
    elif token.means("now") or _asks_the_time(walk):
        walk.keep(RightNow())
    elif text not in FILLERS and not (_is_abbreviation_dot(walk) or _is_begun_again(walk)):
        return False
    walk.i += 1
    return True


def _is_an_hour_in_swiss(walk: Walk) -> bool:
    """ "Am Donnerstag am drei": not "am drei[und]zwanzigsten", "am zwanzig elften"."""
    if walk.text() != "am" or (walk.expect == "day" and not walk.days_said()):
        return False
    hour, after = walk.tokens[walk.i + 1], walk.tokens[walk.i + 2]
    if hour.means("half"):
        return after.number is not None
    is_hour = hour.kind == "word" and 1 <= (hour.number or 0) <= 12
    if rank_at(walk.tokens, walk.i + 1):
        return False
    return is_hour and after.rank is None and not after.means("month", "month_short", "unit")


def _has_no_end(walk: Walk) -> bool:
    """ "Von Montag an", "von zehn Uhr an": not "von Montag bis Mittwoch an den Tagen"."""
    for place, token in enumerate(walk.tokens[walk.i + 1 : walk.i + 8], walk.i + 1):
        if token.text == "an":
            return place > walk.i + 1 and not walk.tokens[place + 1].means("weekday", "which")
        if token.text in TO or token.kind == "end" or token.text in _STOPS:
            return False
    return False


def _a_wish_follows(walk: Walk) -> bool:
    """ "(Ich war schon bei Ihnen) und ich hätte gern Freitag", "und kann nur ab drei": not "und
    kann nicht kommen"."""
    rest = walk.tokens[walk.i + 1 :]
    clause = [*takewhile(lambda token: token.kind not in ("punct", "end"), rest)]
    verb = next((t.text for t in clause if t.text in _WISHES or t.text not in _BEFORE_A_VERB), "")
    return verb in _WISHES or (verb in _CAN and not any(token.means("not") for token in clause))


def _is_right_behind(walk: Walk) -> bool:
    """Whether nothing but a comma stands between here and what was said last."""
    comma = walk.text(-1) == ","
    return walk.last_end == walk.i - comma and bool(walk.draft.said)


def _limits_a_stretch(walk: Walk) -> bool:
    """ "In spätestens drei Wochen" is "spätestens in drei Wochen"."""
    limit = walk.tokens[walk.i + 1]
    if not (limit.text.startswith(("fruh", "spat")) and limit.means("from", "until")):
        return False
    walk.tokens[walk.i + 1] = walk.tokens[walk.i]
    walk.announce("from" if limit.means("from") else "until")
    return True


def _second_thought(walk: Walk) -> None:
    """ "Um zehn, äh, elf", "am Mittwoch, äh, am Donnerstag": the hour or the weekday behind the
    hesitation replaces the one before."""
    place = 1 + (walk.text(1) == ",")
    place += walk.last == "day" and walk.text(place) in ("am", "den", "der")
    after = walk.tokens[walk.i + place]
    if walk.last == "clock":
        corrects = after.number is not None or after.means("half", "quarter")
    else:
        named = [days.word for days in walk.days_said()]
        corrects = after.means("weekday") and named[-1:] == ["weekday"]
    if corrects:
        walk.begin("correct")


def _soonest(walk: Walk) -> int:
    """How many words from here on say "so bald wie möglich", "der nächste freie Termin"."""
    text = walk.text()
    if text in _SOONEST:
        return 1
    if text == "moglichst" and walk.text(1) in ("bald", "schnell", "zeitnah"):
        return 2
    soon = 2 if text == "so" and walk.text(1) in ("bald", "schnell", "fruh") else text == "sobald"
    if soon:
        as_possible = soon + (walk.text(soon) in ("wie", "als"))
        if walk.text(as_possible) == "moglich":
            return as_possible + 1
        if walk.text(as_possible) in ("es", "s") and walk.text(as_possible + 1) == "geht":
            return as_possible + 2
    if walk.tokens[walk.i].means("which") and text.startswith("nachst") and walk.text(1) in _FREE:
        return 2
    return 0


def _asks_the_time(walk: Walk) -> bool:
    """ "Die aktuelle Uhrzeit" is now."""
    sense = walk.tokens[walk.i].sense
    this = sense is not None and (sense.kind, sense.value) == ("which", "this")
    return this and walk.text(1) == "uhrzeit"


def _is_time(token: Token) -> bool:
    return token.number is not None or token.kind == "clock" or token.means("half", "quarter")


def _is_postfix(walk: Walk, token: Token) -> bool:
    """ "14 Uhr frühestens": it belongs to the time before, when none follows."""
    after = walk.tokens[walk.i + 1]
    return (
        token.text.startswith(("fruh", "spat"))
        and token.means("from", "until")
        and walk.last == "clock"
        and walk.last_end == walk.i
        and not _is_time(after)
        and not after.means("at", "around")
    )


def _is_abbreviation_dot(walk: Walk) -> bool:
    return walk.text() == "." and walk.relation is not None and len(walk.text(-1)) <= 4


def _asks_anew(walk: Walk) -> bool:
    """ "(Donnerstag ist schlecht) haben Sie Freitag": another clause, its comma lost."""
    return walk.text() in _ASKING and walk.text(1) in ("sie", "es", "auch")


def _is_begun_again(walk: Walk) -> bool:
    """ "Um ze zehn": a word broken off and said in full."""
    token, after = walk.tokens[walk.i], walk.tokens[walk.i + 1]
    broken = token.kind == "word" and 0 < len(token.text) < len(after.text)
    return broken and token.sense is None and after.text.startswith(token.text)


def _is_a_number_plate(walk: Walk) -> bool:
    """ "M AB 1234" has no time in it."""
    before, after = walk.tokens[walk.i - 1], walk.tokens[walk.i + 1]
    if walk.i < 1 or walk.tokens[walk.i + 2].means("uhr"):
        return False
    is_place = before.kind == "word" and before.sense is None and before.number is None
    is_place = is_place and len(before.text) <= 3 and before.text not in FILLERS
    return is_place and after.kind == "number" and len(after.text) in (3, 4)


def _says_neither(walk: Walk) -> bool:
    """ "(Der Freitag ist schlecht,) der Donnerstag auch": not "Donnerstag ginge auch"."""
    clause = walk.tokens[walk.segment : walk.i]
    return walk.text(-1) == "auch" and not any(token.text in SUITING for token in clause)


def _begin_clause(walk: Walk) -> None:
    walk.settle_refusal()
    _end_of_clause(walk)
    walk.dropping = False
    walk.begin_segment()


def _end_of_clause(walk: Walk) -> None:
    if walk.dropped_before and _says_neither(walk):
        walk.drop_segment()
    elif is_beside_the_point(walk):
        walk.call_segment_past()


def _other(walk: Walk) -> None:
    """Any other word ends what was announced; a comma, a stop or a "weil" ends the segment, too."""
    token = walk.tokens[walk.i]
    if token.text in _SEGMENTS | _CONJUNCTIONS:
        _begin_clause(walk)
        if token.text in _STOPS | _CONJUNCTIONS:
            walk.forget_announcements()
            walk.comparing = False
    elif walk.dropping and _asks_anew(walk):
        _begin_clause(walk)
        walk.forget_announcements()
    elif token.kind != "punct":
        walk.settle_refusal()
        walk.forget_announcements()
    walk.i += 1
