"""Clauses that say why a day or a time does not suit, or that speak of other days than the wish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import dropwhile, pairwise, takewhile

from askpro.booking.dates.clock import Clock
from askpro.booking.dates.lexicon import FILLERS
from askpro.booking.dates.numbers import words
from askpro.booking.dates.tokens import Token
from askpro.booking.dates.walk import Walk

#: Who says so speaks of when it does not suit.
_BAD = words("schlecht ungünstig unpassend unmöglich blöd doof verhindert verplant")
_BUSY = words(
    "arbeiten arbeite urlaub verreist geschäftsreise dienstreise dienst schule unterricht schicht "
    "frühschicht krankgeschrieben"
)
_NOTHING = words("nichts nix")
_GOES = words("geht ginge passt klappt")
_HAS = words("haben habt hat")
_IS = words("ist wäre war")
_TOO = words("früh spät knapp kurzfristig bald")
_MINE = words("mein meine unser unsere")
_SPEAKER = words("ich wir i mir")
_WISHING = words("möchte hätte hätt bräuchte brauche gern gerne will wollte würde")
_LONGEST_CLAUSE = 40
_SUITS_THEN = words("kann geht gehts ginge passt klappt zeit")
_WAS = frozenset({("ich", "war"), ("war", "ich"), ("wir", "waren"), ("waren", "wir")})
#: What happens on other days than the wish.
_OCCASION = words(
    "geboren geburtsdatum geburtstag hochzeit heirate heiraten taufe kommunion konfirmation flug "
    "läuft laufen fällig gültig gilt normalerweise üblicherweise gewöhnlich"
)
_HAS_BEEN = words("ist sind bin hat habe hab")
#: "Rausgefallen", "gebrochen", "angemacht".
_PARTICIPLE = re.compile(
    r"(?:ab|an|auf|aus|ein|raus|rein|los|um|weg|zu|zuruck|vor|nach)?ge[a-z]{2,}(?:t|en)"
    r"|(?:ver|be|er|ent|zer)[a-z]{3,}t|[a-z]{3,}iert"
)
_NO_PARTICIPLE = words("geöffnet geschlossen gelten genau gestern gesamt geeignet bestimmt")
_REMARKS = frozenset({("ist", "ja"), ("ist", "doch"), ("ist", "schon"), ("wäre", "ja")})
_AM = frozenset({("ich", "bin"), ("bin", "ich"), ("wir", "sind"), ("sind", "wir")})
_THERE = words("da hier dort ihnen euch zuletzt letztes")
_MUST = words("muss müssen muß")
_AFTERWARDS = words("danach nachher hinterher anschließend")
_AWAY = words("weg los fort zurück fertig daheim zuhause heim sein")
_AGAIN = words("wieder zurück fertig daheim zuhause")
_BEFORE_WORKING_HOURS = FILLERS | _SPEAKER | words("immer meist meistens täglich jeden jede")
_WHEN = ("weekday", "recurring", "near", "morgen", "which", "part", "from", "until", "between")
_END_OF_PLANS = words("anderes bitte leider aber wenn dann")


def must_leave(walk: Walk) -> bool:
    """ "Um vier muss ich wieder weg", "Freitag muss es fertig sein": not "Freitag muss ich weg"."""
    return _must_be_away(walk) and (_has_a_clock(walk) or not _is_the_callers(walk))


def _must_be_away(walk: Walk) -> bool:
    """ "… muss ich wieder weg", "… muss ich wieder im Büro sein": not "danach muss ich weg"."""
    if walk.text() not in _AWAY:
        return False
    said = {token.text for token in _clause_so_far(walk)}
    is_back = walk.text() != "sein" or bool(said & _AGAIN)
    return is_back and bool(said & _MUST) and not said & _AFTERWARDS


def _has_a_clock(walk: Walk) -> bool:
    return any(isinstance(said.what, Clock) for said in walk.in_segment)


def _is_the_callers(walk: Walk) -> bool:
    """Whether the clause so far, or the next word, says who speaks."""
    spoken = (*_clause_so_far(walk), walk.tokens[walk.i + 1])
    return any(token.text in _SPEAKER for token in spoken)


def _clause_so_far(walk: Walk) -> list[Token]:
    return walk.tokens[max(walk.segment, walk.i - _LONGEST_CLAUSE) : walk.i]


def says_it_does_not_suit(walk: Walk) -> bool:
    """ "Mittwoch ist ganz schlecht", "Freitag muss ich arbeiten": not "wäre nicht schlecht"."""
    text = walk.text()
    has_plans = text == "vor" and walk.text(-1) in ("was", "etwas")
    has_plans = has_plans or _has_something_on(walk) or _must_be_away(walk)
    bad = text in _BAD or _is_closed(walk) or _is_too(walk) or _nothing_goes(walk)
    if not bad and text not in _BUSY and not has_plans:
        return False
    said = _clause_so_far(walk)
    if any(token.means("not") for token in said):
        return False
    if bad:
        return True
    if any(token.text in _WISHING for token in said):
        return False  # "Ich möchte am Freitag Unterricht" wishes for it.
    until = any(isinstance(s.what, Clock) and s.relation == "until" for s in walk.in_segment)
    return until or _is_the_callers(walk)


def ends_clause(walk: Walk) -> bool:
    after = walk.tokens[walk.i + 1]
    return after.kind in ("end", "punct") or after.text in ("wenn", "bitte", "danke")


def works(walk: Walk) -> bool:
    """ "Ich arbeite immer vormittags": the time that follows does not suit."""
    if walk.text() != "arbeite" or {walk.text(-1), walk.text(1)}.isdisjoint(_SPEAKER):
        return False
    behind = walk.tokens[walk.i + 1 :]
    when = next(token for token in behind if token.text not in _BEFORE_WORKING_HOURS)
    return when.number is not None or when.means(*_WHEN)


def _is_told(walk: Walk, verbs: frozenset[str]) -> bool:
    """Whether one of the ``verbs`` was said, and not as a question: in front ("Ist zehn …?") or
    before its subject ("… ist das zu früh?")."""
    clause = dropwhile(lambda t: t.text in FILLERS - verbs, _clause_so_far(walk))
    next(clause, None)
    said = [token.text for token in clause]
    return any(verb in verbs and then != "das" for verb, then in pairwise([*said, ""]))


def _is_closed(walk: Walk) -> bool:
    """ "Montags haben Sie ja zu"."""
    if walk.text() == "geschlossen":
        return True
    return walk.text() == "zu" and ends_clause(walk) and _is_told(walk, _HAS)


def _nothing_goes(walk: Walk) -> bool:
    """ "Vor Mittwoch geht gar nichts"."""
    return walk.text() in _NOTHING and _is_told(walk, _GOES)


def _is_too(walk: Walk) -> bool:
    """ "Zehn ist mir zu früh", "Freitag ist zu kurzfristig"."""
    return walk.text() in _TOO and walk.text(-1) == "zu" and _is_told(walk, _IS)


def _has_something_on(walk: Walk) -> bool:
    """ "Um drei hab ich schon was": no question whether there is something."""
    if walk.text() not in ("was", "etwas") or walk.text(-1) not in ("schon", "bereits"):
        return False
    return walk.text(1) in _END_OF_PLANS or walk.tokens[walk.i + 1].kind in ("end", "punct")


def is_busy_until(walk: Walk) -> bool:
    """ "Ich arbeite bis vier": a limit comes that is the caller's own."""
    if walk.text() not in _BUSY:
        return False
    behind = walk.tokens[walk.i + 1 : walk.i + _LONGEST_CLAUSE]
    behind = behind[: next((n for n, token in enumerate(behind) if token.kind == "punct"), None)]
    by_the_caller = _is_the_callers(walk) or not _MINE.isdisjoint((walk.text(-1), walk.text(1)))
    return by_the_caller and any(token.means("until") for token in behind)


