"""What a worker keeps in memory for a while never piles up, however seldom something is put."""

from __future__ import annotations

from askpro.guards.shelf import Shelf


def test_what_has_expired_is_let_go_by_the_first_put_of_a_later_minute():
    shelf: Shelf[int, str] = Shelf()
    for number in range(1000):
        shelf.put(number, "a hold", until=300, now=0)
    shelf.put(1001, "tomorrow's", until=86_700, now=86_400)
    assert shelf.items(86_400) == [(1001, "tomorrow's")]
    assert len(shelf) == 1


def test_what_has_not_expired_stays():
    shelf: Shelf[int, str] = Shelf()
    for number in range(10):
        shelf.put(number, "a note", until=7200, now=number * 61.0)
    assert len(shelf) == 10
    assert shelf.get(0, 7199) == "a note"
    assert shelf.get(0, 7200) is None
