"""Phone numbers and mail addresses as they are dictated: "null eins sieben", "punkt", "ät"."""

from __future__ import annotations

import re
from collections.abc import Sequence

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from askpro.booking.dates.numbers import CARDINALS, fold, words
from askpro.booking.transcript.speech_acts import asks
from askpro.booking.transcript.turns import Turn

_TOKEN = re.compile(r"[^\W\d_]+|\d+|\+")
_PAUSES = words(
    "und dann noch mal die der ist lautet nummer vorwahl meine äh ähm also ja strich minus "
    "durch unter hm bindestrich genau handy mobil erreichen sie mich"
)
_AGAIN = words("nein falsch quatsch nochmal korrektur moment entschuldigung")
_TIMES = {"doppel": 2, "doppelt": 2, "zweimal": 2, "dreimal": 3, "viermal": 4, "dreifach": 3}
_FEWEST_OF_A_RUN = 3
_FEWEST_OF_A_NUMBER = 5
_LONGEST_NAME = 5
_NO_NAME = words("am um an uhr nein doch lieber ab gegen auch morgen heute ginge geht")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 16

_SPOKEN_SIGNS = (
    (re.compile(r"\s*\b(?:punkt|dot)\b\s*"), "."),
    (re.compile(r"\s*(?:\bätt?\b|\bat\b|\bklammeraffe\b|\baet\b|@)\s*"), "@"),
    (re.compile(r"\s*\b(?:minus|bindestrich|mittelstrich)\b\s*"), "-"),
    (re.compile(r"\s*\bunterstrich\b\s*"), "_"),
)
#: "m wie Martha", "Punkt, Müller", "web de": how addresses are spelled out and cut short.
_AS_IN = re.compile(r"\b(\w) wie \w{2,20}\b")
_COMMAS = re.compile(r"\s*,\s*(?=[.@_-])|(?<=[.@_-])\s*,\s*")
_LOST_DOT = re.compile(r"(@[a-z0-9-]{2,40}) (de|com|net|org|eu|info)\b")
_TOGETHER = re.compile(r"\b(?:alles )?(?:zusammen\w*|in einem wort|klein\w*)\b")
#: Words in front of an address that are no part of it.
_LEADING_WORDS = words(
    "ist lautet adresse mail email emailadresse mailadresse meine mein die das der und also ja "
    "genau wäre unter an äh ähm gern gerne bitte hallo mir auf mit dann noch sie ihnen klar okay "
    "heißt nein sondern von zu"
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
_LONGEST_PIECE = 300


def phone_number(turns: Sequence[Turn]) -> str | None:
    """The number the caller gave last, as E.164; German where no country was said."""
    found: str | None = None
    open_digits = ""
    for place, turn in enumerate(turns):
        if turn.speaker != "caller":
            continue
        asked = "phone" in asks(turns[place - 1] if place else None)
        digits = dictated_digits(turn.text[:_LONGEST_PIECE])
        if not digits:
            continue
        number = (_e164(open_digits + digits) if open_digits else None) or _e164(digits)
        announced = asked or open_digits or digits.startswith(("0", "+"))
        if number and announced:
            found, open_digits = number, ""
        else:
            open_digits = digits if asked or open_digits else ""
    return found


def answers_something_else(turn: Turn, asked: frozenset[str]) -> bool:
    """Whether the turn tells a number, a name or an address, so that nothing in it is a time.
    ``asked`` is what the agent wanted to know (:func:`~.speech_acts.asks`)."""
    asks_no_time = bool(asked & {"phone", "email", "other"}) or _is_dictating(turn)
    return (asks_no_time and not _speaks_of_days(turn)) or _is_a_name(turn, asked)


def _is_dictating(turn: Turn) -> bool:
    """Whether the turn is (part of) a number, so that its digits are no times."""
    digits = _chosen(_runs(turn.text[:_LONGEST_PIECE])[0])
    return len(digits) >= _FEWEST_OF_A_NUMBER or digits.startswith("0")


def _is_a_name(turn: Turn, asked: frozenset[str]) -> bool:
    """ "Auf welchen Namen? – Montag. Sabine Montag.": not "Müller, aber lieber am Montag"."""
    is_short = "name" in asked and "time" not in asked and len(turn.words) <= _LONGEST_NAME
    return is_short and turn.vocabulary.isdisjoint(_NO_NAME)


def _speaks_of_days(turn: Turn) -> bool:
    return any(word.endswith("tag") or word in ("uhr", "morgen", "heute") for word in turn.words)


def dictated_digits(text: str) -> str:
    """The last run of digits in ``text``, spoken or written; shorter ones than a few are none, and
    neither is a number whose end was corrected."""
    runs, corrected = _runs(text)
    return "" if corrected and _replaces_an_end(runs[corrected:]) else _chosen(runs)


def _chosen(runs: Sequence[str]) -> str:
    long = [run for run in runs if len(run) >= _FEWEST_OF_A_RUN]
    whole = [run for run in long if len(run) >= _FEWEST_DIGITS]
    return (whole or long or [""])[-1][: _MOST_DIGITS + 1]


def _runs(text: str) -> tuple[list[str], int]:
    """The runs of digits, and which is the first behind a correction (0: none was made)."""
    runs = [""]
    repeat, corrected = 1, 0
    tokens = _TOKEN.findall(fold(text))
    for i, word in enumerate(tokens):
        if _waits_for_its_tens(tokens, i):
            continue
        digits = _digits(tokens, i)
        if digits:
            runs[-1] += digits * repeat
            repeat = 1
        elif word in _TIMES:
            repeat = _TIMES[word]
        elif word in _AGAIN:
            corrected = len(runs) if len(runs[-1]) >= _FEWEST_OF_A_RUN else corrected
            runs.append("")
        elif word not in _PAUSES and word not in ("ein", "eine"):
            repeat = 1
            if runs[-1]:
                runs.append("")
    return runs, corrected


def _replaces_an_end(runs: Sequence[str]) -> bool:
    """ "… vier vier, nein, fünf fünf, sechs": which digits it replaces, nobody can tell."""
    said = max(runs, key=len, default="")
    return _FEWEST_OF_A_RUN <= len(said) < _FEWEST_DIGITS and not said.startswith(("0", "+"))


def _waits_for_its_tens(tokens: list[str], i: int) -> bool:
    """ "ein (und zwanzig)": the tens bring the whole number."""
    if i + 2 >= len(tokens) or tokens[i + 1] != "und":
        return False
    unit, tens = CARDINALS.get(tokens[i]), CARDINALS.get(tokens[i + 2])
    return unit in range(1, 10) and tens in range(20, 100, 10)


def _digits(tokens: list[str], i: int) -> str:
    word = tokens[i]
    if word.isdigit():
        return word
    if word in ("plus", "+"):
        return "+"
    if word == "ein" and tokens[i + 1 : i + 2] != ["und"]:
        return ""
    number = CARDINALS.get(word)
    if number is None or word in ("ten", "six", "achte"):
        return ""
    if number >= 20 and number % 10 == 0 and i >= 2 and tokens[i - 1] == "und":
        unit = CARDINALS.get(tokens[i - 2])
        if unit is not None and 0 < unit < 10:
            return str(number + unit)
    return str(number)


def _e164(digits: str) -> str | None:
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS or "+" in digits[1:]:
        return None
    raw = "+" + digits[2:] if digits.startswith("00") else digits
    try:
        number = phonenumbers.parse(raw, "DE")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mail_address(turns: Sequence[Turn]) -> str | None:
    """The address the caller dictated last, checked for its form only."""
    for place in range(len(turns) - 1, -1, -1):
        turn = turns[place]
        if turn.speaker != "caller":
            continue
        asked = "email" in asks(turns[place - 1] if place else None)
        found = dictated_address(turn.text[:_LONGEST_PIECE], asked=asked)
        if found:
            return found
    return None


def dictated_address(text: str, *, asked: bool = True) -> str | None:
    low = text.lower()
    if "@" not in low and not (asked or "punkt" in low or "klammeraffe" in low):
        return None
    low = _AS_IN.sub(r"\1", low)
    for pattern, sign in _SPOKEN_SIGNS:
        low = pattern.sub(sign, low)
    low = _LOST_DOT.sub(r"\1.\2", _COMMAS.sub("", low))
    low = _local_part_joined(_digits_joined(low))
    if not low:
        return None
    low = low.translate(_UMLAUTS)
    match = _ADDRESS.search(low)
    if match is None:
        return None
    try:
        return validate_email(match[0].strip(".-_"), check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def _local_part_joined(text: str) -> str:
    """The text with the words in front of its "@" as one, if the caller said so: "anna müller,
    alles zusammen". Nothing where it is not clear whether several words belong together."""
    head, at, tail = text.partition("@")
    together = _TOGETHER.search(head) is not None
    # Behind a comma or a stop another sentence begins; "alles zusammen" may follow one.
    said = _TOGETHER.sub(" ", head).rstrip(" ,")
    spoken = re.split(r"[,;:!?]|\.\s", said)[-1].split()
    kept: list[str] = []
    for word in spoken:
        kept = [] if fold(word.strip(".")) in _LEADING_WORDS else [*kept, word]
    if len(kept) > 1 and not together and any(len(word) > 1 for word in kept):
        return ""
    return "".join(kept) + at + tail if kept else text


def _digits_joined(text: str) -> str:
    """Spoken digits become digits that belong to the word before: "müller vier sieben@"."""
    head, at, tail = text.partition("@")
    kept: list[str] = []
    for word in head.split():
        number = CARDINALS.get(fold(word))
        if number is not None and kept and at:
            kept[-1] += str(number)
        elif word.isdigit() and kept:
            kept[-1] += word
        else:
            kept.append(word)
    return " ".join(kept) + at + tail