def is_free_then(walk: Walk) -> bool:
    """ "Freitag habe ich Urlaub, da kann ich den ganzen Tag": that day suits after all."""
    following = walk.tokens[walk.i + 1 : walk.i + _LONGEST_CLAUSE]
    clause = [*takewhile(lambda token: token.kind != "end", following)]
    said = {token.text for token in clause}
    return bool(said & _SUITS_THEN) and not any(token.means("not") for token in clause)


def comes_back_to_it(walk: Walk) -> bool:
    """ "Dienstag habe ich Schicht, da geht es erst ab drei": the next clause is about that day."""
    following = walk.tokens[walk.i + 1 : walk.i + 4]
    texts = [token.text for token in following]
    return "," in texts[:2] and texts[texts.index(",") + 1] in ("da", "danach", "dann", "dort")


def is_beside_the_point(walk: Walk) -> bool:
    """ "Ich war im Oktober da", "im Dezember bin ich weg", "geboren am …", "die Füllung ist am
    Freitag rausgefallen": where other days are named, these are no wish. "Zum Geburtstag am
    Freitag hätte ich gern …" is one."""
    said = [token.text for token in _clause_so_far(walk)]
    pairs = set(pairwise(said))
    if not pairs.isdisjoint(_REMARKS) and len(walk.in_segment) > 1:
        return True  # "Dienstag ist ja heute, dann Mittwoch"
    if not _OCCASION.isdisjoint(said) or _tells_what_happened(said):
        return _WISHING.isdisjoint(said)
    was_there = bool(pairs & _WAS) and not _THERE.isdisjoint(said)
    was_there = was_there or ("war" in said and any(word.startswith("letzte") for word in said))
    return was_there or (bool(pairs & _AM) and "weg" in said)


def _tells_what_happened(said: Sequence[str]) -> bool:
    if _HAS_BEEN.isdisjoint(said) or "sie" in said:
        return False
    return any(word not in _NO_PARTICIPLE and _PARTICIPLE.fullmatch(word) for word in said)
