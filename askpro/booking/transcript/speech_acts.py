"""What a turn does: agree, refuse, withdraw, ask for something, say that something is done."""

from __future__ import annotations

from askpro.booking.dates.numbers import words
from askpro.booking.transcript.facts import Action
from askpro.booking.transcript.phrases import Phrases
from askpro.booking.transcript.turns import Turn

_AGREEING = words(
    "ja jawohl jo jep jup joa genau gerne gern perfekt super prima passt okay ok "
    "einverstanden klar wunderbar richtig stimmt korrekt toll spitze bestens yes yep sure "
    "fein ausgezeichnet exakt freilich sicher abgemacht top klasse hervorragend"
)
_LEADING = words("ja also oh ach na gut so dann das ist war wär wäre wurde bitte hm mh ähm äh aha")
_NO_ANSWER = words("hallo moment sekunde augenblick warten warte aber verstehe höre hören")
_REFUSING = words("nein nee neee nö nicht leider schlecht weder nix nichts keinen keine kein")

_NO = words("nein nee neee nö")
#: "Na toll" is none of the praise that "toll" is.
_PRAISE = words("toll super prima wunderbar klasse spitze top perfekt")
_IRONIC = Phrases("na/sehr toll/super/prima/wunderbar/klasse/spitze/witzig")

_AGREED = Phrases(
    "das schaff/schaffe ich", "machen/buchen/tragen sie", "mach das", "machen wir",
    "nehm/nehme/nehmen ich/wir", "das nehme", "klingt gut", "in ordnung", "alles klar",
    "hort sich gut", "ist gut", "das passt", "das geht", "passt mir/uns/gut/super/prima/perfekt",
    "geht klar/in", "so machen", "bin dabei", "sehr gut",
    "war/ware super/gut/perfekt/prima/toll/schon/ideal/klasse", "warum nicht",
    "bitte ~1 eintragen", "bitte ~1 buchen", "uhrzeit/tag/termin passt",
)  # fmt: skip
_REMARKED = Phrases("ist ja/doch/schon")
_REFUSED = Phrases(
    "passt ~3 nicht", "geht ~3 nicht", "kann ~3 nicht", "schaff/schaffe ~3 nicht",
    "klappt ~1 nicht", "zu fruh/spat/knapp/lang", "keine zeit", "lieber nicht", "noch nicht",
    "ist schlecht", "nicht so gut", "bin ~4 weg/urlaub/montage", "sind ~4 weg/urlaub",
    "muss ~1 arbeiten", "muss ~2 arbeiten",
)  # fmt: skip
_WITHDRAWN = Phrases(
    "uberleg*", "rufe/ruf/melde ~4 nochmal/nochmals/wieder/spater/zuruck", "rufe/ruf ~2 noch mal",
    "melde mich", "muss ~4 erst ~4 fragen/klaren/schauen/nachsehen/absprechen/nachschauen",
    "muss ~4 noch ~4 fragen/klaren/absprechen", "erst mal nur", "woanders", "hat sich erledigt",
    "lassen sie/wir mal/gut/sein/das/es", "vergessen sie", "doch kein/keinen ~1 termin",
    "brauche ~2 keinen/nicht", "termin brauche ich nicht",
    "nur ~1 nachsehen/schauen/gucken/fragen", "doch nicht mehr", "dann nicht", "im moment nicht",
    "versuche es ~1 woanders/anderswo", "zu teuer",
)  # fmt: skip

#: Said of an appointment that was just made, or of a parking space.
_MAY_BE_TAKEN_BACK = Phrases("doch nicht mehr", "hat sich erledigt", "brauche doch keinen")
_TAKEN_BACK = Phrases(
    "doch kein/keinen ~1 termin", "gar kein/keinen ~1 termin", "wollte ~4 keinen termin"
)

_DISPUTED = Phrases(
    "ist/war ~1 falsch/verkehrt", "stimmt ~2 nicht", "nicht richtig/korrekt", "falsch verstanden",
    "hatte/habe ich ~1 nicht ~1 gesagt", "missverständnis", "falscher tag", "falsche uhrzeit/zeit",
)  # fmt: skip

