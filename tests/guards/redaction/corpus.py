"""Made-up sentences of callers, with what must not be seen in them.

Numbers and addresses are generated and said in as many ways as callers say them. Nothing is taken
from the reference data beside the project.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.guards.redaction import templates
from tests.guards.redaction.said import DIGIT_WORDS, WAYS_OF_SAYING, commas, pair_word, singly


def _split(text: str) -> list[str]:
    return text.split()


_MOBILE = _split("""
0151 0152 0157 0159 0160 0162 0163 0170 0171 0172 0173 0174 0175 0176 0177 0178 0179
""")

_AREAS = _split("""
030 040 069 089 0201 0211 0221 0228 0231 0341 0351 0421 0511 0551 0611 0621 0711 0721 0911 02104
02432 03641 04131 05241 06131 07071 08031 09131 033701 036087
""")

_GIVEN = _split("""
anna jörg käthe mehmet ayşe lukas björn zoë françois olga hans-peter karl-heinz ümit sören maria
ottilie friedhelm ebru
""")

_FAMILY = _split("""
müller weißgerber schröder öztürk großkopf yıldız vollbrecht nowak karagülle brinkschulte ötting
wackernagel spätling böhm lüdecke kowalczyk grönemann straßburger
""")

_HOSTS = _split("""
web.de gmx.net gmx.de gmail.com t-online.de posteo.de outlook.com freenet.de icloud.com
mail.salon-schön.de praxis-am-markt.com uni-köln.de example.org firma.co.uk kfz-meyer24.de
arcor.de yahoo.de
""")


@dataclass(frozen=True)
class Case:
    kind: str
    text: str
    hide: str


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def mobile(dice: random.Random) -> str:
    return dice.choice(_MOBILE) + _digits(dice, dice.choice((7, 7, 8)))


def landline(dice: random.Random) -> str:
    return dice.choice(_AREAS) + dice.choice("123456789") + _digits(dice, dice.choice((4, 5, 6, 7)))


def _chunks(digits: str, dice: random.Random, glue: str) -> str:
    pieces, rest = [], digits
    while len(rest) > 4:
        size = dice.choice((2, 3))
        pieces.append(rest[:size])
        rest = rest[size:]
    return glue.join([*pieces, rest])


def written(number: str, dice: random.Random) -> str:
    """A national number in one of the ways that Germans write it."""
    area = next(a for a in (*_MOBILE, *sorted(_AREAS, key=len)[::-1]) if number.startswith(a))
    rest, short = number[len(area) :], area[1:]
    glue = dice.choice((" ", " ", "-", ".", "\N{NO-BREAK SPACE}", "\N{NON-BREAKING HYPHEN}"))
    chunked = _chunks(rest, dice, glue)
    return dice.choice((
        f"{area}{rest}", f"{area} {rest}", f"{area}/{rest}", f"{area}-{rest}",
        f"{area} / {chunked}",
        f"{area} - {chunked}", f"({area}) {rest}", f"({area}){chunked}", f"{area} {chunked}",
        f"{area}.{rest}", f"{area}–{rest}", f"+49{short}{rest}", f"+49 {short} {rest}",
        f"+49 (0){short} {chunked}", f"+49 (0) {short} {rest}", f"+49(0){short}-{rest}",
        f"+49-{short}-{rest}", f"+49/{short}/{rest}", f"+49.{short}.{rest}", f"0049{short}{rest}",
        f"0049 {short} {chunked}", f"0049-{short}-{rest}", f"0049 (0) {short} {rest}",
        f"+49 ({short}) {chunked}", f"+49 {short}/{rest}", f"{area}/{chunked}",
        f"(+49) {short} {rest}",
        f"%2B49{short}{rest}", f"%2B49%20{short}%20{rest}", f"\\u002b49{short}{rest}",
        f"{area}\\/{rest}", f"49{area[1:]}{rest}" if area in _MOBILE else f"{area} {rest}",
        f"{area}, {chunked}", f"{area[:2]} {area[2:]}/{chunked}", " ".join(number),
        f"00 49 {short} {rest}", f"+ 49 {short} {rest}", f"+49 {area} {rest}",
    ))  # fmt: skip


FOREIGN = """
+43 664 1234567
+43 1 58858-0
+41 79 123 45 67
+41791234567
+90 532 123 45 67
+1 (555) 123-4567
+44 20 7946 0958
+33 6 12 34 56 78
+48 512 345 678
+39 06 6982
0043 660 4711123
0041 44 668 18 00
+31 6 12345678
+380 44 123 4567
+7 495 123-45-67
""".strip().splitlines()


def address(dice: random.Random) -> str:
    given, family = dice.choice(_GIVEN), dice.choice(_FAMILY)
    local = dice.choice((
        f"{given}.{family}", f"{given}_{family}", f"{given}{family}", f"{given}-{family}",
        f"{given[0]}.{family}", f"{family}{dice.randrange(1950, 2009)}", f"{given}+termin",
        f"{given}.{family}.{dice.randrange(10, 99)}", "info", f"{family}",
    ))  # fmt: skip
    return f"{local}@{dice.choice(_HOSTS)}"


def escaped(mail: str, dice: random.Random) -> str:
    """The address as it stands in a line of JSON, in a query string, or with capitals."""
    return dice.choice((
        mail, mail, mail, mail.replace("@", "%40"), mail.upper(), mail.title(),
        mail.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00"),
    ))  # fmt: skip


def spoken_address(dice: random.Random) -> str:
    local, _, host = address(dice).partition("@")
    sign = dice.choice(("ät", "ät", "at", "Klammeraffe", "klammeraffe", "ät-Zeichen", "aet", "@"))
    dot = dice.choice(("punkt", "punkt", "Punkt", "dot"))
    minus = dice.choice(("minus", "bindestrich", "strich", "Bindestrich"))
    under = dice.choice(("unterstrich", "Unterstrich", "underscore"))
    for mark, word in ((".", dot), ("-", minus), ("_", under), ("+", "plus")):
        local = local.replace(mark, f" {word} ")
        host = host.replace(mark, f" {word} ")
    way = dice.randrange(9)
    if way == 0:
        local = " ".join(local.replace(" ", "")) if local.isalpha() else local
    elif way == 1 and "gmx" in host:
        host = host.replace("gmx", "g m x")
    elif way == 2:
        local = f"{local} {pair_word(str(dice.randrange(10, 99)))}"
    elif way == 3:
        local = f"{local} null {DIGIT_WORDS[dice.randrange(1, 10)]}"
    elif way == 4:
        host = host.replace(" de", " d e")
    elif way == 5:
        return ", ".join(f"{local} {sign} {host}".split())
    elif way == 6:
        local = (
            f"{local}{dice.choice((', alles klein,', ' zusammengeschrieben', ' in einem Wort'))}"
        )
    return f"{local} {sign} {host}"


def iban(dice: random.Random) -> str:
    country, size = dice.choice((("DE", 18), ("DE", 18), ("DE", 18), ("AT", 16), ("CH", 17)))
    plain = f"{country}{_digits(dice, 2)}{_digits(dice, size)}"
    blocks = [plain[i : i + 4] for i in range(0, len(plain), 4)]
    return dice.choice((
        plain, " ".join(blocks), "-".join(blocks), f"{plain[:2]} {plain[2:]}", ".".join(blocks),
        plain.lower() if country == "DE" else plain, "\N{NO-BREAK SPACE}".join(blocks),
    ))  # fmt: skip


def spoken_iban(dice: random.Random) -> str:
    digits = _digits(dice, 20)
    pairs = " ".join(pair_word(digits[i : i + 2]) for i in range(0, 20, 2))
    return dice.choice(("D E ", "DE ", "d e, ", "D wie Dora E wie Emil ")) + dice.choice((
        singly(digits, dice), pairs, commas(digits, dice),
        f"{digits[:2]} {singly(digits[2:], dice)}",
    ))  # fmt: skip


def cases(seed: int, each: int) -> Iterator[Case]:
    """``each`` cases of every kind, the same ones for the same ``seed``."""
    dice = random.Random(seed)
    for _ in range(each):
        mail = escaped(address(dice), dice)
        yield Case("email", dice.choice(templates.MAIL_TEMPLATES).format(mail), mail)
        said = spoken_address(dice)
        yield Case("email spoken", dice.choice(templates.SPOKEN_MAIL_TEMPLATES).format(said), said)
        for kind, number in (("mobile", mobile(dice)), ("landline", landline(dice))):
            shown = written(number, dice)
            yield Case(kind, dice.choice(templates.PHONE_TEMPLATES).format(shown), shown)
            said = dice.choice(WAYS_OF_SAYING)(number, dice)
            yield Case(
                f"{kind} spoken", dice.choice(templates.SPOKEN_PHONE_TEMPLATES).format(said), said
            )
        shown = dice.choice(FOREIGN)
        yield Case("foreign", dice.choice(templates.PHONE_TEMPLATES).format(shown), shown)
        shown = iban(dice)
        yield Case("iban", dice.choice(templates.IBAN_TEMPLATES).format(shown), shown)
        said = spoken_iban(dice)
        yield Case("iban spoken", dice.choice(templates.IBAN_TEMPLATES[:5]).format(said), said)


def left_of(case: Case, shown: str) -> list[str]:
    """The telling words of ``case`` that ``shown`` still has, those of its template aside."""
    around = set(_words(case.text.replace(case.hide, " ")))
    still = set(_words(shown)) - around - {"redacted", "email", "phone", "iban"}
    return [word for word in _words(case.hide) if word in still]


def _words(text: str) -> list[str]:
    kept = "".join(c if c.isalnum() else " " for c in text.lower())
    return [word for word in kept.split() if len(word) > 2 or word.isdigit()]
