"""The words of German (and a little English) about time, each with its sense.

:func:`sense_of` looks one folded word up, compounds such as "montagnachmittag" included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from functools import lru_cache

from rapidfuzz.distance import OSA

from askpro.booking.dates.dialect import weekday_in_dialect
from askpro.booking.dates.numbers import fold, words


@dataclass(frozen=True)
class Sense:
    """``kind`` says which rule cares, ``value`` what it learns; ``part`` is a compound's tail."""

    kind: str
    value: int | str = 0
    part: str | None = None


@dataclass(frozen=True)
class PartOfDay:
    """A part of the day as Germans name it. ``begins`` to ``ends`` is its nominal extent.

    ``search_from`` is where looking for a slot starts: noon itself is "mittags", not
    "nachmittags", and three o'clock is "drei Uhr morgens", but a shop's morning starts when it
    opens (None). ``half`` says which half of the day an hour said with it belongs to.
    """

    name: str
    begins: time
    ends: time
    half: str
    search_from: time | None = None


_OPENING = -1


def _part(name: str, begins: int, ends: int, half: str, search: int | None = None) -> PartOfDay:
    since = begins if search is None else search
    return PartOfDay(name, time(begins), time(ends), half, None if since < 0 else time(since))


#: Half "late" is evening and night: twelve o'clock is midnight, one to five are after it.
PARTS = {
    part.name: part
    for part in (
        _part("früh", 6, 10, "am", _OPENING),
        _part("morgens", 3, 12, "am", _OPENING),
        _part("vormittags", 8, 12, "am", _OPENING),
        _part("am frühen Vormittag", 8, 10, "am", _OPENING),
        _part("am späten Vormittag", 10, 12, "am"),
        _part("mittags", 12, 14, "noon"),
        _part("nachmittags", 12, 18, "pm", 13),
        _part("am frühen Nachmittag", 13, 15, "pm"),
        _part("am späten Nachmittag", 16, 18, "pm"),
        _part("abends", 18, 22, "evening"),
        _part("am frühen Abend", 18, 20, "evening"),
        _part("am späten Abend", 20, 23, "evening"),
        _part("nachts", 22, 6, "night"),
    )
}

_WEEKDAYS = (
    "montag mo mon monday",
    "dienstag di dien tue tues tuesday",
    "mittwoch mi mitwoch middwoch mittwuch mittwochs wed wednesday",
    "donnerstag do donnerst thu thur thurs thursday",
    "freitag fr fri friday",
    "samstag sa sonnabend sat saturday",
    "sonntag so son sun sunday",
)
_MONTHS = (
    "januar jänner jan january",
    "februar feber feb february",
    "märz maerz mrz march",
    "april apr",
    "mai may",
    "juni juno jun june",
    "juli julei jul july",
    "august aug",
    "september sep sept",
    "oktober october okt oct",
    "november nov",
    "dezember december dez dec",
)
_SHORT = words(
    "mo di mi do fr sa so mon tue tues wed thu thur thurs fri sat sun son dien donnerst jan "
    "feb mrz apr jun jul aug sep sept okt oct nov dez dec may mai"
)

