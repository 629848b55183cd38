"""Secrets and personal values that a line gives away by what stands before them.

Bearer tokens, API keys by their prefixes, credentials in URLs, links that open a recording, values
after a telling key ("phone": …, password=…), and what databases quote when they refuse a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from askpro.guards.redaction.keys import (
    PERSON_PATTERN,
    SECRET_ENDINGS,
    SENSITIVE,
    THING_PATTERN,
    pattern_of,
)
from askpro.guards.redaction.number_words import SHORT_ITEM
from askpro.guards.redaction.spans import (
    API_KEY,
    PERSONAL,
    SECRET,
    Span,
    compiled,
    group_numbers,
    unnamed,
)
from askpro.guards.redaction.words import NAMED_THINGS

_BEARER = r"\b(?:bearer|basic|digest|apikey)(?:\s|%20|\+)+(?P<bearer>[\w.~+/=:-]{6,})"
_API_KEY = (
    r"(?P<key>\bcal_(?:live|test|sim)_\w{4,}|\bcal_[0-9a-z]{12,}\b|\bkey_[0-9a-z]{12,}\b"
    r"|\b(?:sk|pk|rk)[_-](?:live|test|proj|ant)?[_-]?[0-9a-z_-]{12,}|\bwhsec_\w{8,}"
    r"|\bgh[pousr]_\w{16,}|\bxox[abpr]-[\w-]{8,}|\bAKIA[0-9A-Z]{12,}|\bAIza[\w-]{20,}"
    r"|\bgAAAAA[\w-]{20,}=*|\beyJ[\w-]{6,}\.[\w-]{2,}(?:\.[\w-]*)?)"
)
_IN_URL = r"://[^\s/:@\"']{0,200}:(?P<url>[^\s/\"']{1,200})@"
_LINK = (
    r"(?P<link>https?://[^\s\"'<>]*(?:recording|public[._-]?log|\.wav|\.mp3)"
    r"[^\s\"'<>]*)"
)
# "curl -u name:password"; an id of a user and a group has no letter.
_LOGIN = (
    r"(?:^|\s)(?:-u|--user|--proxy-user)[\s=]+[\"']?"
    r"(?P<login>[^\s:\"']+:[^\s\"']*\p{L}[^\s\"']*)"
)
_PATH = r"/(?:calcom/(?:webhook/)?|login/once/)(?P<path>[\w-]{16,})"
_SIGNATURE = (
    r"\bv=[0-9]{10,},d=(?P<signature>[0-9a-f]{16,})"
    r"|[?&]sig=(?P<url_signature>[\w%+/=-]{12,})"
    r"|begin (?:\w{2,10} )?private key-----(?P<pem>[^-]+)"
)
_DATABASE = (
    r"\bkey \([^()]*\)=\((?P<row_key>[^\n]*?)\) (?:already|is )"
    r"|failing row contains \((?P<row>[^\n]*)\)"
    r"|invalid input syntax for [^:\n]{1,60}: (?P<input>[^\n]*)"
    r"|duplicate entry (?P<entry>'[^'\n]*')"
)
# The value of a key: in quotation marks, in escaped ones (JSON inside JSON), or bare.
_QUOTED = (
    r"(?:(?:datetime\.)?date(?:time)?\([0-9, ]+\)|"
    r'"(?:[^"\\]|\\.)*"?|\\+"(?:[^"\\]|\\[^"])*|\'(?:[^\'\\]|\\.)*\'?'
    r"|[^\s,;&\"'(){}\[\]\\<>]+)"
)
_SECRET_KEYS = rf"(?:{pattern_of(SENSITIVE)}|[\w-]{{1,40}}[_-]{pattern_of(SECRET_ENDINGS)})"
# Whoever writes "customer_name: …" without quotation marks means this person's, in capitals.
_NAME_KEYS = (
    r"(?:(?:customer|kunden|caller|anrufer|attendee|patient(?:en)?|guest|booker|full|first|last)"
    r"[_-]?name)"
)
_CAPITALISED = r"(?-i:\p{Lu})[\p{L}'’.-]*"
_HEADERS = (
    r"(?:x[_-](?:api[_-]key|cal[_-](?:signature[_-]256|secret[_-]key))|set[_-]cookie"
    r"|(?:access|refresh|auth)[_-]token|(?:secret|private|signing|encryption)[_-]key"
    r"|client[_-]secret|(?:proxy[_-])?authorization)"
)
# "Passwort ist Sommer2024!", "PIN 1234": what stands there has a figure or a mark in it.
_SAID = (
    r"\b(?:passwor[td]|passwd|pwd|kennwort|zugangscode|pincode)\s(?:ist|lautet|is|war|was)?\s?[\"']?"
    r"(?P<passphrase>[^\s\"']*\p{L}[^\s\"']*[0-9!#$%&*+?][^\s\"']*|[0-9]{4,}[^\s\"']*)"
    r"|\b(?:pin|tan|cvv|cvc|(?:karten)?pr(?:ü|ue)fnummer)\s(?:ist\s|lautet\s|is\s)?"
    rf"(?P<pin>[0-9]{{3,8}}\b|{SHORT_ITEM}(?:[\s,]+{SHORT_ITEM}){{2,7}})"
)
_KEYED = (
    rf"(?:^|[^\p{{L}}\p{{N}}_-]|%5B|%26|%3F)(?:\\*[\"'])?(?:(?P<secret_key>{_SECRET_KEYS})"
    rf"|(?P<person_key>{PERSON_PATTERN}))(?:\\*[\"']\s*:\s*|(?:%5D|\])?(?:=|%3D)|>)"
    rf"(?:\{{\s*(?:\\*\"label\\*\"\s*:\s*\\*\"[^\"\\]{{0,60}}\\*\"\s*,\s*)?\\*[\"']value\\*[\"']\s*:\s*|\[\s*)?(?P<value>{_QUOTED})"
    r"|\b(?:password|passwort|kennwort|passwd|api[_-]?key|secret|token|pin|otp)"
    rf"\s?:\s*(?P<said>{_QUOTED})|\b{_HEADERS}\s?:\s*(?:token\s+)?(?P<header>{_QUOTED})"
    rf"|\b{_NAME_KEYS}\s?(?::|[-=]>|→)\s*(?P<named>{_CAPITALISED}(?:\s{_CAPITALISED}){{0,3}})"
    r"(?:[\s,;)}\]>\"'|]|$)"
    rf"|\(\s*[\"'](?:(?P<secret_field>{_SECRET_KEYS})|{PERSON_PATTERN})[\"']\s*,\s*"
    rf"(?P<pair>[\"'](?:[^\"'\\]|\\.)*)|{_SAID}|\bcookie\s?:\s*(?P<cookie>[^\s\"][^\n\"]*)"
)
_KINDS = (_BEARER, _API_KEY, _IN_URL, _LINK, _LOGIN, _PATH, _SIGNATURE, _DATABASE, _KEYED)
_ALL = f"(?i){'|'.join(_KINDS)}"
_FIND = compiled(_ALL)
#: The same without names, so that other patterns can be joined to it.
GATE = unnamed(_ALL)
_NUMBER = group_numbers(_FIND)
_NAME = {number: name for name, number in _NUMBER.items()}
_TOKENS = {
    "key": API_KEY, "value": PERSONAL, "row_key": PERSONAL, "row": PERSONAL, "input": PERSONAL,
    "entry": PERSONAL, "named": PERSONAL,
}  # fmt: skip

_THING = compiled(rf"(?i)[\"'\s,{{(](?:{THING_PATTERN})(?:\\*[\"']\s*:|=)")
_IDENTIFIER = compiled(r"^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)+$")
_WORD_BEFORE = compiled(r"(\p{L}+)\s$")
_ABOUT_BEARERS = {
    b"authentication",
    b"authorization",
    b"credentials",
    b"scheme",
    b"tokens",
    b"header",
}
# "Passwort vergessen?", "Das Passwort ist falsch!"
_EXCLAIMED = compiled(r"^\p{Ll}+[?!]+$")
_WORD = compiled(r"^[A-Za-z][a-z]{0,15}[.:,]?$")
_PLAIN = {
    b"null", b"none", b"true", b"false", b"nil", b"undefined", b"bearer", b"basic", b"missing",
    b"required", b"invalid", b"expired", b"empty",
}  # fmt: skip
_SCHEMES = {b"bearer", b"basic", b"digest"}
_NO_FIELD = compiled(r"[\p{Lu}\p{N}@+]")
_BESIDE = 160
_NAME_LIKE = (b"name", b"kunde", b"kundin", b"customer", b"patient", b"caller", b"attendee")
# "customer_name=Ute Öz, x=1": without quotation marks a name goes on while capitals do.
_CAPITAL = compiled(rf"^{_CAPITALISED}$")
_MORE_OF_A_NAME = compiled(rf"^((?:\s{_CAPITALISED}){{1,3}})(?:[\s,;.)\]}}<>|&\"']|$)")


def find(line: bytes) -> Iterator[Span]:
    """Spans of the secrets and keyed personal values in ``line``."""
    position = 0
    while match := _FIND.search(line, position):
        number = match.lastindex
        group, (start, end) = _NAME[number], match.span(number)
        position = max(end, position + 1)
        span: Span | None = Span(start, end, _TOKENS.get(group, SECRET))
        if group == "value":
            span = _value(line, match)
        elif group in ("said", "header", "named"):
            span = _inside(line, start, end, _TOKENS.get(group, SECRET))
        elif group == "pair":
            span = _pair(line, match)
        elif not _is_told(group, match[0], line[start:end]):
            span = None
        if span is not None:
            yield span
        elif line[start:end].lower() in _SCHEMES:
            position = start


def _is_told(group: str, whole: bytes, value: bytes) -> bool:
    if group == "passphrase":
        return _EXCLAIMED.search(value) is None
    return group != "bearer" or _is_credential(whole, value)


def _is_credential(whole: bytes, value: bytes) -> bool:
    """ "Bearer authentication failed" and "basic service" are prose."""
    if whole[:6].lower() == b"bearer":
        return value.lower() not in _ABOUT_BEARERS
    return len(value) >= 8 and _WORD.search(value) is None


def _value(line: bytes, match: Any) -> Span | None:
    """What stands after a key, without its quotation marks. Nulls and names of things stay."""
    secret = match.start(_NUMBER["secret_key"]) >= 0
    start, end = match.span(_NUMBER["value"])
    span = _inside(line, start, end, SECRET if secret else PERSONAL)
    begin, stop = match.span(_NUMBER["secret_key" if secret else "person_key"])
    if line[stop : stop + 1] == b">" and not (
        line[begin - 1 : begin] in (b"<", b":") and _CLOSED.search(line[end : end + _BESIDE])
    ):
        return None  # "mail>0" compares, "/panels/<name>" is a rule; "<mail>…</" is an element.
    if span is None or secret:
        return span
    key = match[_NUMBER["person_key"]].lower()
    if key.endswith(_NAME_LIKE) and _CAPITAL.search(line[start:end]):
        more = _MORE_OF_A_NAME.search(line[end : end + _BESIDE])
        span = span._replace(end=end + more.end(1)) if more else span
    if key == b"name":
        beside = line[span.end : span.end + _BESIDE]
        if _IDENTIFIER.search(line[span.start : span.end]) or _THING.search(beside):
            return None
        before = _WORD_BEFORE.search(line[max(0, match.start() - 30) : match.start() + 1])
        if before is not None and before.group(1).decode().lower() in NAMED_THINGS:
            return None
    return span


def _pair(line: bytes, match: Any) -> Span | None:
    """ "('name', 'Ute Öz')" is a key and its value; "('email', 'phone')" are two fields."""
    start, end = match.span(_NUMBER["pair"])
    secret = match.start(_NUMBER["secret_field"]) >= 0
    if _NO_FIELD.search(line[start:end]) is None:
        return None
    return _inside(line, start, end, SECRET if secret else PERSONAL)


def _inside(line: bytes, start: int, end: int, token: bytes) -> Span | None:
    """The span without quotation marks; None where nothing is told."""
    while start < end and line[start] in b"\\\"'":
        start += 1
    while end > start and line[end - 1] in b"\\\"'":
        end -= 1
    if start == end or line[start:end].lower() in _PLAIN:
        return None
    return Span(start, end, token)


_CLOSED = compiled(r"^[^<>\n]*</")
_TOKEN_LIKE = compiled(r"^[\w~.-]{20,}$")
_PUBLIC_ID = compiled(
    r"^(?:call_[0-9a-f]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$|^[a-z_-]+$"
)


def shown_path(path: str) -> str:
    """A URL's path without its query and without parts that may be a token ("/login/once/…")."""
    parts = path.partition("?")[0][:500].split("/")
    return "/".join(
        SECRET.decode() if _TOKEN_LIKE.search(part) and not _PUBLIC_ID.search(part) else part
        for part in parts
    )
