"""The arithmetic of rules.md §8, and the settings' say in it."""

from __future__ import annotations

import pytest

from askpro.booking.hours_text import parse_hours
from askpro.booking.model import Service
from askpro.booking.transcript import Slot, Weights, extract
from tests.booking.dates.notation import BERLIN, berlin

NOW = berlin("2026-10-20T10:15")
AGREED = (
    "Agent: Salon, guten Tag.\nUser: Morgen um zehn bitte.\n"
    "Agent: Morgen um zehn Uhr ist frei. Soll ich das eintragen?\nUser: Ja.\n"
    "Agent: Ist eingetragen.\n"
)
MORE_SAID = AGREED.replace(
    "Morgen um zehn bitte", "Mittwoch, den einundzwanzigsten Oktober, um zehn"
)


def service(name: str, *synonyms: str) -> Service:
    return Service(1, 15, None, name, 2563193, 30, synonyms=synonyms)


def test_it_starts_at_the_base_and_gains_by_evidence():
    # A near day, a clock time and their exact minutes: 50 + 10 + 10 + 15.
    assert extract(AGREED, NOW).confidence == 85


def test_a_weekday_and_a_full_date_are_worth_more():
    assert extract(MORE_SAID, NOW).confidence == 100


def test_it_never_exceeds_a_hundred():
    assert extract(MORE_SAID, NOW, weights=Weights(base=95)).confidence == 100


def test_the_threshold_decides_who_is_confident():
    assert extract(AGREED, NOW, weights=Weights(least=85)).confident
    assert not extract(AGREED, NOW, weights=Weights(least=86)).confident


def test_the_base_is_the_operators():
    assert extract(AGREED, NOW, weights=Weights(base=20)).confidence == 55
    assert not extract(AGREED, NOW, weights=Weights(base=20)).confident


def test_a_wish_that_nobody_confirmed_gains_nothing_however_exact_it_is():
    facts = extract("Agent: Guten Tag.\nUser: Am dritten November um halb drei.", NOW)
    assert facts.wanted == Slot(
        berlin("2026-11-03T00:00").date(), berlin("2026-11-03T14:30").time()
    )
    assert facts.confidence == 50
    assert not facts.confident
    generous = extract("User: Am dritten November um halb drei.", NOW, weights=Weights(base=90))
    assert not generous.confident


def test_retells_own_analysis_outweighs_the_transcript():
    analysis = {"appointment_date": "2026-10-22", "appointment_time": "14:30", "service": "Färben"}
    facts = extract(AGREED, NOW, analysis=analysis)
    assert facts.confidence == 100
    assert facts.wanted == Slot(
        berlin("2026-10-22T00:00").date(), berlin("2026-10-22T14:30").time()
    )
    assert facts.service == "Färben"
    assert extract(AGREED, NOW, analysis=analysis, weights=Weights(analysis=40)).confidence == 40


@pytest.mark.parametrize(
    "analysis", [{}, {"appointment_date": "bald"}, {"date": 7}, {"appointment_date": "2026-10-22"}]
)
def test_an_analysis_without_day_and_time_changes_nothing(analysis):
    assert extract(AGREED, NOW, analysis=analysis) == extract(AGREED, NOW)


def test_a_transcript_above_the_limit_is_not_read():
    facts = extract(AGREED + "x" * 50_000, NOW)
    assert facts.wanted is None
    assert facts.confidence == 0
    assert extract(AGREED, NOW, weights=Weights(longest=100)).wanted is None


def test_the_branchs_services_give_the_name():
    transcript = "Agent: Hallo.\nUser: Ich hätte gern einen Herrenschnitt, morgen um zehn."
    named = extract(transcript, NOW, services=(service("Haarschnitt Herren", "Herrenschnitt"),))
    assert named.service == "Haarschnitt Herren"
    assert extract(transcript, NOW).service == "Herrenschnitt"


def test_a_service_that_is_not_offered_is_none():
    transcript = "Agent: Hallo.\nUser: Ich hätte gern eine Zahnreinigung, morgen um zehn."
    assert extract(transcript, NOW, services=(service("Haarschnitt"),)).service is None


def test_opening_hours_say_what_a_bare_hour_means():
    transcript = "Agent: Hallo.\nUser: Morgen um acht, geht das?"
    late = parse_hours("Mo-Fr 08:00-20:00", BERLIN)
    facts = extract(transcript, NOW, hours=late)
    assert facts.wanted == Slot(berlin("2026-10-21T00:00").date())
    assert facts.question == "Meinen Sie um acht Uhr morgens oder um acht Uhr abends?"
    assert extract(transcript, NOW).wanted == Slot(
        berlin("2026-10-21T00:00").date(), berlin("2026-10-21T08:00").time()
    )
