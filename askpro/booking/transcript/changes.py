"""Intents, and which words of a sentence are about an appointment that exists already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from askpro.booking.dates.numbers import words
from askpro.booking.transcript.facts import Intent
from askpro.booking.transcript.hearing import speaks_of_time
from askpro.booking.transcript.phrases import Phrases
from askpro.booking.transcript.turns import Turn

_CANCEL = Phrases(
    "absagen/absage/abgesagt/stornieren/storniere/storno/stornierung/streichen/canceln/cancel",
    "abmelden/ausfallen/loschen/abbestellen/absagt", "fallt ~3 aus", "sage/sag ~4 ab",
    "nicht kommen", "kann ~3 nicht wahrnehmen", "termin ~2 raus",
)  # fmt: skip
_MOVE = Phrases(
    "verschieben/verschiebe/verlegen/verlege/umbuchen/verschoben/umlegen/vorziehen/verlegung",
    "anderen termin", "termin ~2 andern", "andern ~2 termin", "termin ~4 tauschen", "reschedule",
    "auf einen anderen", "neuen termin ~3 statt", "verschiebung",
)  # fmt: skip
_BOOK = Phrases(
    "brauche/brauch/brauchte/hatte/mochte/will/wollte/suche ~6 termin", "termin ~4 ausmachen",
    "termin ~4 vereinbaren/buchen/machen/reservieren/haben/bekommen/kriegen", "haben sie ~8 frei",
    "was/noch/etwas ~2 frei", "hatten sie ~8 frei", "hatte/hatt ~2 gern/gerne", "anmelden",
    "brauche/brauch/brauchte/braucht ~3 einen/eine/ein/nen/ne/mal", "mochte ~6 kommen/buchen",
    "musste/muss/mochte/wollte/will ~4 zur/zum", "kann/konnte ich ~6 kommen/vorbeikommen",
    "kann ich ~6 vorbeikommen", "rezept fur", "einen termin bitte", "wurde ~4 gern/gerne",
    "termin bitte", "ware ~4 moglich", "geht ~3 was", "buchen/reservieren/eintragen",
    "book/appointment",
)  # fmt: skip
_ASK = Phrases(
    "nur fragen", "mal fragen", "wollte fragen", "eine frage", "frage", "wie lange", "was kostet",
    "was kosten", "kostet/kosten/preis/preise/parken/parkplatz/adresse/anfahrt", "gewusst ob",
    "geoffnet/offen/offnungszeiten", "bieten sie ~6 an",
    "wann war/ist/bin/macht/offnen/schliessen", "habe/hab ich ~7 termin", "habe ich ~4 was",
    "machen sie auch",
    "haben sie ~2 einen/eine", "ob sie ~4 auch", "wissen ob", "auskunft/information", "wo finde",
    "wo sind", "ruckruf", "rufen sie ~3 zuruck", "rufen sie ~2 an", "wagen fertig", "auto fertig",
    "schon fertig", "farben sie",
)  # fmt: skip
_WRONG_NUMBER = Phrases(
    "verwählt", "falsch verbunden", "falsche nummer", "nicht ~3 falsch gelandet",
    "wrong number", "falsch gewahlt",
)  # fmt: skip
_NO_APPOINTMENT = Phrases(
    "termin brauche ~2 nicht", "keinen termin", "kein termin", "brauche keinen",
)  # fmt: skip

_OTHER_PLANS = Phrases("was/etwas vor", "was/etwas anderes")
_MINE = Phrases(
    "mein/meinen/meinem/unser/unseren/unserem ~2 termin", "den/der ~2 termin", "termin bei ihnen",
    "habe/hab ~7 termin", "habe/hab ich ~7 was", "hatte ich ~6 termin",
    "bin ~8 da/dran/eingetragen", "bin ~8 angemeldet/gebucht/bestellt",
    "termin ~6 absagen/verschieben/verlegen/stornieren", "ist/war ~2 termin ~3 eingetragen",
)  # fmt: skip
_CANNOT = Phrases(
    "schaff/schaffe ~5 nicht", "kann ~6 nicht", "geht/klappt ~3 nicht", "verhindert", "krank"
)
_ABOUT_AN_APPOINTMENT = words("termin frei")
_RATHER = re.compile(
    r", (?:(?:könnte|kann|ginge|geht|könnten|können) (?:der|er|den|ihn|wir den) "
    r"|(?:ginge|geht|könnte ich|kann ich|hätten sie|haben sie|wäre|passt) "
    r"|[^,]*\b(?:besser|lieber)\b)"
)
_POINTS_AT_IT = words("den der dem vom von am meinen meiner unseren")


def intent_of(turns: Sequence[Turn]) -> Intent:
    """What the caller wants, from all that the caller said."""
    found = {"cancel": False, "reschedule": False, "book": False, "ask": False}
    no_appointment = False
    for turn in turns:
        if turn.speaker != "caller":
            continue
        for sentence in turn.sentences():
            said = sentence.gist
            if _WRONG_NUMBER.found_in(said):
                return "none"
            if _NO_APPOINTMENT.found_in(said):
                no_appointment = True
                continue
            found["reschedule"] = found["reschedule"] or _MOVE.found_in(said)
            found["cancel"] = found["cancel"] or _CANCEL.found_in(said)
            asking = _ASK.found_in(said)
            found["ask"] = found["ask"] or asking
            if not asking or _ABOUT_AN_APPOINTMENT & sentence.vocabulary:
                found["book"] = found["book"] or _BOOK.found_in(said)
    if found["reschedule"]:
        return "reschedule"
    if found["cancel"]:
        return "cancel"
    if found["book"] and not (no_appointment and found["ask"]):
        return "book"
    return "ask" if found["ask"] or no_appointment else "none"


def changes_something(sentence: Turn) -> bool:
    """Whether a sentence asks to cancel or move an appointment."""
    return _CANCEL.found_in(sentence.gist) or _MOVE.found_in(sentence.gist)


def wants_to_book(turn: Turn) -> bool:
    return _BOOK.found_in(turn.gist)


def cannot_come(sentence: Turn) -> bool:
    return _CANNOT.found_in(sentence.gist)


def speaks_of_mine(sentence: Turn) -> bool:
    """ "Mein Termin am Freitag", "ich bin um zehn dran": an appointment that exists."""
    if "hätte" in sentence.text.lower() or "haben sie" in sentence.folded:
        return False
    if "nicht" in sentence.vocabulary and "termin" not in sentence.vocabulary:
        return False  # "Da bin ich nicht da" is no appointment.
    if _OTHER_PLANS.found_in(sentence.gist):
        return False
    return _MINE.found_in(sentence.gist)


def sentence_parts(sentence: Turn, changing: bool) -> Iterator[tuple[Turn, bool]]:
    """The sentence in one or two parts, each with whether it is about the existing appointment.

    "Den vom neunundzwanzigsten bitte auf den dritten November": what stands before the "auf" is
    to be moved, what stands behind is where to.
    """
    mine = speaks_of_mine(sentence)
    moves = changes_something(sentence)
    if moves or mine or (changing and sentence.words[:1] and sentence.words[0] in _POINTS_AT_IT):
        cut = _towards(sentence)
        if cut:
            before, after = sentence.text[:cut].strip(), sentence.text[cut:].strip()
            if before:
                yield Turn(sentence.speaker, before), True
            yield Turn(sentence.speaker, after), False
            return
    if cannot_come(sentence) and not (mine or moves):
        for part in sentence.text.split(","):
            if part.strip():
                yield Turn(sentence.speaker, part.strip()), False
        return
    yield sentence, mine or moves


def _towards(sentence: Turn) -> int:
    """Where "auf (den …)", ", könnte der (auch am …)", ", ginge (eine Woche später)" or ", (…)
    wäre besser" begins that names the new time; 0 where there is none."""
    low = f" {sentence.text.lower()} "
    rather = _RATHER.search(low)
    for place in (rather.start() if rather else 0, low.rfind(" auf ")):
        if place > 0 and _begins_with_time(Turn(sentence.speaker, sentence.text[place:])):
            return place
    return 0


def _begins_with_time(turn: Turn) -> bool:
    return speaks_of_time(Turn(turn.speaker, " ".join(turn.words[:6])))
