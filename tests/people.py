"""Everybody whom the suite makes up: what may stand in no log line.

Nobody has to register: names, numbers, addresses and sentences are read from the tests' own
sources, from the golden payloads and from the simulator's cast, so a new test's caller is looked
for as well.
Public is what a business says of itself: its name, its services, its branches.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import re2

from tests import factories, telling_app

TESTS = Path(__file__).parent
WORLDS = TESTS.parent / "askpro" / "simulator" / "worlds"
CAST = TESTS.parent / "askpro" / "simulator" / "cast.py"

_MAIL = re.compile(r"[\w.+%-]{2,64}@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\w.+-])(?:\+49|0049|0)([1-9](?:[ ./()-]{0,2}\d){8,12})(?!\w)")
_NAME_KEYS = "name|vorname|nachname|kundenname|customer_name|attendee_name|kunde|caller|who"
_NAME = re.compile(rf"""(?i)\b(?:{_NAME_KEYS})["']?\s*[:=]\s*["']([^"'\n{{}}\\]{{3,60}})["']""")
_NAME_OF_PEOPLE = re.compile(r"[A-ZÄÖÜ][\w'’-]+(?: (?:von|der|zu|[A-ZÄÖÜ][\w'’-]+))+")
_SAID = re.compile(r'(?m)(?:^User: |"role": "user",\s+"content": "|\\nUser: )([^"\\\n]{25,400})')
_TITLE = re.compile(r'"(?:business|title|agent_name)": "([^"]+)"')

#: Cal.com names its calendar entries so; nobody can be written to there.
_NO_MAILBOX = re.compile(r"(?i)^[a-z0-9]{20,}@cal\.com$|@127\.|^nobody@")
#: Also the call id of Retell's own examples.
_NO_NUMBER = "123456789"
#: Made while a test runs: numbers of the range for films, and those of tests/town.py.
_SERIES = (r"17604069\d{3}", r"1512345\d{4}")
#: Shorter words are too common; a whole name is looked for whatever its length.
_LEAST_LETTERS = 5
#: Words that stand in people's names here and are something else in a log.
_ORDINARY = frozenset({"empfang", "muster"})


@dataclass(frozen=True)
class People:
    """What is personal in this suite: by kind, as it was written."""

    names: frozenset[str]
    numbers: frozenset[str]
    mails: frozenset[str]
    sentences: frozenset[str]

    def pattern(self) -> Any:
        """One linear search for any of it; the group that matched is the kind."""
        longest_first = sorted(self.numbers, key=len, reverse=True)
        number = "|".join((*map(_spaced, longest_first), *_SERIES))
        return re2.compile(
            rf"(?i)(?P<name>{_alternatives(self.names)})(?:s|es|n|en)?(?:[^\pL]|$)"
            rf"|(?P<number>{number})"
            rf"|(?P<mail>{_alternatives(self.mails)})"
            rf"|(?P<sentence>{_alternatives(self.sentences)})",
            _options(),
        )


@cache
def people() -> People:
    """All of them; reads about two megabytes of sources."""
    text = "\n".join(_sources())
    mails = {found for found in _MAIL.findall(text) if not _NO_MAILBOX.search(found)}
    return People(
        names=frozenset(_names(text)),
        numbers=frozenset(re.sub(r"\D", "", found) for found in _NUMBER.findall(text))
        - {_NO_NUMBER},
        mails=frozenset(mails),
        sentences=frozenset({*_SAID.findall(text), factories.NOTE, factories.TRANSCRIPT}),
    )


def _sources() -> Iterator[str]:
    for path in sorted([*TESTS.rglob("*"), *WORLDS.glob("*.json")]):
        if path.suffix in (".py", ".json", ".txt"):
            yield path.read_text("utf-8")


def _names(text: str) -> set[str]:
    public = set(_public())
    given = set(_NAME.findall(text)) - public
    whole = {name for name in given if _NAME_OF_PEOPLE.fullmatch(name)}
    whole |= {telling_app.NAME, factories.NAME, *_cast()}
    known = {word.casefold() for title in public for word in re.findall(r"\w+", title)}
    parts = {
        part
        for name in whole
        for part in re.findall(r"[\w'’-]+", name)
        if len(part) >= _LEAST_LETTERS and part.casefold() not in known | _ORDINARY
    }
    return whole | parts


def _public() -> Iterator[str]:
    """What the businesses of the worlds are called, and what they offer."""
    for path in (TESTS / "payloads" / "world.json", *WORLDS.glob("*.json")):
        yield from _TITLE.findall(path.read_text("utf-8"))


def _cast() -> Iterator[str]:
    """Surnames of the people whom the demo's callers are made of."""
    surnames = re.search(r"_LAST = \((.*?)\)", CAST.read_text("utf-8"), re.S)
    assert surnames
    yield from json.loads(f"[{surnames[1].strip().rstrip(',')}]")


def _alternatives(texts: Iterable[str]) -> str:
    """Every text, also as JSON, a URL or Python may escape it."""
    written = {
        form
        for text in texts
        for form in (text, quote(text), text.replace("@", "%40"), json.dumps(text)[1:-1])
    }
    return "|".join(sorted(map(re2.escape, written), key=len, reverse=True))


def _spaced(number: str) -> str:
    return r"[ ./()-]?".join(number)


def _options() -> Any:
    options = re2.Options()
    options.max_mem = 256 << 20
    return options