#: (kind, value) -> words. A word belongs to one sense; the grammar knows the double ones.
_SENSES: dict[tuple[str, int | str], str] = {
    ("near", 0): "heute heut heit heint today heutige heutigen heutiger heutiges heutigem",
    ("near", 1): "tomorrow morgige morgigen morgiger morgiges morgigem",
    (
        "near",
        2,
    ): "übermorgen übermorgn übermorn üwermorgen iwwermorgen iwwermorje übermorje iebermorgn "
    "übermorgige übermorgigen",
    ("near", 3): "überübermorgen",
    ("near", -1): "gestern yesterday gestrige gestrigen gestriger gestriges",
    ("near", -2): "vorgestern",
    ("morgen", 1): "morgen morjen morgn moagn moang morng morn",
    ("which", "this"): "diese diesen dieser dieses diesem dies this aktuelle aktuellen aktueller "
    "laufende laufenden laufender heurigen",
    ("which", "next"): "nächste nächsten nächster nächstes nächstem nächst next "
    "nexte nexten folgende folgenden folgender folgendes darauffolgende darauffolgenden following",
    ("which", "coming"): "kommende kommenden kommender kommendes coming upcoming",
    ("which", "overnext"): "übernächste übernächsten übernächster übernächstes übernächstem",
    ("which", "last"): "letzte letzten letzter letztes letztem vorige vorigen voriger voriges "
    "vergangene vergangenen vergangener vergangenes previous last",
    ("part", "früh"): "früh frühmorgens morgenfrüh frühe früher frühen frühs fria",
    ("part", "morgens"): "morgens morning",
    ("part", "vormittags"): "vormittag vormittags vorm vormittagszeit forenoon",
    ("part", "mittags"): "mittag mittags noon midday mittagszeit mittagspause mittagsstunde "
    "mittagessen",
    ("part", "nachmittags"): "nachmittag nachmittags nachm nachmittagszeit afternoon "
    "nomittag nomittog namittag nammittag",
    ("part", "am frühen Nachmittag"): "frühnachmittag",
    ("part", "am späten Nachmittag"): "spätnachmittag spätnachmittags",
    ("part", "abends"): "abend abends evening tonight abendstunden",
    ("part", "am späten Abend"): "spätabend spätabends",
    ("part", "nachts"): "nacht nachts night",
    ("midnight", 0): "mitternacht mitternachts midnight",
    ("late", 0): "spät späten spätem späte late",
    ("early", 0): "early",
    ("unit", "second"): "sekunde sekunden second seconds",
    ("unit", "minute"): "minute minuten min minütchen minutes",
    ("unit", "hour"): "stunde stunden std stündchen hour hours",
    ("unit", "day"): "tag tage tagen tages tg day days",
    ("unit", "week"): "woche wochen woch week weeks",
    ("unit", "month"): "monat monate monaten monats month months",
    ("unit", "quarter"): "quartal quartals",
    ("unit", "year"): "jahr jahre jahren jahres year years",
    ("weekend", 0): "wochenende wochenend wochenends weekend wochenendes",
    ("edge", "start"): "anfang beginn beginning",
    ("edge", "middle"): "mitte",
    ("edge", "end"): "ende end",
    ("uhr", 0): "uhr oclock clock h",
    ("half", 0): "halb halber halwer halbe halbi hoib hoibe half",
    ("quarter", 1): "viertel virtel viertl värdl quarter",
    ("quarter", 3): "dreiviertel dreivirtel dreiviertl dreivärdl",
    ("from", 0): "ab frühestens allerfrühestens frühstens frühesten from since seit starting",
    ("until", 0): "bis spätestens spätesten spätstens allerspätestens until till before by",
    ("around", 0): "gegen circa zirka cirka ca etwa ungefähr around about approximately "
    "roundabout plusminus umara umma",
    ("around_after", 0): "rum herum",
    ("at", 0): "um at punkt schlag klock",
    ("between", 0): "zwischen between",
    ("later", 0): "drauf darauf danach später",
    ("correct", 0): "nein nee neee nö quatsch falsch korrektur korrigiere sondern stattdessen "
    "vielmehr lieber doch besser eher entschuldigung entschuldige tschuldigung sorry verzeihung "
    "pardon stopp stop momentchen actually rather instead wait",
    ("or", 0): "oder or beziehungsweise bzw ansonsten sonst alternativ notfalls",
    ("not", 0): "nicht kein keine keinen keinem keinesfalls keineswegs nie niemals ned net nich "
    "nid nöd weder nimmer nimma not außer ausgenommen except",
    ("instead", 0): "statt anstatt anstelle",
    ("now", 0): "jetzt now sofort momentan augenblicklich",
    ("same", 0): "gleiche gleichen selbe selben dieselbe derselben same",
    ("kw", 0): "kw kalenderwoche",
}

_RECURRING = {
    fold(word): day
    for day, word in enumerate(
        ["montags", "dienstags", "mittwochs", "donnerstags", "freitags", "samstags", "sonntags"]
    )
}
#: Tails of compounds, with and without the s of an adverb.
_TAILS = {
    "frühmorgens": "früh",
    "früh": "früh",
    "morgens": "morgens",
    "morgen": "morgens",
    "vormittag": "vormittags",
    "mittag": "mittags",
    "nachmittag": "nachmittags",
    "spätnachmittag": "am späten Nachmittag",
    "abend": "abends",
    "spätabend": "am späten Abend",
    "nacht": "nachts",
}

