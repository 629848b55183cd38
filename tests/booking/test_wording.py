"""Every sentence a caller can hear, read by the rules of a good phone call."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpro.booking import wording
from askpro.booking.model import Service
from askpro.booking.wording import Entry
from askpro.errors import (
    BudgetSpent,
    CalcomError,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomUnauthorized,
    CalcomUnavailable,
    CalcomUnreachable,
    CircuitOpen,
)
from tests.booking.days import LISTENER, at
from tests.booking.every_sentence import HOURS, every_sentence

NOT_SENTENCES = {
    "Action",
    "Entry",
    "Exceptional",
    "Listener",
    "speakable",
    "spoken_date",
    "spoken_day",
    "spoken_time",
    "spoken_when",
    "stretch",
    "whens",
}
ORDINAL = r"\w+te"
WEEKDAY = r"(?:\w+tag|Mittwoch)"
MONTH = r"(?:Ja|Fe|Mä|Ap|Ma|Ju|Au|Se|Ok|No|De)\w+"


@pytest.fixture(scope="module")
def sentences() -> set[tuple[str, str]]:
    return set(every_sentence())


def offenders(sentences: set[tuple[str, str]], pattern: str, flags: int = 0) -> list[str]:
    return sorted({said for _, said in sentences if re.search(pattern, said, flags)})[:5]


def test_every_sentence_is_read_here(sentences: set[tuple[str, str]]):
    assert {name for name, _ in sentences} == set(wording.__all__) - NOT_SENTENCES


def test_they_are_under_300_characters(sentences: set[tuple[str, str]]):
    assert not sorted(
        (f"{len(said)} {name}: {said}" for name, said in sentences if len(said) >= 300),
        reverse=True,
    )[:3]


FORBIDDEN = {
    "digits": r"\d",
    "line-breaks": r"[\n\r\t]",
    "signs-a-voice-cannot-say": r"[^\w\s.,:?'-]|_",
    "python": r"None|True|False|\bnan\b",
    "loose-punctuation": r"  | [.,?:]|[.,?:]{2}|,\w",
    "du": r"\b(?:[Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich|[Ee]uch|[Ee]uer\w*)\b",
    "small-ihnen": r"\b(?:ihnen|ihre[nmrs]?|ihr)\b",
    "umlauts-spelled-out": r"\b(?:moech|koenn|fuer|naech|uebe|Rueck|Maerz|zwoelf|fuenf|dreissig)",
    "eins-uhr": r"\beins (?:Uhr|Euro|Cent|Minute|Stunde|Tag|Termin)",
    "one-of-many": r"\beinen? (?:Stunden|Minuten|Termine|Tage|Zeiten|Leistungen)\b",
    "ein-stunde": r"\bein (?:Stunden?|Minuten?|Zeit)\b",
    "many-of-one": r"\b(?:zwei|drei|vier|sechs|\w+zig|\w+zehn) (?:Stunde|Minute|Termin|Tag|Zeit)\b",
    "dem-siebte": rf"\b(?:dem|den) {ORDINAL} {MONTH}",
    "der-siebten": rf"\bder {ORDINAL}n {MONTH}",
    "bis-dem": rf"\b[Bb]is {WEEKDAY}, dem\b",
    "am-den": rf"\b[Aa]m {WEEKDAY}, den\b",
    "der-as-an-object": r"\bDer (?:\w+ )?\w+ habe ich\b",
    "uhr-twice": r"\b(?:von|zwischen) (?!null|ein\b)\w+ Uhr (?:bis|und) ",
    "um-um": r"\bum um\b|\bUhr Uhr\b",
    "am-heute": r"\bam (?:heute|morgen|übermorgen|gestern)\b",
    "a-word-twice": r"\b(?!Donau)(\w+) \1\b",
    "no-comma-before-the-verb": rf"\bam {WEEKDAY}, dem \w+ \w+ (?:ist|habe|haben|finde|öffnen)\b",
}


@pytest.mark.parametrize("forbidden", FORBIDDEN.values(), ids=FORBIDDEN)
def test_none_of_them_has(sentences: set[tuple[str, str]], forbidden: str):
    assert not offenders(sentences, forbidden)


def test_they_begin_with_a_capital_and_end_like_a_sentence(sentences: set[tuple[str, str]]):
    wrong = [said for _, said in sentences if said and not re.fullmatch(r"[A-ZÄÖÜ].*[.?]", said)]
    assert not wrong[:5]


def test_they_do_not_run_on(sentences: set[tuple[str, str]]):
    assert not [said for _, said in sentences if len(re.findall(r"[.?](?:\s|$)", said)) > 4][:5]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (CalcomUnauthorized(), "Authentifizierungsfehler"),
        (CalcomNotFound(), "Ressource nicht gefunden"),
        (CalcomRateLimited(), "Zu viele Anfragen"),
        (BudgetSpent(), "Zu viele Anfragen"),
        (CalcomUnavailable(), "System momentan nicht verfügbar"),
        (CircuitOpen(), "System momentan nicht verfügbar"),
        (CalcomUnreachable(), "System nicht erreichbar"),
    ],
)
def test_a_calendar_that_is_down_is_said_so_and_a_callback_is_offered(
    fault: CalcomError, words: str
):
    said = wording.calendar_down(fault)
    assert words in said
    assert "Das liegt nicht an Ihnen." in said
    assert "Rückruf" in said


def test_a_wish_that_was_kept_is_not_offered_to_be_kept_again():
    said = wording.calendar_down(CalcomUnavailable(), wish_kept=True)
    assert "notiert" in said
    assert "?" not in said


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            lambda: wording.available(LISTENER, at(10, 22, 14, 30), "Herrenhaarschnitt"),
            "Ja, übermorgen um vierzehn Uhr dreißig ist für Herrenhaarschnitt noch ein Termin "
            "frei. Soll ich ihn für Sie eintragen?",
        ),
        (
            lambda: wording.unavailable(LISTENER, at(10, 20, 15), [at(10, 20, 16)]),
            "Heute um fünfzehn Uhr ist leider kein Termin mehr frei. Ich kann Ihnen heute um "
            "sechzehn Uhr anbieten. Passt Ihnen das?",
        ),
        (
            lambda: wording.day_listed(
                LISTENER,
                at(10, 21, 12).date(),
                [at(10, 21, 13), at(10, 21, 14), at(10, 21, 14, 30), at(10, 21, 15)],
            ),
            "Morgen habe ich um dreizehn Uhr, vierzehn Uhr, vierzehn Uhr dreißig und fünfzehn Uhr "
            "noch Termine frei. Was passt Ihnen?",
        ),
        (
            lambda: wording.unavailable(
                LISTENER, at(10, 23, 11), [at(10, 23, 10), at(10, 23, 12, 30)]
            ),
            "Am Freitag, dem dreiundzwanzigsten Oktober, um elf Uhr ist leider kein Termin mehr "
            "frei. Am selben Tag kann ich Ihnen um zehn Uhr oder um zwölf Uhr dreißig anbieten. "
            "Was passt Ihnen besser?",
        ),
        (
            lambda: wording.unavailable(
                LISTENER, at(10, 23, 11), [at(10, 26, 11), at(10, 23, 12, 30)]
            ),
            "Am Freitag, dem dreiundzwanzigsten Oktober, um elf Uhr ist leider kein Termin mehr "
            "frei. Ich kann Ihnen am selben Tag um zwölf Uhr dreißig oder am Montag, dem "
            "sechsundzwanzigsten Oktober, um elf Uhr anbieten. Was passt Ihnen besser?",
        ),
        (
            lambda: wording.unavailable(LISTENER, at(10, 21, 11), [at(11, 6, 9, 30)]),
            "Morgen um elf Uhr ist leider kein Termin mehr frei. Ich kann Ihnen am Freitag, dem "
            "sechsten November, um halb zehn anbieten. Passt Ihnen das?",
        ),
        (
            lambda: wording.past(LISTENER, at(10, 23, 10, year=2023), at(10, 20, 14)),
            "Der dreiundzwanzigste Oktober zweitausenddreiundzwanzig ist leider schon vorbei. "
            "Heute ist Dienstag, der zwanzigste Oktober zweitausendsechsundzwanzig. Als Nächstes "
            "wäre heute um vierzehn Uhr frei. Passt Ihnen das?",
        ),
        (
            lambda: wording.closed(LISTENER, HOURS[0].move_search(at(10, 24, 10)), [at(10, 26, 9)]),
            "Samstags haben wir leider geschlossen, auch am vierundzwanzigsten Oktober. Am "
            "Montag, dem sechsundzwanzigsten Oktober, um neun Uhr wäre noch frei. "
            "Passt Ihnen das?",
        ),
        (
            lambda: wording.closed(LISTENER, HOURS[0].move_search(at(10, 21, 8)), [at(10, 21, 9)]),
            "Morgen öffnen wir erst um neun Uhr. Um neun Uhr wäre noch frei. Passt Ihnen das?",
        ),
        (
            lambda: wording.closed(LISTENER, HOURS[4].move_search(at(11, 1, 10)), []),
            "Am Sonntag, dem ersten November, ist Allerheiligen, da haben wir leider geschlossen. "
            "Auch in den vierzehn Tagen danach habe ich nichts frei. "
            "Darf ich einen Rückruf für Sie notieren?",
        ),
        (
            lambda: wording.no_availability(LISTENER, 14, service="Färben"),
            "In den nächsten vierzehn Tagen, also bis Dienstag, den dritten November, ist für "
            "Färben leider kein Termin frei. Darf ich einen Rückruf für Sie notieren?",
        ),
        (
            lambda: wording.day_listed(
                LISTENER, date(2026, 10, 26), [at(10, 26, 9, 30), at(10, 26, 10), at(10, 26, 16)]
            ),
            "Am Montag, dem sechsundzwanzigsten Oktober, habe ich um halb zehn, zehn und sechzehn "
            "Uhr noch Termine frei. Was passt Ihnen?",
        ),
        (
            lambda: wording.day_listed(
                LISTENER,
                date(2026, 10, 21),
                [at(10, 21, 9), at(10, 21, 14, 30), at(10, 21, 15), at(10, 21, 16)],
            ),
            "Morgen habe ich um neun Uhr, vierzehn Uhr dreißig, fünfzehn und sechzehn Uhr noch "
            "Termine frei. Was passt Ihnen?",
        ),
        (
            lambda: wording.alternatives_found(LISTENER, [at(11, 30, 9), at(11, 24, 10)]),
            "Ich kann Ihnen am Dienstag, dem vierundzwanzigsten November, um zehn Uhr oder am "
            "Montag, dem dreißigsten November, um neun Uhr anbieten. Was passt Ihnen besser?",
        ),
        (
            lambda: wording.services(
                [
                    Service(1, 15, None, "Tönen", 11, 45),
                    Service(2, 15, None, "Beratung", 12, 30, price_cents=0),
                    Service(3, 15, None, "Brautfrisur", 13, 90, price_cents=14000),
                ]
            ),
            "Wir bieten Beratung kostenlos, Brautfrisur für einhundertvierzig Euro und Tönen an. "
            "Was darf ich für Sie eintragen?",
        ),
        (
            lambda: wording.service(Service(2, 15, None, "Beratung", 12, 30, price_cents=0)),
            "Beratung, eine halbe Stunde, kostenlos",
        ),
        (
            lambda: wording.booked(LISTENER, at(11, 3, 14, 30), "Herrenhaarschnitt"),
            "Ihr Termin für Herrenhaarschnitt am Dienstag, dem dritten November, um vierzehn Uhr "
            "dreißig ist fest gebucht. Wir freuen uns auf Sie.",
        ),
        (
            lambda: wording.which_one(
                LISTENER,
                [
                    Entry(at(10, 29, 9), "Damenhaarschnitt"),
                    Entry(at(10, 29, 15), "Färben"),
                ],
                "cancel",
            ),
            "Sie haben zwei Termine am Donnerstag, dem neunundzwanzigsten Oktober, um neun Uhr für "
            "Damenhaarschnitt und um fünfzehn Uhr für Färben. Welchen davon möchten Sie absagen?",
        ),
        (
            lambda: wording.current_context(LISTENER),
            "Heute ist Dienstag, der zwanzigste Oktober zweitausendsechsundzwanzig, und es ist "
            "Viertel nach zehn.",
        ),
        (
            lambda: wording.when_again(),
            "Wann Sie kommen möchten, habe ich leider nicht verstanden. Sagen Sie bitte zum "
            "Beispiel morgen um zehn Uhr, nächsten Dienstag oder am dritten November.",
        ),
        (
            lambda: wording.callback_recorded(2),
            "Ihren Rückrufwunsch habe ich notiert. Wir melden uns innerhalb von zwei Stunden bei "
            "Ihnen.",
        ),
    ],
)
def test_it_sounds_like_this(said: Callable[[], str], sentence: str):
    assert said() == sentence


def test_a_name_never_brings_markup_digits_or_emoji_into_a_sentence():
    said = wording.speakable("<script>alert(1)</script> Massage (60 Min.) & Öl 😊\r\n")
    assert said == "alert, eins Massage, sechzig Minuten und Öl"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("heute nach 16 Uhr", "heute nach sechzehn Uhr"),
        ("morgen 16:30 Uhr", "morgen sechzehn Uhr dreißig"),
        ("09:00", "neun Uhr"),
        ("14-16 Uhr", "vierzehn bis sechzehn Uhr"),
        ("Betriebsferien bis 30.10.", "Betriebsferien bis dreißigsten Oktober"),
        ("am 01.12.2026", "am ersten Dezember"),
        ("1,5 h", "eins Komma fünf Stunden"),
        ("Dr. Kieferling", "Doktor Kieferling"),
        ("0176", "null eins sieben sechs"),
        ("A & B", "A und B"),
        ("99999999999999999999", " ".join(["neun"] * 12)),
    ],
)
def test_what_is_written_in_a_name_is_said_in_words(written: str, said: str):
    assert wording.speakable(written) == said


@given(st.text(max_size=250))
def test_no_name_is_unspeakable(name: str):
    said = wording.speakable(name)
    assert len(said) <= 60
    assert not re.search(r"\d|[\n\r]|  |[<>@#]", said)


def test_a_name_keeps_its_umlauts_apostrophes_and_hyphens():
    assert wording.speakable("Paul-Heinrich Ötting-O'Neill") == "Paul-Heinrich Ötting-O'Neill"
