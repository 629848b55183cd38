"""What else people say about themselves on the telephone: a number plate, a spelt name, the number
of a health insurance, a tax office or a passport.

Only the words beside them make the numbers that offices and insurances give personal: in other
lines the same letters and figures are an order's.
"""

from __future__ import annotations

from collections.abc import Iterator

from askpro.guards.redaction import known_names
from askpro.guards.redaction.number_words import SHORT_ITEM, one_of
from askpro.guards.redaction.spans import NAME, PERSONAL, Span, compiled, told, unnamed
from askpro.guards.redaction.words import COMPONENTS

_PLATE_WORD = r"(?:kennzeichen|nummernschild|\bnummer\s+am\s+auto)"
_CAR = (
    r"(?:reifenwechsel|inspektion|probefahrt|auto|wagen|pkw|kfz|fahrzeug|motorrad|transporter|bus)"
)
_DASH = r"(?:strich|bindestrich|minus)"
_SPOKEN_LETTER = r"\p{L}(?:\s+wie\s+\p{L}+)?"
_PLATE = (
    rf"(?:^|[^\p{{L}}\p{{N}}])(?P<said_plate>{_SPOKEN_LETTER}(?:[\s,]+{_SPOKEN_LETTER}){{0,2}}[\s,]+"
    rf"{_DASH}[\s,]+{_SPOKEN_LETTER}(?:[\s,]+{_SPOKEN_LETTER})?"
    rf"[\s,]+{SHORT_ITEM}(?:[\s,]+{SHORT_ITEM}){{0,4}})"
    rf"|{_PLATE_WORD}[^\n]{{0,40}}?[\s:](?:\p{{L}}+:\s)?"
    r"(?P<plate>\p{L}{1,3}[ :-]\s?\p{L}{1,2}[ -]?[0-9]{1,4}\s?[eh]?\b"
    rf"|{_SPOKEN_LETTER}(?:[\s,]+(?:{_DASH}[\s,]+)?{_SPOKEN_LETTER}){{1,4}}[\s,]+{SHORT_ITEM}(?:[\s,]+{SHORT_ITEM}){{0,4}}"
    # Austria's and Switzerland's.
    r"|(?-i:\p{Lu}{1,2}[ -]\s?[0-9]{1,6}(?:\s?\p{Lu}{1,3})?\b))"
    rf"|\b{_CAR}\b[^\n0-9]{{0,30}}?\s"
    r"(?P<car>(?-i:\p{Lu}{1,3}-\p{Lu}{1,2}[ -]?[0-9]{1,4}[EH]?)\b)"
)
_NUMBER = r"[ -]?(?:nummer|nr\b\.?)"
_OFFICE = (
    rf"(?:versicher(?:ten|ungs)(?:{_NUMBER}|karte)|kvnr|rvnr|\bahv(?:{_NUMBER})?|\b[sk]v{_NUMBER}|\be-?card\b|\bperso{_NUMBER}|krankenkassen(?:{_NUMBER}|karte)"
    rf"|(?:personal)?ausweis|reisepass|\bpass{_NUMBER}|f(?:ü|ue)hrerschein|aufenthaltstitel"
    rf"|steuer-?id|\btin\b|\bid-?nr\b|\bst\.?{_NUMBER}|steuer(?:-?identifikations)?{_NUMBER}"
    r"|\b(?:aok|barmer|tk|techniker|dak|ikk|bkk|knappschaft|hkk|kkh|sbk|vdek)\b|versichert\b)"
)
_OFFICIAL = (
    rf"{_OFFICE}[^\n0-9]{{0,30}}?[\s:=#](?P<official>(?:\p{{L}}{{1,3}}|\p{{L}}[ -])?[0-9][0-9a-z]*"
    r"(?:[ /.-](?:[a-z][ /.-]?)?[0-9]+(?:[a-z][0-9]+)*)*)"
    rf"|{_OFFICE}[^\n0-9]{{0,30}}?\s"
    rf"(?P<said_official>(?:\p{{L}}\s)?{SHORT_ITEM}(?:[\s,]+(?:\p{{L}}[\s,]+)?{SHORT_ITEM}){{5,}})\b"
)
# Of the old spelling table and NATO's: the new one's towns stand side by side in other sentences,
# so they count beside "buchstabieren" only.
_SPOKEN = one_of(
    (
        "anton", "ärger", "berta", "cäsar", "charlotte", "dora", "emil", "friedrich", "gustav",
        "heinrich", "ida", "julius", "kaufmann", "konrad", "ludwig", "martha", "nordpol", "otto",
        "ökonom", "paula", "quelle", "richard", "samuel", "siegfried", "schule", "eszett",
        "theodor", "ulrich", "übermut", "viktor", "wilhelm", "xanthippe", "ypsilon", "zacharias",
        "zeppelin", "anna", "bertha", "daniel", "david", "jakob", "johann", "konrad", "nathan",
        "peter", "rosa", "willi", "zürich",
        "alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
        "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra",
        "tango", "uniform", "victor", "whiskey", "x-ray", "xray", "yankee", "zulu",
    )
)  # fmt: skip
_LETTER = r"(?:doppel[ -]?)?\p{L}"
_TOWNS = r"(?-i:\p{Lu})\p{L}+(?:[\s,]+(?-i:\p{Lu})\p{L}+){2,}"
_SPELT = (
    rf"(?:^|[^\p{{L}}\p{{N}}_./'-])(?P<spelt>{_LETTER}\s+wie\s+\p{{L}}{{2,}}"
    rf"(?:[\s,]+(?:und\s+)?{_LETTER}(?:\s+wie\s+\p{{L}}{{2,}})?){{2,}}"
    rf"|\p{{L}}(?:(?:,?\s| ?- ?){_LETTER}){{3,}}"
    rf"|{_SPOKEN}(?:[\s,]+{_SPOKEN}){{3,}})(?:[^\p{{L}}\p{{N}}_'-]|$)"
)
# Letters as they are called; the words of a sentence, too, unless somebody spells.
_CALLED = (
    r"(?:doppel[ -]?)?(?:\p{L}|be|ce|de|ef|eff|ge|ha|jot|ka|el|ell|em|emm|en|enn|pe|ku|er|err|es"
    r"|ess|te|vau|we|ix|ypsilon|zet|zett|eszett)"
)
_TOLD_TO_BE_SPELT = (
    rf"buchstabier\p{{L}}*(?:\s(?:es|das|mal|ich|sie|man))?[\s:,]{{1,3}}(?P<towns>{_TOWNS})"
    rf"|\b(?P<towns_before>{_TOWNS})\s+buchstabier"
    rf"|(?:buchstabier\p{{L}}*|schreib\p{{L}}*\s(?:man|sich|ich))(?:\s(?:es|das|mal|ich|sie|man))?[\s:,]{{1,3}}"
    rf"(?P<called>{_CALLED}(?:[\s,-]+{_CALLED}){{2,}})(?:[^\p{{L}}\p{{N}}_]|$)"
)
_SITES = (
    r"(?:t\.me|telegram\.me|(?:instagram|facebook|tiktok|twitter|threads)\.(?:com|net)"
    r"|snapchat\.com/add|linkedin\.com/in|xing\.com/profile)/"
)
_APPS = r"(?:telegram|insta(?:gram)?|skype|discord|tik\s?tok|snapchat)"
_HANDLE = (
    r"\b(?:telegram|signal|insta(?:gram)?|tik\s?tok|twitter|facebook|snapchat|threads|skype|discord"
    r"|mastodon)\b[^\n@]{0,20}(?P<handle>@[\p{L}0-9_.]{3,64})"
    rf"|\b{_APPS}(?:[\s-]?(?:name|account|handle|profil))?(?:\s?:|\sist|\slautet)?\s"
    r"(?P<nick>\p{L}{3,40}[0-9]{0,20}[._#:][\p{L}0-9._#:-]{1,60})"
    rf"|\b{_SITES}(?P<profile>@?[\p{{L}}0-9_.%-]{{3,64}})"
)
_LABELLED = (
    r"(?:diagnosen?|befunde?|allergien?|vorerkrankung(?:en)?|medikamente?|medikation)\s?:\s*"
    r"(?P<finding>\p{L}[^\n.;,\"'\\]{2,120})"
)
_ALL = f"(?i){_PLATE}|{_OFFICIAL}|{_SPELT}|{_TOLD_TO_BE_SPELT}|\\b{_LABELLED}|{_HANDLE}"
#: What a line must contain before the pattern is worth its cost.
GATE = unnamed(
    rf"(?i){_PLATE_WORD}|(?:strich|minus)[\s,]+\p{{L}}\b|\b{_CAR}[\s:,]|{_OFFICE}|{_SPELT}|buchstabier"
    rf"|\bschreib\p{{L}}*\s(?:man|sich|ich)\b|\b{_LABELLED}|\s@\p{{L}}|\b{_SITES}|\b{_APPS}\b"
)
_GATE = compiled(GATE)
_FIND = compiled(_ALL)


