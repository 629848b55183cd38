"""Birthdays, and the numbers of offices, banks and cars, by the words beside them."""

from __future__ import annotations

import pytest

from askpro.guards.redaction import Redactor


@pytest.mark.parametrize(
    ("text", "birthday"),
    [
        ("am 12.03.1978 geboren", "12.03.1978"),
        ("ich bin am 5. Mai 1960 in Ulm geboren", "5. Mai 1960 in Ulm"),
        ("am zwölften März achtundsiebzig geboren", "zwölften März achtundsiebzig"),
        ("Geburtsdatum: zwölf drei achtundsiebzig", "zwölf drei achtundsiebzig"),
        ("geboren am zwölf null drei siebzig", "zwölf null drei siebzig"),
        ("Geburtsdatum 12 03 1978", "12 03 1978"),
        ("Geburtsdatum 120378", "120378"),
        ("geb 12.3.78", "12.3.78"),
        ("date of birth: 12/03/1978", "12/03/1978"),
        ("born on March 12th, 1978", "March 12th, 1978"),
        ("(*12.03.1978)", "12.03.1978"),
        ("dritter März ist mein Geburtstag", "dritter März"),
        ("am ersten April zweitausendeins zur Welt gekommen", "ersten April zweitausendeins"),
        ("geboren im Juli neunzehnhundertneunzig", "Juli neunzehnhundertneunzig"),
        ("ich bin Jahrgang 56", "56"),
        ("date_of_birth: 1956-03-12", "1956-03-12"),
        ("Geburtsjahr: neunzehnhundertdrei", "neunzehnhundertdrei"),
        ("am 3. März habe ich Geburtstag", "3. März"),
    ],
)
def test_a_birthday_is_hidden(text: str, birthday: str):
    assert Redactor().text(text) == text.replace(birthday, "[PII_REDACTED]")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Steuernummer 93815/08152", "93815/08152"),
        ("IdNr. 86095742719", "86095742719"),
        ("Passnummer C01X0006H1", "C01X0006H1"),
        ("RVNR 65170839J003", "65170839J003"),
        ("AHV-Nummer 756.9217.0769.85", "756.9217.0769.85"),
        ("meine AHV ist 756.9217.0769.85", "756.9217.0769.85"),
        ("SV-Nummer 65 170839 J 003", "65 170839 J 003"),
        ("Versichertennummer A-123456789", "A-123456789"),
        ("Versichertennummer ist A 123 456 789", "A 123 456 789"),
        ("versichert bei der AOK unter A123456789", "A123456789"),
        ("Kreditkarte 4111-1111 1111/1111", "4111-1111 1111/1111"),
        ("Nummernschild HH-XY 99E", "HH-XY 99E"),
        ("Kennzeichen M:XY123", "M:XY123"),
        ("mein Auto ist M-XY 123", "M-XY 123"),
        ("M wie Martha Strich X Y eins zwei drei", "M wie Martha Strich X Y eins zwei drei"),
        ("Kennzeichen W-12345 X", "W-12345 X"),
        ("Auto: M-UC 1860", "M-UC 1860"),
        ("KV-Nummer K123456789", "K123456789"),
        ("E-Card 1234 010180", "1234 010180"),
        ("Insta: wiebke.o, ja", "wiebke.o"),
        (
            "Kennzeichen: B wie Berta, K wie Kaufmann, vier sieben",
            "B wie Berta, K wie Kaufmann, vier sieben",
        ),
        ("Row(geburtsdatum=datetime.date(1978, 5, 3), id=7)", "datetime.date(1978, 5, 3)"),
        ("mein Kennzeichen ist ZH 123456", "ZH 123456"),
        ("Telegram: @wiebke_o, danke", "@wiebke_o"),
        ("auf https://t.me/wiebke_o", "wiebke_o"),
    ],
)
def test_a_number_that_tells_of_a_person_is_hidden(text: str, number: str):
    assert Redactor().text(text) == text.replace(number, "[PII_REDACTED]")


def test_an_account_and_a_spelt_name_are_hidden():
    redactor = Redactor()
    assert redactor.text("Konto 532013000 bei") == "Konto [IBAN_REDACTED] bei"
    assert redactor.text("Martha Emil Ida Emil Richard") == "[NAME_REDACTED]"
    assert redactor.text("das schreibt sich em ü el el e er") == "das schreibt sich [NAME_REDACTED]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("also Ostermann, O S T E R M A N N bitte", "also […], […] bitte"),
        ("Hannes: H A doppel N E S", "[…]: […]"),
        ("M wie Martha, E wie Emil, I wie Ida, R wie Richard. Meir!", "[…]. […]!"),
    ],
)
def test_what_is_spelt_is_hidden_where_it_is_said_whole(text: str, shown: str):
    assert Redactor().text(text) == shown.replace("[…]", "[NAME_REDACTED]")


@pytest.mark.parametrize(
    "text",
    [
        "Reisepass bis 12.03.2027 gültig",
        "Mein Geburtstag ist am Freitag um zehn",
        "geboren wurde die Idee um zehn Uhr",
        "Konto 15 gesperrt",
        "mit der AOK um 10 Uhr 30",
        "Kennzeichen fehlt",
        "Kennzeichen kommt um 14 Uhr",
        "@property in line 12",
        "der Jahrgang ist gut",
        "Discord webhook 404, Telegram: disabled",
        "im Parkweg von 5 bis 7 Uhr",
        "der Golf mit M-12",
        "schreiben Sie es auf",
        "Auto Termin am 12.05.2026",
        "Filialen Berlin, Hamburg, Köln, München",
        "0 10 20 30 40 50",
    ],
)
def test_what_is_nobodys_number_stays(text: str):
    assert Redactor().text(text) == text
