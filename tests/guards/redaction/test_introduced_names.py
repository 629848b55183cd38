"""Names beside titles, labels, introductions and questions; words that only look like them."""

from __future__ import annotations

import pytest

from askpro.guards.redaction import Redactor


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Frau D. Weber", "Frau [NAME_REDACTED]"),
        ("Herr J.-P. Roth", "Herr [NAME_REDACTED]"),
        ("Herrn Dr. med. Al-Hassani", "Herrn Dr. med. [NAME_REDACTED]"),
        ("Frau Dr. med. dent. Weber", "Frau Dr. med. dent. [NAME_REDACTED]"),
        ("Frau Dipl.-Ing. Roth", "Frau Dipl.-Ing. [NAME_REDACTED]"),
        ("Prof. Dr.-Ing. Ute von der Heide", "Prof. Dr.-Ing. [NAME_REDACTED]"),
        ("Frau Graf Termin am Montag", "Frau [NAME_REDACTED] Termin am Montag"),
        ("Herr Kalt, Frau Kupfer", "Herr [NAME_REDACTED], Frau [NAME_REDACTED]"),
        ("auf den Namen Freiherr von und zu Ost", "auf den Namen [NAME_REDACTED]"),
        ("hier spricht d'Arcy", "hier spricht [NAME_REDACTED]"),
        ("ich heiße de la Cruz", "ich heiße [NAME_REDACTED]"),
        ("mein Name ist Abd al-Rahman", "mein Name ist [NAME_REDACTED]"),
        ("Mein Name ist Max M. Muster", "Mein Name ist [NAME_REDACTED]"),
        ("Kunde: Max Muster", "Kunde: [NAME_REDACTED]"),
        ("Vorname Dilara Nachname Aydın", "Vorname [NAME_REDACTED] Nachname [NAME_REDACTED]"),
        ("mit Nachnamen Aydın, bitte", "mit Nachnamen [NAME_REDACTED], bitte"),
        ("geborene Öz", "geborene [NAME_REDACTED]"),
        ("Kunde: Mehmet Ali Şahin", "Kunde: [NAME_REDACTED]"),
        ("Ansprechpartner: Hans Wurst", "Ansprechpartner: [NAME_REDACTED]"),
        ("klingeln Sie bei Öz", "klingeln Sie bei [NAME_REDACTED]"),
        ("buchen Sie auf Kaya", "buchen Sie auf [NAME_REDACTED]"),
        ("der ist auf Nguyen gebucht", "der ist auf [NAME_REDACTED] gebucht"),
        ("mit Krüger am Apparat", "mit [NAME_REDACTED] am Apparat"),
        ("Geburtsname: Kloebner", "Geburtsname: [NAME_REDACTED]"),
        ("Name: MUELLER, MAX", "Name: [NAME_REDACTED]"),
        ("Hallo, hier Hoffmann", "Hallo, hier [NAME_REDACTED]"),
        ("ich bin der Kevin", "ich bin der [NAME_REDACTED]"),
        ("ich bin's, die Sabine Weber", "ich bin's, die [NAME_REDACTED]"),
        ("Doktor Brinkmann, Eheleute Berger", "Doktor [NAME_REDACTED], Eheleute [NAME_REDACTED]"),
        ("auf Müller bitte", "auf [NAME_REDACTED] bitte"),
        ("This is John Smith calling", "This is [NAME_REDACTED] calling"),
        ("Speaking: Peter Pan", "Speaking: [NAME_REDACTED]"),
        ("Termin von Max Muster verschoben", "Termin von [NAME_REDACTED] verschoben"),
        ("no customer named Max Muster", "no customer named [NAME_REDACTED]"),
        ("customer 'Max Muster' not found", "customer '[NAME_REDACTED]' not found"),
        ("invalid name 'Max Muster'", "invalid name '[NAME_REDACTED]'"),
        ("mein Mann heißt Torsten", "mein Mann heißt [NAME_REDACTED]"),
        ("Bitte tragen Sie Öz ein", "Bitte tragen Sie [NAME_REDACTED] ein"),
        ("Wie ist Ihr Name? Öz.", "Wie ist Ihr Name? [NAME_REDACTED]."),
        ("Mit freundlichen Grüßen\nUte Öz", "Mit freundlichen Grüßen\n[NAME_REDACTED]"),
        (r"Viele Grüße\nUte Öz", r"Viele Grüße\n[NAME_REDACTED]"),
        ("Ansprechpartnerin ist Ute Öz", "Ansprechpartnerin ist [NAME_REDACTED]"),
        ("ich bin's, Ute", "ich bin's, [NAME_REDACTED]"),
        ("Name des Patienten ist Ute Öz", "Name des Patienten ist [NAME_REDACTED]"),
        ("Geschwister Öz kommen", "Geschwister [NAME_REDACTED] kommen"),
        ("Buchung auf Öz bestätigt", "Buchung auf [NAME_REDACTED] bestätigt"),
        ("Ute Öz <ute@web.de>", "[NAME_REDACTED] <[EMAIL_REDACTED]>"),
        ("Herr und Frau Öz kommen", "Herr und Frau [NAME_REDACTED] kommen"),
        ("Ihr Name?\nUser: Das ist Ute Öz.", "Ihr Name?\nUser: Das ist [NAME_REDACTED]."),
        ("Wie heißen Sie?\nUser: Weber", "Wie heißen Sie?\nUser: [NAME_REDACTED]"),
        ("Auf wen?\nUser: auf Weber, Ute", "Auf wen?\nUser: auf [NAME_REDACTED]"),
        ("Ihr Name?\nUser: ja, Frau Dr. Öz.", "Ihr Name?\nUser: ja, Frau Dr. [NAME_REDACTED]."),
    ],
)  # fmt: skip
def test_a_name_is_hidden(text: str, shown: str):
    assert Redactor().text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Customer Not Found, Caller Hung Up, attendee No Show, caller Retell AI",
        "event name: call_analyzed",
        "function name: book_appointment",
        "file name: askpro.log",
        "thread name: MainThread",
        "logger name=sqlalchemy.engine",
        "queue name: events",
        "job name=settle",
        "name=askpro.worker",
        "NameError: name 'foo' is not defined",
        "customer 'abc_1' not found",
        "Teilnehmer Maximum Zehn",
        "hier ist geschlossen",
        "hier ist besetzt, hier ist niemand",
        "ich bin neu hier",
        "ich bin allein hier",
        "wie heißt der Schnitt",
        "der Schnitt heißt Pixie",
        "es heißt Balayage",
        "das heißt Freitag um zehn",
        "Hallo, Herrenschnitt, ich möchte morgen",
        "ich bin Ende Oktober im Urlaub",
        "ich bin der Meinung, das reicht",
        "ich bin die Nachbarin von nebenan",
        "auf Deutsch bitte, auf Freitag bitte",
        "Vorname und Nachname bitte",
        "Caller: Kein Termin",
        "die heißt anders",
        "this is Monday Morning",
        "auf Freitag gebucht",
        "Gast WLAN Passwort",
        "versichert bei der Techniker",
    ],
)
def test_what_only_looks_like_one_stays(text: str):
    assert Redactor().text(text) == text
