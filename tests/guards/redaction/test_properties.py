"""What holds for every text and value, the hostile ones included."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.guards.redaction import Redactor, redactor

_WORDS = """
null eins zwo drei fünf doppel zweimal die und dann siebenundzwanzig hundert ät at punkt de web gmx
minus unterstrich klammeraffe anna Müller Herr Frau mein Name ist hier am Apparat Telefon Nummer
0176 404 32 10 +49 0049 (0) 14.10.2026 15:30 Uhr IBAN DE89 3704 0044 D E wie Dora name= "name":
"phone": token= Bearer abc123def password: cal_live_abcd1234 @ anna@web.de %40 \\u00fc User: Agent:
, . - / Geburtsdatum Kennzeichen Kontonummer 49 :// :pw@ key_abcdef0123456789 eyJhbGciOiJ.abc.def
plus [NAME_REDACTED] [REDACTED] REDACTED] [PHONE_ heiße ich für um acht Euro { } " ' hallo
"""
_PIECES = st.tuples(
    st.sampled_from(_WORDS.split()), st.sampled_from([" ", " ", "", ",", ", ", ".", "\n"])
)
_TEXTS = st.one_of(
    st.lists(_PIECES, max_size=30).map(lambda pieces: "".join(a + b for a, b in pieces)),
    st.text(),
    st.text(alphabet="0123456789+-/() .,@äaDE"),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXTS, st.binary()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["name", "phone", "token", "x", "kunde"]), inner, max_size=4
        ),
        st.dictionaries(st.one_of(st.text(max_size=8), st.integers()), inner, max_size=4),
    ),
    max_leaves=12,
)
_redactor = Redactor()


@given(_TEXTS)
@settings(max_examples=300, deadline=None)
def test_redacting_a_redacted_text_changes_nothing(text: str) -> None:
    once = _redactor.text(text)
    assert _redactor.text(once) == once


@given(_VALUES)
@settings(max_examples=150, deadline=None)
def test_every_value_becomes_plain_json(value: Any) -> None:
    orjson.dumps(_redactor.value(value))


def test_the_automaton_of_all_gates_is_small_enough() -> None:
    """A fifth larger and RE2 falls back to its slower engine: every line takes ten times as long,
    with nothing to hide, too."""
    assert redactor._TRIGGER.programsize < 60_000
