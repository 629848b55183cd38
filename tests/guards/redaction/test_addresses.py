"""Where people live, written and said; streets that nobody lives in stay."""

from __future__ import annotations

import pytest

from askpro.guards.redaction import Redactor


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ich wohne in der Goethestraße dreizehn", "ich wohne in der [PII_REDACTED]"),
        ("wohnhaft Goethestr. 13, 80336 München", "wohnhaft [PII_REDACTED]"),
        ("Adresse: Am Alten Markt 7b, 50667 Köln", "Adresse: [PII_REDACTED]"),
        ("bei uns Am Markt 5", "bei uns [PII_REDACTED]"),
        ("an der mühle dreiundzwanzig", "[PII_REDACTED]"),
        ("Unter den Linden siebenundsiebzig in Berlin", "[PII_REDACTED] in Berlin"),
        ("Lange Gasse 4, fünf null sechs sechs sieben Köln", "[PII_REDACTED]"),
        ("kommen Sie zum Rosenweg 5a, bitte", "kommen Sie zum [PII_REDACTED], bitte"),
        ("Zur Alten Post 8", "[PII_REDACTED]"),
        ("Im Hof 2", "[PII_REDACTED]"),
        ("Straße des 17. Juni 135", "[PII_REDACTED]"),
        ("Karl-Marx-Strasse 5-7, Hohenzollernring 22", "[PII_REDACTED], [PII_REDACTED]"),
        ("50672 Köln, Hohenzollernring 22", "[PII_REDACTED]"),
        ("Goethestraße Hausnummer zwölf b", "[PII_REDACTED]"),
        ("Kurfürstendamm einhundertzwölf", "[PII_REDACTED]"),
        ("ich wohne Lange Reihe 12 in Hamburg", "ich wohne [PII_REDACTED] in Hamburg"),
        ("ich wohne in der goethestraße", "ich wohne in der [PII_REDACTED]"),
        ("wir wohnen in 50667 Köln", "wir wohnen in [PII_REDACTED]"),
        ("street: Goethe Straße 13 a", "street: [PII_REDACTED]"),
        ("Goethestr.12, 80336 München", "[PII_REDACTED]"),
        ("Adresse ist Hinter dem Zehnthof 5", "Adresse ist [PII_REDACTED]"),
        ("Im Wiesengrund 8", "[PII_REDACTED]"),
        ("Anschrift Postfach 12 34, 80331 München", "Anschrift [PII_REDACTED]"),
        ("A-1010 Wien, Kärntner Straße 5", "[PII_REDACTED]"),
        ("Mariahilfer Str. 88/2/14, 1070 Wien", "[PII_REDACTED]"),
        ("Adresse: Landstraßer Hauptstraße 71/1/309, A-1030 Wien", "Adresse: [PII_REDACTED]"),
        ("Anschrift: Am Alten Markt 7/8, 24103 Kiel", "Anschrift: [PII_REDACTED]"),
        ("wohnhaft Grünstr. 4½, 12345 Berlin", "wohnhaft [PII_REDACTED]"),
        ("Anschrift lautet Rue de la Gare 12", "Anschrift lautet [PII_REDACTED]"),
        ("Straße: Zeil 106", "Straße: [PII_REDACTED]"),
        ("Bergmannstraße 5 bis 7 in Ulm", "[PII_REDACTED] in Ulm"),
        ("Rue du Marché 7, bitte", "[PII_REDACTED], bitte"),
        ("ul. Marszałkowska 10/5, 00-590 Warszawa", "[PII_REDACTED]"),
        ("Atatürk Caddesi No: 12", "[PII_REDACTED]"),
        ("/maps/place/Goethestr.+12", "/maps/place/[PII_REDACTED]"),
        ("Bahnhofstrasse 45, 8001 Zürich", "[PII_REDACTED]"),
    ],
)
def test_a_street_with_its_number_is_hidden(text: str, shown: str):
    assert Redactor().text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Parkplatz 3 ist frei, Arbeitsplatz 12 nicht",
        "Treffpunkt am Bahnhof 10 Uhr",
        "am Markt um zehn",
        "Auf dem Weg zehn Minuten",
        "in der Gartenstraße zehn Minuten gewartet",
        "Hauptstraße gesperrt",
        "string 5, monitoring 12, Käufer 3, firewall 7, wallet 5",
        "Adresse 127.0.0.1 port 80",
        "ich wohne seit drei Jahren hier",
        "ich bin zu Hause um 10",
        "in der Zeile 12, auf der Seite 12",
        "im Park 20 Minuten",
        "am Freitag 15 Uhr, im Mai 12 Termine",
        "12345 Termine, 45000 Anfragen",
        "der Wert im Feld 5, auf dem Platz 3, im Hof 3",
        "in der Post 5 Briefe, vor der Schule 8",
    ],
)
def test_a_street_or_a_number_by_itself_stays(text: str):
    assert Redactor().text(text) == text
