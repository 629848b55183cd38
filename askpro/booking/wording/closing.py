"""What a caller hears when the branch is closed: why, and when something is free instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from askpro.booking.hours import Closure, MovedSearch
from askpro.booking.wording.moments import (
    Listener,
    day_clause,
    spoken_date,
    spoken_day,
    spoken_time,
    times_of_day,
    whens,
)
from askpro.booking.wording.offers import OLD_STAYS, choice, days_after, fewer
from askpro.booking.wording.speech import (
    CALLBACK_OFFER,
    capitalised,
    first_fit,
    for_service,
    sentence,
    speakable,
)

_ON_WEEKENDS = "Am Wochenende haben wir leider geschlossen."
#: Cal.com gives times where the hours say closed: whoever asks for one of them can have it, so
#: nobody hears that we are closed. "time": one was asked for, and is gone; "day": a day was.
Exceptional = Literal["time", "day"] | None


def closed(
    at: Listener,
    moved: MovedSearch,
    free: Sequence[datetime],
    *,
    service: str | None = None,
    search_days: int = 14,
    keeps_old: bool = False,
    exception: Exceptional = None,
    weekend: bool = False,
) -> str:
    """The hours moved the search (rules.md §2): why, and what is free where it went.

    ``weekend``: both of its days were asked for, and both are closed every week.
    """
    kept = OLD_STAYS if keeps_old else ""
    reason = _ON_WEEKENDS if weekend else closed_reason(at, moved, exception)
    why = reason + kept
    subject = for_service(service)
    if not free:
        return sentence(
            why,
            f"Auch {days_after(search_days)} habe ich{subject} nichts frei.",
            CALLBACK_OFFER,
        )
    asked_day = at.day(moved.asked)
    same_day = all(at.day(start) == asked_day for start in free)

    def offer(some: Sequence[datetime], said: str) -> str:
        if same_day:
            options = times_of_day(at, some, "oder")
        else:
            options = whens(at, some, just_named=asked_day)
        return f"{capitalised(options)} wäre{said} noch frei. {choice(some)}"

    def ways() -> Iterator[str]:
        """Rather a shorter sentence than a time less."""
        for some in fewer(free):
            yield f"{why} {offer(some, subject)}"
            yield f"{why} {offer(some, '')}"
        for some in fewer(free):
            yield f"Das geht leider nicht.{kept} {offer(some, '')}"

    return first_fit(ways())


def closed_reason(at: Listener, moved: MovedSearch, exception: Exceptional = None) -> str:
    """Why nothing happens at the time asked for; empty when the search did not move."""
    asked = at.local(moved.asked)
    if exception == "time":
        gone = f"{whens(at, [moved.asked])} ist leider kein Termin mehr frei"
        return capitalised(f"{gone}, {_no_regular_time(moved)}.")
    if moved.reason == "closed_day" and moved.closure:
        return closure(at, moved.closure, exception=exception)
    if moved.reason == "before_opening":
        opens = spoken_time(at.local(moved.start).time())
        return capitalised(f"{day_clause(asked.date(), at.today)} öffnen wir erst um {opens}.")
    if moved.reason == "break":
        back = spoken_time(at.local(moved.start).time())
        pause = f"{whens(at, [moved.asked])} machen wir Pause, ab {back} sind wir wieder da."
        return capitalised(pause)
    if moved.reason == "after_closing":
        return capitalised(f"{whens(at, [moved.asked])} haben wir schon geschlossen.")
    return ""


def _no_regular_time(moved: MovedSearch) -> str:
    """Says no more than that the time asked for is an exception."""
    closure = moved.closure
    if closure is None:
        return "das liegt außerhalb unserer üblichen Öffnungszeiten"
    if closure.kind == "company":
        return f"wir haben da nicht regulär geöffnet, Grund: {speakable(closure.name)}"
    if closure.kind == "holiday":
        return f"das ist {speakable(closure.name)}"
    return f"{closure.name.lower()}s haben wir nicht regulär geöffnet"


def closure(at: Listener, closure: Closure, *, exception: Exceptional = None) -> str:
    """``Samstags haben wir leider geschlossen …``, with the holiday's name where it is one."""
    shut = "nicht regulär geöffnet" if exception else "leider geschlossen"
    near = spoken_day(closure.day, at.today)
    is_near = "," not in near
    if closure.kind == "company":
        day = capitalised(day_clause(closure.day, at.today))
        return f"{day} haben wir {shut}, Grund: {speakable(closure.name)}."
    if closure.kind == "holiday" or is_near:
        day = capitalised(day_clause(closure.day, at.today))
        return f"{day} ist {speakable(closure.name)}, da haben wir {shut}."
    dated = spoken_date(closure.day)
    return f"{closure.name}s haben wir {shut}, auch {'nicht ' if exception else ''}am {dated}."
