"""The number by which all workers notice that a company's data changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from askpro.guards import Guards
from askpro.guards.generation import Generation
from tests.guards.conftest import Ground

Make = Callable[..., Guards]


def test_whoever_changes_something_knows_at_once(guards: Make):
    generation = guards().generation
    before = generation()
    generation.grow()
    assert generation() > before


@pytest.mark.parametrize("ground", ["redis"], indirect=True)
def test_other_workers_know_within_a_second(ground: Ground, guards: Make):
    here, there = guards().generation, Generation(ground.link, ground.clock)
    before = there()
    here.grow()
    ground.wait(1.05)
    assert there() > before


def test_a_served_call_brings_the_number_along(ground: Ground, guards: Make, trips):
    here, there = guards(), Generation(ground.link, ground.clock)
    before = here.generation()
    there.grow()
    here.begin_call(15, "call_a", "list_services", "function")
    with trips() as count:
        after = here.generation()
    assert count() == 0
    assert (after > before) is ground.shared
