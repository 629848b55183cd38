"""What the words of a service come down to, however they are spelled, inflected or misheard.

``Strähnchen``, ``Straehnen`` and ``Strehnchen`` share a root; ``Haare schneiden`` has the roots of
``Haarschnitt``. Roots are for comparing only, nobody ever reads them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from askpro.booking.wording.numbers import cardinal

_NOISE_WORDS = """
ein eine einen einem einer eines der die das den dem des und oder mit für zum zur zu beim bei am um
im in an auf von vom aus ich wir er es sie ihr ihre ihren möchte möchten hätte hätten gern gerne
will wollen wollte würde würden brauche bräuchte benötige bitte mal wieder nur noch auch also ja so
eben einfach schon mir mich uns mein meine meinen meiner meinem unser unsere unseren termin termine
buchen vereinbaren reservieren machen lassen haben bekommen kriegen kommen gehen wäre ist sind soll
danke hallo halt dann da einmal äh ähm hm dazu sowie plus sondern lieber doch nein wegen
montag dienstag mittwoch donnerstag freitag samstag sonntag heute morgen übermorgen nächste nächsten
woche uhr vormittag vormittags nachmittag nachmittags abend abends früh
a an the for my i want would like please appointment of
"""
_NOISE = frozenset(_NOISE_WORDS.split())
#: Words that add nothing to the service beside them.
_WEAK = frozenset(["behandlung", "sitzung", "leistung", "dienstleistung", "service", "stück"])

_PEOPLE = {
    **dict.fromkeys(
        ["herr", "herrn", "herren", "mann", "männer", "ehemann", "vater", "papa", "bruder", "opa"],
        ("herren",),
    ),
    **dict.fromkeys(["freund", "onkel", "großvater", "men", "mens", "man"], ("herren",)),
    **dict.fromkeys(
        ["frau", "frauen", "dame", "damen", "ehefrau", "mutter", "mama", "schwester", "oma"],
        ("damen",),
    ),
    **dict.fromkeys(["freundin", "tante", "großmutter", "women", "womens", "ladies"], ("damen",)),
    **dict.fromkeys(["kind", "kinder", "kindes", "baby", "kids", "enkelkind"], ("kinder",)),
    **dict.fromkeys(["sohn", "junge", "jungen", "jungs", "enkel"], ("kinder", "herren")),
    **dict.fromkeys(["tochter", "mädchen", "enkelin"], ("kinder", "damen")),
}
_PEOPLE_PREFIX = re.compile(r"^(herren|männer|damen|frauen|kinder|mädchen|jungen)(?=\w{4})")

#: "mich und meine Frau", "mein Sohn und ich": not "Färben und Schneiden für mich".
_AND = r"und (?:(?:für|bei|mein\w*|unser\w*) )*"
_SOMEBODY = rf"(?:{'|'.join(sorted(_PEOPLE))})"
_WITH_SPEAKER = re.compile(
    rf"\b(?:(?:mich|mir|ich) {_AND}{_SOMEBODY}|{_SOMEBODY} {_AND}(?:mich|mir|ich))\b"
)

_LETTER_NAMES = {
    "ah": "a", "be": "b", "ce": "c", "ze": "c", "zeh": "c", "de": "d", "eh": "e", "ef": "f",
    "eff": "f", "ge": "g", "geh": "g", "ha": "h", "ih": "i", "jot": "j", "ka": "k", "kah": "k",
    "el": "l", "ell": "l", "em": "m", "emm": "m", "en": "n", "enn": "n", "oh": "o", "pe": "p",
    "peh": "p", "ku": "q", "kuh": "q", "er": "r", "err": "r", "es": "s", "ess": "s", "te": "t",
    "teh": "t", "tee": "t", "uh": "u", "vau": "v", "fau": "v", "we": "w", "weh": "w", "ix": "x",
    "zet": "z", "zett": "z",
}  # fmt: skip

_LENGTHS = (
    (re.compile(r"\b(?:einer?|1) halben? stunde\b|\bhalbe stunde\b"), "dreißig minuten"),
    (re.compile(r"\b(?:dreiviertel|drei viertel) ?stunde\b"), "fünfundvierzig minuten"),
    (re.compile(r"\b(?:anderthalb|eineinhalb|1[.,]5) stunden\b"), "neunzig minuten"),
    (re.compile(r"\b(?:eine|1|einer) ?(?:stunde|std|h)\b"), "sechzig minuten"),
    (re.compile(r"\b(?:zwei|2) ?(?:stunden|std|h)\b"), "einhundertzwanzig minuten"),
    (re.compile(r"(?<=\d)(?: |-)?(?:min|minütige?)\b|\bmin\b"), " minuten"),
)
_NEGATED = re.compile(r"\b(?:kein\w*|nicht)\b(?:(?!\bsondern\b|\blieber\b|\bnur\b).)*")

#: "bei Frau Schmidt" names who does it, not whom it is for.
_STAFF = re.compile(r"\bbei (?:der |dem |ihrer |ihrem )?(?:frau|herrn?)\s+\w+")

_SPELLINGS = (
    (re.compile(r"v"), "f"),
    (re.compile(r"ae"), "a"),
    (re.compile(r"oe"), "o"),
    (re.compile(r"(?<![aeq])ue"), "u"),
    (re.compile(r"chs|cks|ks"), "x"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck"), "k"),
    (re.compile(r"tz|ts(?!chn)"), "z"),
    (re.compile(r"dt|th"), "t"),
    (re.compile(r"c(?!h)"), "k"),
    (re.compile(r"y"), "i"),
    (re.compile(r"ie"), "i"),
    (re.compile(r"(?<=[aeiou])h(?![aeiou])"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)
_IRREGULAR = (
    (re.compile(r"(?:ge)?schneid$|geschnit$"), "schnit"),
    (re.compile(r"masir$"), "masag"),
    (re.compile(r"rasir$"), "rasur"),
    (re.compile(r"(?:ge)?scher$|geschor$"), "schur"),
    (re.compile(r"gefarbt?$"), "farb"),
    (re.compile(r"(?<=\w{3})(?:ation|irung|irt?)$"), ""),  # "Kastration", "kastriert"
    (re.compile(r"(?<=[^aeiou])lung(?:en)?$"), "el"),
)
_ENDING = re.compile(r"(?<=\w{3})(?:(?<!s)chen|ungen|ung|ern|em|er|en|es|e|n|s)$")
_ADDED_TO_EL = re.compile(r"(?<=el)n$")


@dataclass(frozen=True)
class Phrase:
    """A service as named: its roots, in order, and whom it is for.

    Two roots whose ``groups`` differ had a small word ("für", "und") between them. ``people`` is
    ``herren``, ``damen``, ``kinder`` or several in the order of preference. ``whole`` keeps the
    people in it; ``spelled`` keeps the endings, for compounds that were heard in two; ``written``
    keeps the spelling, so that "KG" and "KGG" are two.
    ``is_people_only``: nothing but whom it is for was said. ``is_for_several``: for the caller and
    somebody else, or "Herrenschnitt" and "Damenschnitt" were both said.
    """

    roots: tuple[str, ...]
    groups: tuple[int, ...]
    people: tuple[str, ...]
    whole: str
    spelled: str
    written: str = ""
    is_people_only: bool = False
    is_for_several: bool = False

    @property
    def flat(self) -> str:
        return "".join(self.roots)


@lru_cache(maxsize=8192)
def phrase(text: str) -> Phrase:
    """Read a service's name, a synonym, or what a caller said."""
    words = _words(text)
    whole = "".join(root(word) for word in words if word not in _NOISE) or "".join(map(root, words))
    kept: list[tuple[str, int]] = []
    people: tuple[str, ...] = ()
    prefixes: set[str] = set()
    group = 0
    for word in words:
        if word in _PEOPLE:
            people = people or _PEOPLE[word]
            group += 1
        elif word in _NOISE:
            group += 1
        else:
            prefix = _PEOPLE_PREFIX.match(word)
            if prefix:
                prefixes.add(prefix[1])
                people = people or _PEOPLE[prefix[1]]
                word = word[prefix.end() :]
            kept.append((word, group))
    strong = [pair for pair in kept if pair[0] not in _WEAK] or kept
    if not strong:
        strong = [(word, 0) for word in words]
    return Phrase(
        roots=tuple(root(word) for word, _ in strong),
        groups=tuple(number for _, number in strong),
        people=people,
        whole=whole,
        spelled="".join(_skeleton(word) for word, _ in strong),
        written="".join(word for word in words if word not in _NOISE),
        is_people_only=bool(people) and not kept,
        is_for_several=len(prefixes) > 1
        or (not prefixes and _WITH_SPEAKER.search(" ".join(words)) is not None),
    )


