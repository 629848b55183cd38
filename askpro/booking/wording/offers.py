"""The offer in a sentence: as many other times as it has room for, and the question after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from askpro.booking.wording.moments import Listener, spoken_day, times_of_day, whens
from askpro.booking.wording.numbers import before_noun
from askpro.booking.wording.speech import CALLBACK_OFFER, sentence

#: Follows a refusal while somebody wanted to move an appointment.
OLD_STAYS = " Ihr bisheriger Termin bleibt bestehen."


def with_offer(
    at: Listener,
    refusals: Sequence[str],
    alternatives: Sequence[datetime],
    same_day: date | None = None,
) -> Iterator[str]:
    """A refusal and an offer: ever fewer of the alternatives, ever shorter refusals."""
    for some in fewer(alternatives):
        is_far = same_day is not None and "," in spoken_day(same_day, at.today)
        if is_far and all(at.day(instant) == same_day for instant in some):
            offer = f"Am selben Tag kann ich Ihnen {times_of_day(at, some, 'oder')} anbieten."
        else:
            offer = f"Ich kann Ihnen {whens(at, some, just_named=same_day)} anbieten."
        for refusal in refusals:
            yield f"{refusal} {offer} {choice(some)}"
    yield f"Das ist leider nicht mehr frei. {offer} {choice(some)}"


def nothing_after(refusal: str, search_days: int) -> str:
    nothing = f"Auch {days_after(search_days)} habe ich nichts gefunden."
    return sentence(refusal, nothing, CALLBACK_OFFER)


def fewer(instants: Sequence[datetime]) -> Iterator[Sequence[datetime]]:
    """Ever fewer of the best, each time in the order in which they come."""
    return (sorted(instants[:count]) for count in range(len(instants), 0, -1))


def choice(options: Sequence[datetime]) -> str:
    if len(options) == 1:
        return "Passt Ihnen das?"
    return "Was passt Ihnen besser?" if len(options) == 2 else "Was passt Ihnen am besten?"


def days_after(days: int) -> str:
    return "am Tag danach" if days == 1 else f"in den {before_noun(days)} Tagen danach"
