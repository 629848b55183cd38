"""What callers and agents send, made fit to be stored and sent on (rules.md §5).

Names keep every letter of every script, apostrophes and hyphens; markup and control characters go.
Addresses that were dictated are put together before a library judges them, without asking DNS.
What can't be right raises :class:`~askpro.errors.InvalidInput` with the field and a German
sentence that never repeats what was said. Refuses to know customers, requests and the database.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

import nh3
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from askpro.booking import wording
from askpro.booking.customers import same_word
from askpro.booking.dates.numbers import CARDINALS, fold
from askpro.errors import InvalidInput

#: Most characters of a field, after cleaning.
LONGEST = {"name": 150, "email": 255, "notes": 500}
_REGION = "DE"
# "&lt;b&gt;" is text until it is unescaped; "<\0b>" is, until the control character is gone.
_MOST_PASSES = 4
#: More than any field may have; longer ones are cut before they cost anything.
_MOST_READ = 20_000

_NO_NUMBER = {
    "", "anonymous", "unknown", "blocked", "private", "withheld", "restricted", "unavailable",
    "anonym", "unbekannt", "unterdrückt", "privat", "none", "null", "undefined",
}  # fmt: skip
_NO_NAME = _NO_NUMBER | {
    "kunde", "kundin", "anrufer", "anruferin", "customer", "caller", "n/a", "ja", "nein",
    "herr", "herrn", "frau", "keine angabe", "kein name", "nicht bekannt", "nicht angegeben",
}  # fmt: skip
_WORD_OR_FIGURES = re.compile(r"[^\W\d_]+|\d+")
_TIMES = {"doppel": 2, "doppelt": 2, "doppelte": 2, "zweimal": 2, "dreimal": 3, "viermal": 4}
_BETWEEN_FIGURES = frozenset({"die", "und", "dann"})
# Joiners shape words in Persian, Arabic and Indic names; other invisible characters only deceive.
_JOINERS = "\u200c\u200d"
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
#: Three letters or more, one by one and all in one way: fewer are initials.
_SPELLED = re.compile(r"(?<![^\W\d_])[^\W\d_]([ ,-]{1,3})[^\W\d_](?:\1[^\W\d_]){1,40}(?![^\W\d_])")
_SPELLING = re.compile(
    r"\b(?:also|buchstabiert|ich buchstabiere|geschrieben)[ ,:]*$", re.IGNORECASE
)
_INTRODUCTION = re.compile(
    r"^(?:mein name ist|ich (?:heiße|heisse|bin)|hier (?:ist|spricht)|auf den namen) "
    r"(?:(?:der|die) )?",
    re.IGNORECASE,
)
_HESITATION = re.compile(r"^(?:ähm?|öhm?)[ ,.]+", re.IGNORECASE)
#: How a name is written: "Schmidt mit dt", "Meier mit e i", "Hoffmann mit zwei f".
_WRITTEN_WITH = re.compile(
    r"(?<=\w)[ ,]+(?:geschrieben )?mit (?:(?:zwei|doppel|hartem|weichem|einem)[ -]?)?"
    r"(?:[a-zäöüß]{1,2}(?: und)?(?:[ ,-]+|$)){1,3}$",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^{}]{0,100}\}\}")


def plain(text: str) -> str:
    """``text`` without markup and control characters, blanks run together, composed (NFC)."""
    text = _COLOURS.sub("", text[:_MOST_READ])
    for _ in range(_MOST_PASSES):
        before, text = text, _without_markup(_visible(text))
        if text == before:
            return text
    # What is still markup after so many turns was nested to get through.
    return _visible(text.replace("<", " ").replace(">", " ").replace("&", " "))


def _without_markup(text: str) -> str:
    if "<" not in text and "&" not in text:
        return text
    return html.unescape(nh3.clean(text, tags=set(), attributes={}))


def _visible(text: str) -> str:
    kept = (c if _is_visible(c) else " " if c.isspace() else "" for c in text)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _is_visible(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def person_name(text: str) -> str | None:
    """A name of at most 150 characters; None when nobody is named ("unbekannt", an empty template).

    Raises :class:`InvalidInput` when it is too long or has no letter in it.
    """
    name = plain(_TEMPLATE.sub("", text)).strip(' ,;.!?"')
    name = _put_together_again(_INTRODUCTION.sub("", _HESITATION.sub("", name)))
    name = _WRITTEN_WITH.sub("", name)
    if name.lower() in _NO_NAME:
        return None
    if len(name) > LONGEST["name"]:
        raise InvalidInput("name", wording.invalid("name", "too_long"))
    if not any(char.isalpha() for char in name) or "@" in name or "://" in name:
        raise InvalidInput("name", wording.invalid("name"))
    return name


def _put_together_again(name: str) -> str:
    """ "M Ü L L E R" is Müller, "Eva Maier, M-E-Y-E-R" is Eva Meyer."""
    words: list[str] = []
    end = 0
    for spelled in _SPELLED.finditer(name):
        words += _SPELLING.sub("", name[end : spelled.start()]).strip(" ,;:-").split()
        word = "".join(filter(str.isalpha, spelled[0])).capitalize()
        if words and same_word(words[-1].casefold(), word.casefold()):
            words.pop()
        words.append(word)
        end = spelled.end()
    return " ".join([*words, *name[end:].strip(" ,;:-").split()]) if end else name


def free_text(text: str) -> str:
    """A note or reason as plain text, cut at 500 characters: nobody is asked to shorten a note."""
    return plain(text)[: LONGEST["notes"]].rstrip()


# -- telephone --------------------------------------------------------------------------------


def anonymous_number(text: str | None) -> bool:
    """Did the carrier withhold the number? Then the caller may book as new, and nothing else."""
    return text is None or text.strip().lower() in _NO_NUMBER


def phone_number(text: str) -> str:
    """The number in E.164, read as a German one unless it says otherwise.

    Raises :class:`InvalidInput`, also for withheld numbers.
    """
    number = _e164(text[:100])
    if number is None:
        raise InvalidInput("phone", wording.invalid("phone"))
    return number


@lru_cache(maxsize=1024)
def _e164(text: str) -> str | None:
    """A caller's number is looked at with everything that they ask."""
    written = unicodedata.normalize("NFKC", text).strip()
    written = _figures_of_words(written) or written
    # Carriers leave the plus out; 4917… would be a number of Leer, too, but none so long is.
    without_plus = written.startswith("49") and len(written) >= 11
    for candidate in (f"+{written}", written) if without_plus else (written, f"+{written}"):
        try:
            number = phonenumbers.parse(candidate, _REGION)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _figures_of_words(text: str) -> str | None:
    """The figures of a number in words, one by one or in pairs: "null eins fünfzehn doppel sechs".
    None where there are no words, or others.
    """
    if not any(letter.isalpha() for letter in text):
        return None
    figures, times = "", 1
    for word in _WORD_OR_FIGURES.findall(text):
        if fold(word) in _BETWEEN_FIGURES:
            continue
        if fold(word) in _TIMES:
            times = _TIMES[fold(word)]
            continue
        number = CARDINALS.get(fold(word))
        figure = "+" if fold(word) == "plus" else word if number is None else str(number)
        if figure.isalpha():
            return None
        figures, times = figures + figure * times, 1
    return figures