def find(line: bytes) -> Iterator[Span]:
    """Spans of number plates, official numbers and spelt names in ``line``."""
    if _GATE.search(line) is None:
        return
    words: dict[str, None] = {}
    for group, start, end in told(_FIND, line):
        if group == _OFFICIAL_GROUP and not _is_official(line[start:end]):
            continue
        if group == _FINDING_GROUP and _NOTHING.search(line[start:end]):
            continue
        if group == _FINDING_GROUP and (more := _MORE_FINDINGS.search(line[end : end + _BESIDE])):
            end += more.end(1)
        if group not in _NAME_GROUPS:
            yield Span(start, end, PERSONAL)
            continue
        yield Span(start, end, NAME)
        if len(words) < _MOST_WORDS:
            words[_word_of(line[start:end])] = None
    if words:
        yield from known_names.find(line, known_names.writings(words))


def _word_of(spelt: bytes) -> str:
    """The word that was spelt, which people say before and after: "Klöpfer, K L Ö P F E R"."""
    letters = _EACH_LETTER.findall(_WIE.sub(b" ", spelt))
    return "".join(first.decode() * (2 if doppel else 1) for doppel, first in letters)


def _is_official(number: bytes) -> bool:
    """Long enough, and no date: "Reisepass bis 12.03.2027"."""
    figures = sum(chr(sign).isdecimal() for sign in number)
    letters = sum(chr(sign).isalpha() for sign in number)
    return figures >= 5 and figures + letters >= _LEAST_OFFICIAL and not _A_DATE.search(number)


_LEAST_OFFICIAL = 8
#: That are looked for elsewhere in a text, too; a talk has a name and an address.
_MOST_WORDS = 16
_WIE = compiled(r"(?i)\s+wie\s+\p{L}+|\bund\b")
_EACH_LETTER = compiled(r"(?i)(doppel[ -]?)?(\p{L})\p{L}*")
# "Penicillin, Nüsse" to the end of the sentence; "Gastritis, Termin morgen" goes on elsewhere.
_MORE_FINDINGS = compiled(r"^((?:,\s\p{Lu}\p{L}+)+)\s*(?:[.;\"'\n\\]|$)")
_BESIDE = 160
_A_DATE = compiled(r"^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}\b|^[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOTHING = compiled(
    r"(?i)^(?:(?:der|die|das)\s)?(?:keine?[nr]?|nein|nicht|ohne|siehe|unbekannt|none|null"
    rf"|{one_of(COMPONENTS)})\b"
)
_OFFICIAL_GROUP, _FINDING_GROUP, *_NAME_GROUPS = (
    _FIND.groupindex[name]
    for name in (b"official", b"finding", b"spelt", b"towns", b"towns_before", b"called")
)
