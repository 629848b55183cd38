"""What an agent said to be done, against the ledger."""

from __future__ import annotations

import pytest

from askpro.booking.transcript import Discrepancy, Done, Facts, Slot, extract, said_versus_done
from tests.booking.dates.notation import BERLIN, berlin

NOW = berlin("2026-10-20T10:15")
TEN = berlin("2026-10-21T10:00")
SLOT = Slot(TEN.date(), TEN.time())
BOOKED = (
    "Agent: Guten Tag.\nUser: Morgen um zehn bitte.\n"
    "Agent: Morgen um zehn Uhr ist frei.\nUser: Ja, bitte.\nAgent: Ist eingetragen."
)
NOT_BOOKED = BOOKED.replace("Ist eingetragen.", "Einen Moment bitte.")
CANCELLED = (
    "Agent: Guten Tag.\nUser: Ich muss meinen Termin morgen um zehn absagen.\n"
    "Agent: Ihren Termin morgen um zehn Uhr habe ich gestrichen."
)


def heard(transcript: str) -> Facts:
    return extract(transcript, NOW)


def test_what_was_said_and_done_needs_no_look():
    assert said_versus_done(heard(BOOKED), [Done("booked", TEN)], BERLIN) == ()
    assert said_versus_done(heard(CANCELLED), [Done("cancelled", TEN)], BERLIN) == ()
    assert said_versus_done(heard(NOT_BOOKED), [], BERLIN) == ()


def test_a_confirmation_without_an_appointment_is_an_item():
    found = said_versus_done(heard(BOOKED), [], BERLIN)
    assert found == (Discrepancy("said_not_done", "booked", SLOT),)


def test_an_appointment_that_nobody_confirmed_is_an_item():
    done = Done("booked", TEN)
    found = said_versus_done(heard(NOT_BOOKED), [done], BERLIN)
    assert found == (Discrepancy("done_not_said", "booked", done=done),)


def test_an_appointment_at_another_time_than_was_said_is_an_item():
    done = Done("booked", berlin("2026-10-21T11:00"))
    found = said_versus_done(heard(BOOKED), [done], BERLIN)
    assert found == (Discrepancy("other_time", "booked", SLOT, done),)


def test_a_cancellation_that_was_only_said_is_an_item():
    found = said_versus_done(heard(CANCELLED), [], BERLIN)
    assert found == (Discrepancy("said_not_done", "cancelled", SLOT),)


def test_a_request_that_awaits_the_business_needs_no_word_of_success():
    assert said_versus_done(heard(NOT_BOOKED), [Done("requested", TEN)], BERLIN) == ()


def test_a_moved_appointment_may_be_called_eingetragen():
    assert said_versus_done(heard(BOOKED), [Done("rescheduled", TEN)], BERLIN) == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "Soll ich das eintragen?",
        "Ich konnte den Termin leider nicht eintragen.",
        "Der Rückruf ist notiert.",
        "Sobald Sie bestätigen, ist es gebucht.",
        "Möchten Sie, dass er eingetragen wird?",
        "Ihr Wunsch ist vorgemerkt, ein Kollege meldet sich.",
    ],
)
def test_a_question_or_a_refusal_is_no_confirmation(sentence):
    transcript = BOOKED.replace("Ist eingetragen.", sentence)
    assert heard(transcript).confirmations == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "Ich habe Sie eingetragen.",
        "Dann trage ich Sie ein.",
        "Der Termin ist gebucht.",
        "Das habe ich so notiert.",
        "Ihr Termin steht.",
        "Alles klar, ist vorgemerkt.",
        "Der Termin ist für Sie reserviert.",
    ],
)
def test_many_words_say_that_it_is_done(sentence):
    confirmations = heard(BOOKED.replace("Ist eingetragen.", sentence)).confirmations
    assert [(each.action, each.slot) for each in confirmations] == [("booked", SLOT)]