@lru_cache(maxsize=8192)
def root(word: str) -> str:
    """The root of one word: spelling variants, umlauts and endings removed."""
    letters = _skeleton(word)
    if len(letters) <= 3:
        return letters
    shorter = _ADDED_TO_EL.sub("", letters)
    for pattern, plain in _IRREGULAR:
        shorter = pattern.sub(plain, shorter)
    if shorter == letters:
        shorter = _ENDING.sub("", letters)
    for pattern, plain in _IRREGULAR:
        shorter = pattern.sub(plain, shorter)
    return shorter


def _skeleton(word: str) -> str:
    """One spelling for all that sound the same; no umlauts, no double letters."""
    letters = "".join(
        letter for letter in unicodedata.normalize("NFKD", word.casefold()) if letter.isalpha()
    )
    for pattern, plain in _SPELLINGS:
        letters = pattern.sub(plain, letters)
    return letters


def _words(text: str) -> list[str]:
    low = unicodedata.normalize("NFC", text.lower()).replace("’", "'").replace("'s", "s")
    if re.search(r"\bsondern\b|\blieber\b|\bnur\b", low):
        low = _NEGATED.sub(" ", low)
    low = _STAFF.sub(" ", low)
    for pattern, plain in _LENGTHS:
        low = pattern.sub(plain, low)
    low = re.sub(r"\d{1,6}", lambda digits: f" {cardinal(int(digits[0]))} ", low)
    return _letters_joined(re.findall(r"[^\W\d_]+", low))


def _letters_joined(words: list[str]) -> list[str]:
    """``k g`` and ``ka ge`` become ``kg``: at least two letters, one of them spoken as such."""
    joined: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        letter = word if len(word) == 1 else _LETTER_NAMES.get(word, "")
        if letter:
            run.append(word)
            continue
        if len(run) > 1 and not _NOISE.issuperset(run):
            joined.append("".join(w if len(w) == 1 else _LETTER_NAMES[w] for w in run))
        else:
            joined += run
        run = []
        if word:
            joined.append(word)
    return joined
