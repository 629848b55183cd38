"""Ways in which people say a telephone number aloud."""

from __future__ import annotations

import random
from collections.abc import Callable

DIGIT_WORDS = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")

_TEENS = ("zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn",
          "achtzehn", "neunzehn")  # fmt: skip

_TENS = ("", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig",
         "neunzig")  # fmt: skip


def pair_word(pair: str) -> str:
    """Two figures as one number word; "07" is said figure by figure."""
    tens, unit = int(pair[0]), int(pair[1])
    if tens == 0:
        return f"{DIGIT_WORDS[0]} {DIGIT_WORDS[unit]}"
    if tens == 1:
        return _TEENS[unit]
    if unit == 0:
        return _TENS[tens]
    return ("ein" if unit == 1 else DIGIT_WORDS[unit]) + "und" + _TENS[tens]


def hundred_word(group: str) -> str:
    """Three figures as one number word, "404" = "vierhundertvier"."""
    if group[0] == "0":
        return " ".join(DIGIT_WORDS[int(c)] for c in group)
    head = ("ein" if group[0] == "1" else DIGIT_WORDS[int(group[0])]) + "hundert"
    rest = int(group[1:])
    if rest == 0:
        return head
    return head + (DIGIT_WORDS[rest] if rest < 10 else pair_word(group[1:]))


def singly(digits: str, dice: random.Random) -> str:
    return " ".join(DIGIT_WORDS[int(c)] for c in digits)


def _zwo(digits: str, dice: random.Random) -> str:
    return singly(digits, dice).replace("zwei", "zwo")


def _grouped(digits: str, dice: random.Random, glue: tuple[str, ...]) -> str:
    said, rest = [_zwo(digits[:4], dice)], digits[4:]
    while rest:
        size = dice.choice((2, 3))
        said.append(_zwo(rest[:size], dice))
        rest = rest[size:]
    return "".join(part + dice.choice(glue) for part in said[:-1]) + said[-1]


def commas(digits: str, dice: random.Random) -> str:
    return _grouped(digits, dice, (", ",))


def _hesitating(digits: str, dice: random.Random) -> str:
    glue = (" dann ", ", und dann ", " äh ", ", ähm, ", " … ", " und ", " - ", ". ", ", dann die ")
    return _grouped(digits, dice, glue)


def _pairs(digits: str, dice: random.Random) -> str:
    said, rest = [singly(digits[: len(digits) % 2 + 2], dice)], digits[len(digits) % 2 + 2 :]
    return " ".join(said + [pair_word(rest[i : i + 2]) for i in range(0, len(rest), 2)])


def _pairs_with_commas(digits: str, dice: random.Random) -> str:
    rest = digits[4:]
    groups = [pair_word(rest[i : i + 2]) for i in range(0, len(rest) - 1, 2)]
    tail = [DIGIT_WORDS[int(rest[-1])]] if len(rest) % 2 else []
    return ", ".join([singly(digits[:4], dice), *groups, *tail])


def _hundreds(digits: str, dice: random.Random) -> str:
    rest = digits[4:]
    full = [hundred_word(rest[i : i + 3]) for i in range(0, len(rest) - 2, 3)]
    tail = rest[len(full) * 3 :]
    return " ".join([singly(digits[:4], dice), *full, *([singly(tail, dice)] if tail else [])])


def _doubles(digits: str, dice: random.Random) -> str:
    said, index = [], 0
    while index < len(digits):
        word = DIGIT_WORDS[int(digits[index])]
        run = 1
        while index + run < len(digits) and digits[index + run] == digits[index] and run < 3:
            run += 1
        if run == 2:
            form = dice.choice(
                ("doppel-{}", "doppel {}", "zweimal die {}", "zwei mal {}", "zweimal {}")
            )
            said.append(form.format(word))
        elif run == 3:
            said.append(dice.choice(("dreimal die {}", "dreifach {}", "drei mal {}")).format(word))
        else:
            said.append(word)
        index += run
    return " ".join(said)


def _with_figures(digits: str, dice: random.Random) -> str:
    said, rest = [], digits
    while rest:
        size = dice.choice((1, 2, 3))
        said.append(rest[:size] if dice.random() < 0.4 else singly(rest[:size], dice))
        rest = rest[size:]
    return " ".join(said) if any(word.isalpha() for word in said) else singly(digits, dice)


def _plus(digits: str, dice: random.Random) -> str:
    head = dice.choice(("plus vier neun", "plus neunundvierzig", "null null vier neun"))
    return f"{head} {singly(digits[1:], dice)}"


def _hyphens(digits: str, dice: random.Random) -> str:
    return singly(digits, dice).replace(" ", "-")


def _glued(digits: str, dice: random.Random) -> str:
    said = singly(digits, dice).split()
    return f"{''.join(said[:4])} {''.join(said[4:7])} {' '.join(said[7:])}"


def _capitals(digits: str, dice: random.Random) -> str:
    return commas(digits, dice).capitalize()


def _transcribed(digits: str, dice: random.Random) -> str:
    return _zwo(digits, dice).replace("ü", "ue")


WAYS_OF_SAYING: tuple[Callable[[str, random.Random], str], ...] = (
    singly, _zwo, commas, _hesitating, _pairs, _pairs_with_commas, _hundreds, _doubles,
    _with_figures, _plus, _hyphens, _glued, _capitals, _transcribed,
)  # fmt: skip