_ASKED = {
    "name": Phrases(
        "name/namen", "heißen sie", "heißt ~1 ihr/ihre/er/sie/der/die/das", "vorname/vornamen",
        "nachname/nachnamen", "familienname*", "wer spricht/ist", "mit wem", "fur wen", "wie war",
    ),
    "first_name": Phrases("vorname/vornamen"),
    "phone": Phrases(
        "nummer/handynummer/mobilnummer/ruckrufnummer/festnetznummer", "telefon*",
        "telefonnummer", "erreichen wir/ich", "wir/ich ~1 sie ~2 erreichen",
        "wir/ich sie erreichen",
    ),
    "email": Phrases("mail/email/emailadresse/mailadresse/mails"),
    "other": Phrases(
        "geburtsdatum/geboren/geburtstag/jahrgang/kennzeichen/postleitzahl/kundennummer",
        "versicher*", "kilometerstand/adresse/anschrift/hausnummer/baujahr", "alt sind/ist",
    ),
    "time": Phrases(
        "uhrzeit/wann", "wie viel/spät uhr/ist", "wieviel uhr", "welche/welcher zeit",
    ),
    "existing": Phrases(
        "welchen/welcher/welches termin/der", "um welchen", "wann war/ist ihr/der/denn",
        "bisherige*", "welchen ~4 absagen/verschieben/verlegen/stornieren",
    ),
    "new": Phrases(
        "besser", "stattdessen", "neuen/neuer/neue termin", "worauf", "auf wann", "wohin",
        "verlegen wir/auf", "sonst passen",
    ),
}  # fmt: skip

_DONE: tuple[tuple[Action, Phrases], ...] = (
    (
        "cancelled",
        Phrases(
            "gestrichen/storniert/abgesagt/geloscht/streiche/storniere/ausgetragen", "sage ~3 ab",
            "nehme ~4 raus/heraus",
        ),
    ),
    (
        "rescheduled",
        Phrases(
            "verlegt/verlege/verschoben/verschiebe/umgebucht/umgelegt/geandert",
            "buche/lege ~4 um", "ändere ich/das/es/ihren",
        ),
    ),
    (
        "booked",
        Phrases(
            "eingetragen/notiert/gebucht/reserviert/vorgemerkt/bestatigt/eingeplant/angelegt",
            "trage/buche/vermerkt/notiere/reserviere/festgehalten", "termin steht",
            "steht ~1 termin", "ist ~1 fix", "erwarten ~1 sie", "freuen uns auf sie",
        ),
    ),
)  # fmt: skip
_NOT_DONE = Phrases(
    "soll/sollen/darf/durfen/konnen/nicht/leider/kollege/kollegin/sobald/falls/wenn/wunsch",
    "mochten sie", "kann ich", "wurde ich", "ruckruf*", "zuruckrufen", "versuche/probiere",
    "rufen ~4 zuruck",
)  # fmt: skip
_TAKEN = Phrases(
    "leider/vergeben/belegt/ausgebucht/weg/voll/besetzt/nichts/geschlossen", "nicht ~1 frei",
    "kein/keine/keinen ~1 termin/termine/slot/zeit", "schon zu", "nicht ~1 verfugbar/moglich",
)  # fmt: skip
_FREE = Phrases(
    "frei/ware/waren/hatte/hatten/anbieten/ginge/moglich/passt/stattdessen/dafur",
    "habe/haben ich/wir",
)  # fmt: skip
_OPENING_HOURS = Phrases(
    "geoffnet/offen/offnungszeiten/offnen/schliessen/jeweils", "sind wir ~6 da", "fur sie da",
    "machen wir ~3 auf/zu", "immer montags/dienstags/mittwochs/donnerstags/freitags",
)  # fmt: skip
_CONDITIONS = Phrases(
    "bescheid", "kostenlos/kostenfrei ~3 absagen/stornieren/verschieben", "sagen sie ~4 ab",
    "spatestens ~3 da", "nuchtern", "absagen/stornieren sie",
)  # fmt: skip
_UNABLE = Phrases(
    "nicht in den/unseren kalender", "kalender ~3 nicht", "kollege/kollegin", "ruckruf*",
    "rufen ~4 zuruck", "meldet sich", "melden uns", "storung", "nicht erreichbar",
    "system ~3 nicht",
)  # fmt: skip

