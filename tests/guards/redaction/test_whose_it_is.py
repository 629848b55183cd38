"""People beside what is theirs, in errors, titles and sentences that a telephone brings."""

from __future__ import annotations

import pytest

from askpro.guards.redaction import Redactor

PERSON, NAME = "[PII_REDACTED]", "[NAME_REDACTED]"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Termin 77 (Ute Öz, 0171 5556677) verschoben", "Ute Öz"),
        ("Absender: Torben Lührs, Deichstr. 3", "Torben Lührs"),
        ("Lührs, Torben (geb. 01.02.1980)", "Lührs, Torben"),
        ("Termin für Bodo Haselhuhn am Mittwoch", "Bodo Haselhuhn"),
        ("gebucht für Petra Sonnleitner", "Petra Sonnleitner"),
        ("Booking confirmed for Petra Sonnleitner", "Petra Sonnleitner"),
        ("Stornierung durch Ute Öz wegen Krankheit", "Ute Öz"),
        ('title="Haarschnitt zwischen Salon Bella und Gernot Ipsen"', "Gernot Ipsen"),
        ("Haircut between Salon Bella and Gernot Ipsen", "Gernot Ipsen"),
        ("Servus, da ist der Huber Sepp, geht morgen noch was?", "Huber Sepp"),
        ("Olaf Schulte hat angerufen", "Olaf Schulte"),
        ("Olaf Schulte ruft zurück", "Olaf Schulte"),
        ("Spreche ich mit Wiebke Carstens?", "Wiebke Carstens"),
        ("Wer spricht? Wiebke Carstens.", "Wiebke Carstens"),
        ("Kontoinhaber: Torben Lührs", "Torben Lührs"),
        ("ATTENDEE;CN=Ute Öz", "Ute Öz"),
        ("Viele Grüße Swantje Behrens", "Swantje Behrens"),
        ("Agent: Auf welchen Namen?\nUser: Sörensen bitte", "Sörensen"),
        ("Reserviert auf Sonnleitner", "Sonnleitner"),
        ("Ich habe Sie unter Sonnleitner eingetragen", "Sonnleitner"),
        ("unser Opa Hinnerk", "Hinnerk"),
        ("Der Nachname schreibt sich Rahmani", "Rahmani"),
        ("Herr van 't Hoff kommt später", "van 't Hoff"),
        ("Hr Krause kommt später", "Krause"),
        ("mein name ist özgür yıldırım", "özgür yıldırım"),
        ("mein name wohlrab", "wohlrab"),
        ("ich buchstabiere Essen Rostock Nürnberg", "Essen Rostock Nürnberg"),
        ("Sierra Charlie Hotel Mike", "Sierra Charlie Hotel Mike"),
    ],
)
def test_a_name_is_hidden_with_what_is_theirs(text: str, name: str) -> None:
    shown = Redactor().text(text)
    assert name not in shown
    assert shown.startswith(text.partition(name)[0] + NAME)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("KeyError: 'Frank Meier'", "Frank Meier"),
        ("ValueError: time data 'Frank Meier' does not match", "Frank Meier"),
        ("asyncpg.exceptions.DataError: argument $1: 'Frank Meier' (an integer)", "Frank Meier"),
        ("curl -u frank:geheim https://api.cal.com", "frank:geheim"),
        ("ruf mich an 0151_23456789", "0151_23456789"),
        ("Tel 0171:2345678", "0171:2345678"),
        ("Tel 0171&nbsp;5556677", "0171&nbsp;5556677"),
        ("invalid email: frank@@beispiel.de", "frank@@beispiel.de"),
        ("wohnhaft Q7, 24, 68161 Mannheim", "Q7, 24, 68161 Mannheim"),
        ("Geburtsort: Castrop-Rauxel", "Castrop-Rauxel"),
        ("Ich bin in Gelsenkirchen geboren", "Gelsenkirchen"),
        ("ich bin in köln geboren", "köln"),
        ("place of birth: Ankara", "Ankara"),
        ("geboren in Wanne-Eickel am 3.4.1980", "Wanne-Eickel am 3.4.1980"),
        ("Geb.-Datum: 31.01.1950", "31.01.1950"),
        ("mein Geburtstag ist der 31.1.", "31.1."),
        ("geb. Mai 1972 in Ulm", "Mai 1972 in Ulm"),
        ("Allergien: Penicillin, Nüsse", "Penicillin, Nüsse"),
        ("Versichertennummer a eins zwei drei vier fünf sechs", "a eins zwei drei vier fünf sechs"),
        ("Kontonummer fünf drei zwo null eins drei null", "fünf drei zwo null eins drei null"),
        ("Reifenwechsel für OHV-XY 12", "OHV-XY 12"),
    ],
)  # fmt: skip
def test_it_is_hidden_and_the_rest_stays(text: str, hidden: str) -> None:
    before, _, after = text.partition(hidden)
    shown = Redactor().text(text)
    assert shown.startswith(before + "[")
    assert shown.endswith("REDACTED]" + after)


def test_a_script_without_our_capitals_hides_its_names() -> None:
    assert "Иванова" not in Redactor().text("меня зовут Ольга Иванова")
