"""Which service the talk is about: among those a branch offers, or by the look of the word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from askpro.booking.dates.numbers import fold
from askpro.booking.model import Service
from askpro.booking.services import match_service
from askpro.booking.transcript.speech_acts import agrees
from askpro.booking.transcript.turns import Turn

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
#: Nouns that end like this are services wherever people make appointments.
_ENDINGS = (
    "schnitt", "wechsel", "untersuchung", "reinigung", "behandlung", "massage", "therapie",
    "gymnastik", "beratung", "inspektion", "pflege", "kontrolle", "training", "drainage", "impfung",
    "gesprach", "analyse", "reparatur", "wasche", "prufung", "besichtigung", "anprobe", "vorsorge",
    "sprechstunde", "verlangerung", "extension", "extensions", "farbung", "tonung", "stahnen",
    "dauerwelle", "welle", "bleaching", "fullung", "prophylaxe", "peeling", "kurs", "schule",
    "service", "durchsicht", "abnahme", "montage", "lackierung", "rasur", "styling", "frisur",
    "makeup", "kur", "wachsen", "waxing", "maniküre", "manikure", "pedikure", "tattoo", "piercing",
    "shooting", "fangopackung", "fango", "akupunktur", "osteopathie", "checkup", "check",
    "rontgen", "blutabnahme", "ekg", "hauptuntersuchung", "strahnchen", "strahnen", "spulung",
    "anamnese", "diagnose", "sitzung", "stunde", "probefahrt", "wartung", "verbandswechsel",
    "fahrstunde", "nachsorge", "ultraschall", "einlagen", "haarentfernung",
)  # fmt: skip
_VERB_NAMES = """
Färben Tönen Föhnen Waschen Schneiden Haareschneiden Nachschneiden Strähnen Glätten Rasieren
Bleichen Wuchten Einlagern Zupfen Haarefärben Aufstecken Flechten Bartschneiden
"""
_NAMES = """
TÜV Fango Strähnchen Inspektion Kontrolle Beratung Massage Maniküre Pediküre Fußpflege Impfung
Vorsorge Bleaching Piercing Tattoo Waxing Akupunktur Osteopathie Physiotherapie Rückenschule
Balayage Dauerwelle Hochsteckfrisur Prophylaxe Füllung Ölwechsel Farbe
"""
_ABBREVIATIONS = {
    "kg": "Krankengymnastik",
    "mt": "Manuelle Therapie",
    "pzr": "Professionelle Zahnreinigung",
    "hu": "Hauptuntersuchung",
}
#: Verbs that are services when they become nouns ("zum Färben"); folded -> as a noun.
_VERBS = {fold(name): name for name in _VERB_NAMES.split()}
_EXACT = {fold(name): name for name in _NAMES.split()} | _ABBREVIATIONS
_TOO_GENERAL = frozenset(
    {"stunde", "sprechstunde", "schule", "kurs", "service", "montage", "behandlung", "sitzung",
     "welle", "kur", "check", "viertelstunde", "dreiviertelstunde", "frisur", "analyse"}
)  # fmt: skip
_ADJECTIVE = re.compile(r"(?:e|en|er|es|em)$")
_ADJECTIVES = (
    "manuell", "professionell", "medizinisch", "klassisch", "groß", "klein", "komplett",
    "kosmetisch", "halbjährlich", "jährlich", "osteopathisch", "physikalisch",
)  # fmt: skip
_MOST_TURNS = 80
_LONGEST_PIECE = 400


def service_of(turns: Sequence[Turn], services: Sequence[Service]) -> str | None:
    """The service named last by the caller, or by the agent and agreed to by the caller.

    Among ``services`` by their own names; without them as it was said, in its base form.
    """
    found: str | None = None
    for place, turn in enumerate(turns[:_MOST_TURNS]):
        if turn.speaker == "agent":
            answer = turns[place + 1] if place + 1 < len(turns) else None
            if place == 0 or found or answer is None or not agrees(answer):
                continue
        for spoken in _spoken_services(turn.text[:_LONGEST_PIECE], services):
            found = spoken
    return found


def _spoken_services(text: str, services: Sequence[Service]) -> list[str]:
    if services:
        return _offered(text, services)
    tokens = _WORD.findall(text)
    found = []
    for i, token in enumerate(tokens):
        low = fold(token).replace("-", "")
        noun = _EXACT.get(low) or (_VERBS.get(low) if _is_noun(tokens, i) else None)
        if noun is None and low.endswith(_ENDINGS) and low not in _TOO_GENERAL:
            noun = token[:1].upper() + token[1:]
        if noun:
            found.append(_with_adjective(tokens, i, noun))
    return found


def _is_noun(tokens: list[str], i: int) -> bool:
    """ "zum Färben", "Färben bitte": not "färben Sie auch Wimpern?"."""
    before = fold(tokens[i - 1]) if i else ""
    return (i > 0 and tokens[i][:1].isupper()) or before in ("zum", "furs", "beim", "einmal", "nur")


def _with_adjective(tokens: list[str], i: int, noun: str) -> str:
    """ "zur manuellen Therapie" is "Manuelle Therapie"."""
    if not i:
        return noun
    adjective = _ADJECTIVE.sub("", tokens[i - 1])
    if not adjective.lower().startswith(_ADJECTIVES):
        return noun
    return f"{adjective[:1].upper()}{adjective[1:]}e {noun}"


def _offered(text: str, services: Sequence[Service]) -> list[str]:
    """The offered services whose names, synonyms or sounds are in the text, in the order said."""
    folded = f" {' '.join(fold(word) for word in _WORD.findall(text))} "
    placed: list[tuple[int, int, str]] = []
    for service in services:
        for label in (service.name, *service.synonyms):
            words = " ".join(fold(word) for word in _WORD.findall(label))
            place = folded.find(f" {words} ") if words else -1
            if place >= 0:
                placed.append((place, -len(words), service.name))
    if placed:
        placed.sort()
        return [placed[-1][2] if len({p for p, _, _ in placed}) > 1 else placed[0][2]]
    found = []
    for spoken in _spoken_services(text, ()):
        match = match_service(spoken, services)
        if match.service is not None:
            found.append(match.service.name)
    return found
