"""Where people live: a street with its house number, written or said, and the postal code with it.

Streets are known by how they end ("Goethestraße", "Rosenweg", "Neumarkt") or by the few nouns that
stand after "Am" and "An der"; any other name counts after "ich wohne" or "Adresse". A number of
the house belongs to it: a street by itself says of nobody where they live, unless they say so. A
postal code with its place stays, unless a street or one of these words stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from askpro.guards.redaction.number_words import BELOW_1000, one_of
from askpro.guards.redaction.spans import PERSONAL, Span, compiled, told, unnamed

_STREET = r"stra(?:ß|ss|\\u00df|\\xdf)e"
# English words end like "ring", "wall" and "ufer", too: the letter before them decides.
_ENDING = (
    rf"(?:{_STREET}|str\.?|gasse|gässchen|allee|chaussee|promenade|twiete|weg|platz|damm|steig"
    r"|stieg|pfad|graben|markt|zeile|siedlung|br(?:ü|ue)cke|[ndtkzlmhf]ring|-ring|[ndtklrs]wall"
    r"|[nreudlstmk]ufer|-ufer|\p{L}{3}kai)"
)
_LETTERS = r"[\p{L}'’.-]"
_OWN_WORD = rf"(?:{_STREET}|str\.|weg|platz|allee|gasse|ring|ufer|damm|markt|chaussee|steig|pfad)"
_AT = (
    r"(?:am|im|zum|zur|(?:an|auf|in|bei|hinter|vor|unter|über|ueber|neben|zu|gegen)\s+"
    r"(?:der|dem|den|die))"
)
_SPOTS = (
    "markt", "marktplatz", "mühle", "bahnhof", "kirche", "stadtpark", "anger", "brunnen", "berg",
    "hang", "bach", "wald", "rain", "friedhof", "schloss", "rathaus", "hafen", "turm", "winkel",
    "wiese", "wiesen", "linde", "linden", "eiche", "eichen", "buchen", "weiher", "teich", "heide",
    "höhe", "stadtmauer", "schleuse", "ziegelei", "halde", "leite", "aue", "kamp", "busch",
    "weinberg", "sportplatz", "garten", "gärten", "graben", "ufer", "kanal",
    "wiesengrund", "mühlengrund", "tannengrund", "lerchenfeld", "mühlfeld",
)  # fmt: skip
# They stand in other sentences, too: only at the beginning of one, or after "Alte".
_LOOSE_SPOTS = (
    "tor", "sand", "hof", "post", "schule", "see", "eck", "bruch", "park", "burg", "wehr", "holz",
    "dorf", "brücke", "fluss",
)  # fmt: skip
_OLD = r"(?:(?:alt|neu|gro(?:ß|ss)|klein|hoh|lang|ober|unter|grün|rot|wei(?:ß|ss))e[nr]?\s+)"
_SPOT = (
    rf"(?:{_AT}\s+{_OLD}?\p{{L}}{{0,12}}{one_of(_SPOTS)}|{_AT}\s+{_OLD}{one_of(_LOOSE_SPOTS)}"
    r"|(?-i:A[mn]|Im|In|Auf|Zum|Zur|Bei|Vor|Hinter|Unter)\s+(?:(?:der|dem|den)\s+)?"
    rf"{one_of(_LOOSE_SPOTS)})"
)
_STREETS_BEFORE = r"(?:rue|avenue|boulevard|calle|ulica|ul\.)"
_STREETS_BEHIND = r"(?:caddesi|sokak|soka(?:ğ|g)ı|street|road)"
_ABROAD = (
    rf"(?:{_STREETS_BEFORE}\s+(?:(?:d[eu]|des|del|la|le|les)\s+){{0,2}}(?-i:\p{{Lu}}){_LETTERS}+"
    rf"|(?-i:\p{{Lu}}){_LETTERS}+\s+{_STREETS_BEHIND}(?:\sno:?)?)"
)
_STREET_NAME = (
    rf"(?:{_LETTERS}{{2,30}}{_ENDING}|(?:(?-i:\p{{Lu}}){_LETTERS}+[ ]){{1,2}}{_OWN_WORD}"
    rf"|{_STREET}\s+(?:des|der|am|an\s+der|zum|zur)\s+(?:[0-9]{{1,2}}\.\s+)?\p{{L}}+|{_SPOT}"
    rf"|{_ABROAD})"
)
_HOUSE_FIGURES = (
    r"[0-9]{1,3}(?:\s?[a-h]\b|[½¼¾])?(?:(?:\s?[-–/]\s?|\sbis\s)[0-9]{1,3}(?:\s?[a-h]\b)?){0,3}"
)
_HOUSE = (
    r"(?:,?\s*(?:haus)?(?:nummer|nr\.?))?[\s,+]\s*"
    rf"(?:{_HOUSE_FIGURES}|{BELOW_1000}(?:\s{BELOW_1000}){{0,2}}(?:\s[a-h]\b)?)"
)
_PLACE = (
    r"(?-i:\p{Lu})[\p{L}.-]+(?:\s+(?:am|an\s+der|im|in\s+der|ob\s+der|bei|vor\s+der)"
    r"\s+(?-i:\p{Lu})\p{L}+)?(?:\s\((?:\p{L}|\s){2,20}\))?"
)
_COUNTRY_CODE = r"(?:(?:d|a|ch|fl|l)\s?-\s?)?(?:[0-9]{4,5}|[0-9]{2}-[0-9]{3})"
_CODE = rf"(?:{_COUNTRY_CODE}\s+|(?:{BELOW_1000}\s+){{2,5}}){_PLACE}"
_LIVES = (
    r"(?:wohn(?:e|t|en|haft|ort|adresse)|lebe|anschrift|adresse|zu\s?hause|daheim|lieferadresse"
    rf"|{_STREET}\s?:)"
)
_LEAD = r"(?:\s*[:,]?\s+(?:ich|wir|ist|lautet|w(?:ä|ae)re|in|an|auf|bei|der|dem|den|die|hier)){0,4}"
# Mannheim has no streets: "Q7, 24".
_SQUARE = r"(?-i:[A-U])\s?[0-9]{1,2},\s?[0-9]{1,3}(?:\s?[a-h]|-[0-9]{1,3})?\b"
_POSTBOX = r"(?:(?-i:Postfach)\s[0-9]{2,3}(?:\s[0-9]{2,3}){0,2})"
_LIVES_AT = (
    rf"(?:^|[^\p{{L}}\p{{N}}-]){_LIVES}{_LEAD}\s*:?\s+(?P<home>{_POSTBOX}|{_SQUARE}|(?:(?-i:\p{{Lu}}){_LETTERS}+\s+"
    rf"(?:(?:der|den|dem|de|du|des|d[ei]l?|la|van|von)\s+){{0,2}}){{1,4}}?"
    rf"(?:{_HOUSE_FIGURES}|{BELOW_1000}(?:\s?[a-h])?\b)"
    rf"|{_LETTERS}{{2,30}}(?:{_STREET}|str\.|gasse|allee|weg)(?:{_HOUSE})?|{_CODE})"
)
_ADDRESS = (
    rf"(?:^|[^\p{{L}}\p{{N}}_])(?P<address>(?:{_COUNTRY_CODE}\s+{_PLACE}\s*,\s*)?"
    rf"(?:{_STREET_NAME}{_HOUSE}|{_LETTERS}{{2,30}}str\.{_HOUSE_FIGURES}"
    rf"|{_POSTBOX}))"
)
_FIND = compiled(f"(?i){_LIVES_AT}|{_ADDRESS}")
#: What a line must contain before the pattern is worth its cost.
GATE = unnamed(
    rf"(?i)\p{{L}}str\.[0-9]|postfach\s[0-9]|(?:{_ENDING}|{one_of((*_SPOTS, *_LOOSE_SPOTS))}"
    rf"|{_STREET}\s\p{{L}}{{1,3}}\s[\p{{L}}0-9. ]{{1,20}})"
    rf"(?:,?\s*(?:haus)?(?:nummer|nr\.?))?[\s,+]\s*{BELOW_1000}|\bwohn|\blebe\b|\banschrift"
    rf"|\badresse\b|zu\s?hause|daheim|\b{_STREET}\s?:"
    rf"|\b{_STREETS_BEFORE}\s|\s{_STREETS_BEHIND}[\s,]"
)
_GATE = compiled(GATE)
_CODE_AFTER = compiled(
    rf"(?i)^(?:\s*[,;]|\s+in|\\n|\s)\s*(?:\s*(?:in|plz|postleitzahl)\s+)?({_CODE}|(?:{BELOW_1000}\s+){{3,5}}\p{{L}}{{3,}})"
)
# A time, a price, a measure, or a number that goes on.
_NO_HOUSE = compiled(
    r"(?i)^(?:[\s\x{00A0}]?(?:uhr|euro|eur\b|€|cent|minuten?|min\b|stunden?|sekunden?|tage?n?\b"
    r"|wochen?|monate?n?\b|jahre?|prozent|%|kilometer|km\b|meter|m\b|grad|personen|leute|mal\b|ms\b"
    r"|bis\s|termine?|pl(?:ä|ae)tze|kunden)|[:.,][0-9]|[\p{L}\p{N}_=])"
)
_STREET_WORD = compiled(rf"(?i)(\p{{L}}+){_HOUSE}$")
_NO_STREETS_TEXT = """
abstieg anstieg arbeitsmarkt arbeitsplatz arbeitsweg aufstieg ausstieg bahnsteig baumarkt
befehlszeile behandlungsplatz durchweg einstieg fahrweg fußzeile heimweg hinweg kommandozeile
kopfzeile leerzeile logzeile lösungsweg markt parkplatz platz ring rückweg schulweg sitzplatz
speicherplatz spielplatz startplatz stehplatz steig stellplatz studienplatz stuhlplatz supermarkt
tagesplatz textzeile umstieg umweg vorweg wartelistenplatz weg zeile
"""
#: They end as streets do, and no letter was ever sent there.
_NO_STREETS = frozenset(_NO_STREETS_TEXT.split())


def find(line: bytes) -> Iterator[Span]:
    """Spans of the addresses in ``line``, postal code and place included."""
    if _GATE.search(line) is None:
        return
    for _, start, end in told(_FIND, line):
        if _NO_HOUSE.search(line[end : end + 24]) or _is_no_street(line[start:end]):
            continue
        code = _CODE_AFTER.search(line[end : end + 120])
        yield Span(start, end + code.end(1) if code else end, PERSONAL)


def _is_no_street(found: bytes) -> bool:
    word = _STREET_WORD.search(found)
    return (
        word is not None
        and found[: word.start()].strip() == b""
        and word.group(1).decode().lower() in _NO_STREETS
    )
