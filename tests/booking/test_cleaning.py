"""What callers and agents send, made fit to be stored."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpro.booking import cleaning
from askpro.errors import InvalidInput


def _sentence(call: object, value: object) -> str:
    with pytest.raises(InvalidInput) as refused:
        call(value)  # type: ignore[operator]
    return refused.value.sentence


@pytest.mark.parametrize(
    "name",
    [
        "Paul-Heinrich Ötting", "O'Neil", "D’Angelo", "Großkopf", "李小龙", "Ναταλία", "Łukasz",
        "محمد علی\u200cپور", "Dr. med. Anna Müller", "Anna & Ben", "María-José Ñíguez",
    ],
)  # fmt: skip
def test_a_name_keeps_every_letter_apostrophe_and_hyphen(name: str) -> None:
    assert cleaning.person_name(name) == name


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  Ludwig  van\tBeethoven\n", "Ludwig van Beethoven"),
        ("<b>Anna</b> Müller", "Anna Müller"),
        ("Müller<script>alert(1)</script>", "Müller"),
        ("&lt;b&gt;Anna&lt;/b&gt;", "Anna"),
        ("<\x00script>alert(1)<\x00/script>Anna", "Anna"),
        ("&#60;b&#62;Anna", "Anna"),
        ("&amp;lt;b&amp;gt;Anna", "Anna"),
        ("Anna\x00\x1b[31m Mü\u202eller\x07", "Anna Müller"),
        ("Mu\u0308ller", "Müller"),
        ("{{user_name}} Müller,", "Müller"),
        ("Anna <3 Müller", "Anna <3 Müller"),
    ],
)
def test_markup_and_control_characters_are_no_part_of_a_name(said: str, kept: str) -> None:
    assert cleaning.person_name(said) == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("m ü l l e r", "Müller"),
        ("Schmidt mit dt", "Schmidt"),
        ("Meier mit e i", "Meier"),
        ("Hoffmann mit zwei f", "Hoffmann"),
        ("äh Huber", "Huber"),
        ("Oe Kenzaburo", "Oe Kenzaburo"),
        ("Eva Sommer, S-O-M-M-E-R", "Eva Sommer"),
        ("Eva S-O-M-M-E-R", "Eva Sommer"),
        ("eva sommer, s-o-m-m-e-r", "eva Sommer"),
        ("Eva Maier, M-E-Y-E-R", "Eva Meyer"),
        ("Sommer, S-O-M-M-E-R, Eva", "Sommer Eva"),
        ("M-A-X M-Ü-L-L-E-R", "Max Müller"),
        ("Jürgen, also J Ü R G E N", "Jürgen"),
        ("Mein Name ist Eva Sommer", "Eva Sommer"),
        ("ich bin die Anna", "Anna"),
        ("auf den Namen Müller", "Müller"),
        ("J. R. R. Tolkien", "J. R. R. Tolkien"),
        ("A B Meier", "A B Meier"),
    ],
)
def test_spelling_and_introductions_are_no_part_of_a_name(said: str, kept: str) -> None:
    assert cleaning.person_name(said) == kept


@pytest.mark.parametrize(
    "said",
    ["", " ", "unbekannt", "None", "{{user_name}}", "anonymous", "Frau", "Ja", "keine Angabe"],
)
def test_nobody_is_no_name(said: str) -> None:
    assert cleaning.person_name(said) is None


@pytest.mark.parametrize("said", ["123", "+4917604069012", "…", "anna@web.de"])
def test_what_is_no_name_is_asked_again_without_an_echo(said: str) -> None:
    sentence = _sentence(cleaning.person_name, said)
    assert sentence.endswith("nennen Sie ihn noch einmal.")
    assert said not in sentence


def test_a_name_has_at_most_150_letters() -> None:
    assert cleaning.person_name("ä" * 150) == "ä" * 150
    assert "zu lang" in _sentence(cleaning.person_name, "ä" * 151)


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("Jasmin.Weissgerber@Example.ORG", "jasmin.weissgerber@example.org"),
        ("jasmin.weissgerber @ example.org", "jasmin.weissgerber@example.org"),
        ("anna punkt müller ät web punkt de", "anna.mueller@web.de"),
        ("a wie anton punkt maier at gmx punkt net", "a.maier@gmx.net"),
        ("Anna Punkt Groß Ät Web Punkt De", "anna.gross@web.de"),
        ("a n n a ät g m x punkt net", "anna@gmx.net"),
        ("anna unterstrich maier klammeraffe t minus online punkt de", "anna_maier@t-online.de"),
        ("anna at gmx punkt at", "anna@gmx.at"),
        ("anna ät gmx punkt at klein geschrieben", "anna@gmx.at"),
        ("anna null sieben at web punkt de", "anna07@web.de"),
        ("anna punkt klein ät web punkt de alles klein", "anna.klein@web.de"),
        ("anna(at)web(punkt)de", "anna@web.de"),
        ("anna plus termin @ web punkt de", "anna+termin@web.de"),
        ("anna punkt müller@web.de", "anna.mueller@web.de"),
        ("Anna Müller <anna@web.de>", "anna@web.de"),
        ("<b>anna@web.de</b>.", "anna@web.de"),
        ("mailto:anna@web.de", "anna@web.de"),
        ("info@müller.de", "info@müller.de"),
    ],
)
def test_an_address_is_put_together_however_it_was_dictated(said: str, address: str) -> None:
    assert cleaning.email_address(said) == address


@pytest.mark.parametrize(
    "said",
    [
        "anna", "anna@", "@web.de", "anna@web", "a@b@c.de", "anna@web.de\r\nBcc: x@y.de", "ät", "",
        "..@x.de", "anna@localhost", "anna@[127.0.0.1]", "{{email}}",
    ],
)  # fmt: skip
def test_what_is_no_address_is_asked_again_without_an_echo(said: str) -> None:
    sentence = _sentence(cleaning.email_address, said)
    assert "buchstabieren" in sentence
    assert "web.de" not in sentence


def test_an_address_has_at_most_255_letters() -> None:
    assert "zu lang" in _sentence(cleaning.email_address, "x" * 250 + "@web.de")
    assert "zu lang" in _sentence(cleaning.email_address, "x" * 50_000)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("0176 04069012", "+4917604069012"),
        ("null eins sieben eins drei neun zwei, dann dreimal die null, eins", "+491713920001"),
        ("+49 (0)176 04069012", "+4917604069012"),
        ("0049-176-04069012", "+4917604069012"),
        ("4917604069012", "+4917604069012"),
        ("(030) 23 12 54 17", "+493023125417"),
        ("tel:+49-30-23125417", "+493023125417"),
        ("０３０ 23125417", "+493023125417"),
        ("+43 664 1234567", "+436641234567"),
        ("null eins fünf eins, zwo drei vier fünf sechs sieben acht neun", "+4915123456789"),
        ("Null eins fünf eins dreiundzwanzig fünfundvierzig 67 89", "+4915123456789"),
        (
            "plus neunundvierzig eins fünf eins zwei doppel drei vier fuenf sechs sieben acht",
            "+4915123345678",
        ),
    ],
)
def test_a_number_is_german_unless_it_says_otherwise(said: str, number: str) -> None:
    assert cleaning.phone_number(said) == number


@pytest.mark.parametrize(
    "said",
    [
        "",
        "anonymous",
        "123",
        "+49000000000",
        "keine",
        "null",
        "eins zwei",
        "null eins Blumenkohl",
        "1" * 5000,
    ],
)
def test_what_is_no_number_is_asked_again(said: str) -> None:
    assert "Telefonnummer" in _sentence(cleaning.phone_number, said)


@pytest.mark.parametrize(
    "said", [None, "", "anonymous", "Anonymous ", "WITHHELD", "restricted", "unterdrückt"]
)
def test_a_withheld_number_is_recognised(said: str | None) -> None:
    assert cleaning.anonymous_number(said)
    assert not cleaning.anonymous_number("+4917604069012")


def test_a_note_is_cut_instead_of_refused() -> None:
    assert cleaning.free_text("<p>wichtig</p> " + "x" * 900) == "wichtig " + "x" * 492


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_becomes_plain_and_stays_so(text: str) -> None:
    once = cleaning.plain(text)
    assert cleaning.plain(once) == once
    assert once.isprintable() or any(c in once for c in "\u200c\u200d")


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_no_text_is_a_fault(text: str) -> None:
    for read in (cleaning.email_address, cleaning.phone_number, cleaning.person_name):
        with suppress(InvalidInput):
            read(text)