#: Words that say nothing about time and may stand between those that do.
FILLERS = words(
    "am an den der dem des die das im in vom zum zur von zu auf für so also dann mal halt ja "
    "bitte vielleicht eventuell evtl wohl noch auch gerne gern schon ähm äh ehm öhm hm mh "
    "erst irgendwann irgendwie irgendwo möglichst ganz genau grad gerade eben nur bloß "
    "ungefähre einschließlich inklusive the of on und the for pm ist wäre wär passt würde "
    "sagen sage wir liebsten"
)
#: What a number counts when it is no hour.
COUNTED = words(
    "person personen leute leuten kinder kindern mann frauen termin termine terminen mal male "
    "euro cent prozent jahre jahren jahr jährige jährigen tag tage tagen woche wochen monat "
    "monate monaten stunde stunden std minute minuten min sekunden meter kilometer km stück "
    "zimmer plätze platz straße hausnummer etage stock reifen räder zähne zahn behandlungen "
    "behandlung sitzung sitzungen rezepte rezept dritte drittel plätzen leutchen gäste "
    "freunde kollegen hunde katzen grad kilo gramm liter nächte"
)
#: What follows a rank that is no day of the month ("der zweite Termin", "zum ersten Mal").
RANKED = COUNTED | words(
    "freie freien freier verfügbare verfügbaren mögliche möglichen beste besten kind besuch "
    "frau sohn tochter versuch anruf kunde kundin patient person klasse hand linie schritt "
    "behandlung untersuchung kontrolle uhrzeit gelegenheit slot möglichkeit halbjahr quartal "
    "hälfte tageshälfte wochenhälfte monatshälfte hilfe schwangerschaft schwangerschaftsmonat "
    "schnee frost"
)
GREETING_WORDS = words(
    "guten gute guter schonen schones schone schoner good grussgott grusse lieben"
)


def _table() -> dict[str, Sense]:
    senses: dict[str, Sense] = {}
    for (kind, value), names in _SENSES.items():
        for word in names.split():
            senses.setdefault(fold(word), Sense(kind, value))
    for kind, each, first in (("weekday", _WEEKDAYS, 0), ("month", _MONTHS, 1)):
        for number, names in enumerate(each, first):
            for word in names.split():
                short = word in _SHORT
                senses.setdefault(fold(word), Sense(f"{kind}_short" if short else kind, number))
    for word, day in _RECURRING.items():
        senses[word] = Sense("recurring", day)
    return senses


_TABLE = _table()
_COMPOUND_TAILS = tuple(
    sorted(
        ((fold(tail) + s, part) for tail, part in _TAILS.items() for s in ("", "s")),
        key=lambda pair: -len(pair[0]),
    )
)
_COMPOUND_HEADS = tuple(
    (fold(word), Sense("weekday", day))
    for day, names in enumerate(_WEEKDAYS)
    for word in names.split()
    if len(word) > 5 and word not in ("mittwochs", "donnerst")
) + tuple((word, Sense("near", 0)) for word in ("heute", "heut"))

_SHORT_NAME = 7
#: Names that are long enough to be known by all but one of their letters.
_LONG_NAMES = {
    name: _TABLE[name]
    for name in words(
        "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag "
        "januar februar september oktober november dezember"
    )
}


@lru_cache(maxsize=8192)
def sense_of(word: str) -> Sense | None:
    """The sense of a folded word, None for every word that is not about time."""
    found = _TABLE.get(word)
    if found is None and ("sch" in word or word.endswith("tach")):
        # The South says "nächschte", the North "Nachmittach".
        word = word.replace("scht", "st").replace("schd", "st").replace("tach", "tag")
        found = _TABLE.get(word)
    if found or len(word) < 6 or len(word) > 30:
        return found
    weekday = weekday_in_dialect(word)
    if weekday is not None:
        return Sense("weekday", weekday)
    for head, sense in _COMPOUND_HEADS:
        if word.startswith(head):
            rest = word[len(head) :]
            for tail, part in _COMPOUND_TAILS:
                if rest == tail:
                    return Sense(sense.kind, sense.value, part)
    return _mistyped(word)


def _mistyped(word: str) -> Sense | None:
    """ "Miittwoch", "Donnersatg", "Novmber": one slip away from a name, but no "Montage".

    Another letter in a short name makes another word of it: "Freital", "Freytag", "Jaguar".
    """
    for name, sense in _LONG_NAMES.items():
        if name[0] != word[0] or word == name + "e" or OSA.distance(name, word) != 1:
            continue
        if len(name) > _SHORT_NAME or len(name) != len(word) or sorted(name) == sorted(word):
            return sense
    return None
