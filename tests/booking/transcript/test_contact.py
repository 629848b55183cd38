"""Dictated numbers and addresses."""

from __future__ import annotations

import pytest

from askpro.booking.transcript.contact import dictated_address, dictated_digits


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("null eins sieben sechs, null vier null, sechs neun null, eins zwei", "017604069012"),
        ("Null eins sieben sechs. Null vier, null sechs, neunzig, zwölf.", "017604069012"),
        ("die 0176 040 690 12", "017604069012"),
        ("plus vier neun eins sieben sechs null vier null", "+49176040"),
        ("doppel-null vier neun eins sieben sechs", "0049176"),
        ("null dreißig, zwo drei eins zwo fünf", "03023125"),
        ("null drei null und dann dreiundzwanzig zwölf", "0302312"),
        ("dreimal die sieben und zweimal die acht, eins eins", "7778811"),
        ("ein und zwanzig fünf und dreißig null null null", "2135000"),
        ("null eins sieben, nein, null eins sechs neun eins eins zwei zwei", "01691122"),
        ("null eins sieben eins drei vier vier, nein, drei fünf fünf, sechs", ""),
        ("ich habe zwei Kinder", ""),
        ("um drei", ""),
        ("", ""),
    ],
)
def test_digits_are_heard_in_words_and_figures(said, digits):
    assert dictated_digits(said) == digits


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("friederike punkt grosskopf ät example punkt org", "friederike.grosskopf@example.org"),
        ("ja an anna at example punkt com bitte", "anna@example.com"),
        ("Anna Minus Müller ät example Punkt de", "anna-mueller@example.de"),
        ("h unterstrich weber klammeraffe example punkt net", "h_weber@example.net"),
        ("anna vier sieben ät example punkt org", "anna47@example.org"),
        ("anna@example.org", "anna@example.org"),
        ("anna müller alles zusammen at example punkt com", "annamueller@example.com"),
        ("a n n a at example punkt com", "anna@example.com"),
        ("m wie Martha, Punkt, Müller ät example punkt de", "m.mueller@example.de"),
        ("info ätt example de", "info@example.de"),
        ("anna müller at example punkt com", None),
        ("nele ät example", None),
        ("die habe ich nicht dabei", None),
        ("punkt punkt punkt", None),
    ],
)
def test_an_address_is_put_together_from_what_was_said(said, address):
    assert dictated_address(said) == address
