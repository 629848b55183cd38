"""The doctor called from a page: behind the request, one at a time, and what was found is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from askpro.services.control import NoInstance
from askpro.services.doctor import visits
from askpro.services.doctor.findings import Finding
from askpro.services.runtime import Runtime
from tests.clocks import StoppedClock
from tests.waiting import eventually

FOUND = [Finding("clocks agree", True, "0 ms"), Finding("keys are configured", False, "missing")]


@pytest.fixture
def runtime(app: Flask, clock: StoppedClock) -> Runtime:
    return replace(app.extensions["askpro"], clock=clock)


def call(
    runtime: Runtime, clock: StoppedClock, examine_it: Callable[[], list[Finding]]
) -> visits.Visit:
    """The examination that begins a second from now, once it has ended."""
    clock.advance(seconds=1)
    assert visits.begin(runtime, "0", examine_it=examine_it)
    eventually(lambda: visits.last(runtime).ended == clock.now())
    return visits.last(runtime)


def test_nobody_was_there_yet(runtime: Runtime):
    assert visits.last(runtime) == visits.Visit()


def test_what_was_found_is_kept_with_its_time(runtime: Runtime, clock: StoppedClock):
    visit = call(runtime, clock, lambda: FOUND)
    assert visit == visits.Visit(clock.now(), clock.now(), None, tuple(FOUND))
    assert call(runtime, clock, lambda: FOUND[:1]).findings == (FOUND[0],)


def test_one_examination_at_a_time(runtime: Runtime):
    go_on = threading.Event()

    def slowly() -> list[Finding]:
        assert go_on.wait(10)
        return FOUND

    assert visits.begin(runtime, "0", examine_it=slowly)
    eventually(lambda: visits.last(runtime).began is not None)
    assert visits.last(runtime).ended is None
    assert not visits.begin(runtime, "0", examine_it=slowly)
    go_on.set()
    eventually(lambda: visits.last(runtime).ended is not None)
    assert visits.last(runtime).findings == tuple(FOUND)


def test_nobody_to_examine_is_told(runtime: Runtime, clock: StoppedClock):
    def nobody() -> list[Finding]:
        raise NoInstance("nobody at http://127.0.0.1:9")

    visit = call(runtime, clock, nobody)
    assert (visit.broken, visit.findings) == ("NoInstance", ())


def test_one_that_died_with_its_process_is_over_and_may_be_begun_again(
    runtime: Runtime, clock: StoppedClock
):
    go_on = threading.Event()
    assert visits.begin(runtime, "0", examine_it=lambda: FOUND if go_on.wait(10) else [])
    eventually(lambda: visits.last(runtime).began is not None)
    clock.advance(timedelta(minutes=6))
    assert visits.last(runtime).broken == "died"
    call(runtime, clock, lambda: FOUND[:1])
    go_on.set()
    assert visits.last(runtime).findings == (FOUND[0],)


def test_what_the_command_line_found_is_kept_as_well(runtime: Runtime, clock: StoppedClock):
    visits.keep(runtime, FOUND)
    assert visits.last(runtime) == visits.Visit(clock.now(), clock.now(), None, tuple(FOUND))


def test_what_the_command_line_found_does_not_disturb_a_running_one(runtime: Runtime):
    go_on = threading.Event()

    def slowly() -> list[Finding]:
        assert go_on.wait(10)
        return FOUND[:1]

    assert visits.begin(runtime, "0", examine_it=slowly)
    eventually(lambda: visits.last(runtime).began is not None)
    visits.keep(runtime, FOUND)
    go_on.set()
    eventually(lambda: visits.last(runtime).ended is not None)
    assert visits.last(runtime).findings == tuple(FOUND[:1])