# -- mail -------------------------------------------------------------------------------------

_SIGNS = {"@", "ät", "aet", "äd", "klammeraffe", "affenschwanz", "ät-zeichen", "at-zeichen"}
_WEAK_SIGNS = {"at", "et"}
_DOTS = {".", "punkt", "dot"}
_MARKS = {
    **dict.fromkeys(_DOTS, "."),
    **dict.fromkeys(["minus", "bindestrich", "strich", "mittelstrich", "hyphen", "dash"], "-"),
    **dict.fromkeys(["unterstrich", "underscore", "tiefstrich"], "_"),
    "plus": "+",
}
_DIGITS = {
    "null": "0", "eins": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5",
    "sechs": "6", "sieben": "7", "acht": "8", "neun": "9",
}  # fmt: skip
#: Said after the address, about how to write it.
_REMARKS = {
    "klein", "geschrieben", "kleingeschrieben", "zusammen", "zusammengeschrieben", "alles", "bitte",
}  # fmt: skip
_TRANSCRIBED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_BRACKETED = re.compile(r"[(\[]\s?(at|ät|punkt|dot)\s?[)\]]")
#: "a wie Anton": how a letter is spelled out.
_AS_IN = re.compile(r"\b(\w) wie \w{2,20}\b")
_IN_ANGLES = re.compile(r"<([^<>@\s]{1,64}@[^<>@\s]{1,255})>")


def email_address(text: str) -> str:
    """The address in small letters, put together when it was dictated.

    "jasmin.weissgerber @ example.org" and "anna punkt müller ät web punkt de" are addresses; in a
    dictated one ü becomes ue, since mail providers have no umlauts before the sign. No DNS. Raises
    :class:`InvalidInput`.
    """
    if len(text) > _MOST_READ:
        raise InvalidInput("email", wording.invalid("email", "too_long"))
    angles = _IN_ANGLES.search(text)  # "Anna Müller <anna@web.de>": cleaning would see a tag.
    address = _put_together(plain(angles.group(1) if angles else text).lower())
    if len(address) > LONGEST["email"]:
        raise InvalidInput("email", wording.invalid("email", "too_long"))
    try:
        # Special names such as .test and .local are for the settings to allow, not for DNS.
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise InvalidInput("email", wording.invalid("email")) from None
    return checked.normalized.lower()


def _put_together(text: str) -> str:
    text = _BRACKETED.sub(r" \1 ", text.removeprefix("mailto:")).rstrip(" .")
    text = _AS_IN.sub(r"\1", text)
    words = [bare for word in text.split() if (bare := word.strip(",;!?\"'"))]
    sign = _place_of_sign(words)
    if sign is None:
        address = "".join(_MARKS.get(word, word) for word in words)
        local, at, domain = address.rpartition("@")
        said = not _MARKS.keys().isdisjoint(words)
        return f"{local.translate(_TRANSCRIBED)}{at}{domain}" if said else address
    local = "".join(_MARKS.get(word) or _DIGITS.get(word, word) for word in words[:sign])
    domain = ""
    for word in words[sign + 1 :]:
        if "." in domain and word in _REMARKS:
            break
        domain += _MARKS.get(word, word)
    if words[sign] != "@":
        local = local.translate(_TRANSCRIBED)
    return f"{local}@{domain}"


def _place_of_sign(words: list[str]) -> int | None:
    """Where the sign was said. "at" may also be Austria's ending: then a dot stands before it."""
    for at, word in enumerate(words):
        if word in _SIGNS:
            return at
    if any("@" in word for word in words):
        return None
    for at, word in enumerate(words):
        if word in _WEAK_SIGNS and at and words[at - 1] not in _DOTS:
            return at
    return None