_FIRST_WORDS = 6
#: What is asked for stands at the end of a turn.
_LAST_WORDS = 40


def agrees(turn: Turn) -> bool:
    """ "Ja, perfekt", "das nehme ich": not "ja hallo?", not "ja, aber"."""
    first = _first_words(turn)
    if first & _NO_ANSWER or refuses(turn) or withdraws(turn):
        return False
    if _IRONIC.found_in(turn.words[:_FIRST_WORDS]):
        first -= _PRAISE
    return bool(first & _AGREEING) or _AGREED.found_in(turn.gist)


def refuses(turn: Turn) -> bool:
    first = _first_words(turn)
    if not first & _AGREEING and any(_is_no(sentence) for sentence in turn.sentences()):
        return True  # "Sehr witzig. Nein."
    return bool(first & _REFUSING) or _REFUSED.found_in(turn.gist)


def _is_no(sentence: Turn) -> bool:
    """ "Nein.", "Nein danke.": all that a sentence says."""
    said = sentence.words
    return bool(said) and said[0] in _NO and all(word in _NO | {"danke"} for word in said)


def takes_back(turn: Turn) -> bool:
    """ "Ach, lassen Sie, ich brauche doch keinen Termin"."""
    return _TAKEN_BACK.found_in(turn.gist)


def may_take_back(turn: Turn) -> bool:
    """ "Das hat sich erledigt": what has, only the agent's answer tells."""
    return _MAY_BE_TAKEN_BACK.found_in(turn.gist)


def withdraws(turn: Turn) -> bool:
    """Whether the caller leaves without an appointment: "ich rufe noch mal an"."""
    return _WITHDRAWN.found_in(turn.gist)


def remarks(turn: Turn) -> bool:
    """ "(Dienstag) ist ja (heute)": what is so, no wish."""
    return _REMARKED.found_in(turn.words)


def disputes(turn: Turn) -> bool:
    """Whether the caller says that what the agent did is wrong."""
    return _DISPUTED.found_in(turn.gist)


def _first_words(turn: Turn) -> frozenset[str]:
    """The first words, as far as they are small ones, and the one behind them."""
    first = []
    for word in turn.words[:_FIRST_WORDS]:
        first.append(word)
        if word not in _LEADING and word not in _AGREEING:
            break
    return frozenset(first)


def asks(turn: Turn | None) -> frozenset[str]:
    """What the agent asks for: name, first_name, phone, email, other, time, existing, new."""
    if turn is None:
        return frozenset()
    last = turn.words[-_LAST_WORDS:]
    return frozenset(what for what, phrases in _ASKED.items() if phrases.found_in(last))


def says_done(sentence: Turn) -> Action | None:
    """The action that the agent says is done: "ist eingetragen", not "soll ich eintragen?"."""
    for action, phrases in _DONE:
        if phrases.found_in(sentence.gist):
            if "?" in sentence.text or _NOT_DONE.found_in(sentence.gist):
                return None
            return action
    return None


def is_taken(sentence: Turn) -> bool:
    """ "Elf Uhr ist leider vergeben": a time that is not on offer."""
    return _TAKEN.found_in(sentence.gist) and not _FREE.found_in(sentence.gist)


def tells_opening_hours(sentence: Turn) -> bool:
    return _OPENING_HOURS.found_in(sentence.gist)


def tells_conditions(sentence: Turn) -> bool:
    """ "Sagen Sie bis Donnerstag Bescheid": a day that is on no offer."""
    return _CONDITIONS.found_in(sentence.gist)


def is_unable(turn: Turn) -> bool:
    """Whether the agent can't settle it now: "ein Kollege meldet sich"."""
    return _UNABLE.found_in(turn.gist)
