"""What a caller hears when the branch is closed: why, and when something is free instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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


def closed(
    at: Listener,
    moved: MovedSearch,
    free: Sequence[datetime],
    *,
    service: str | None = None,
    search_days: int = 14,
    keeps_old: bool = False,
) -> str:
    """The hours moved the search (rules.md §2): why, and what is free where it went."""
    why = closed_reason(at, moved) + (OLD_STAYS if keeps_old else "")
    subject = for_service(service)
    if not free:
        return sentence(
            why,
            f"Auch {days_after(search_days)} habe ich{subject} nichts frei.",
            CALLBACK_OFFER,
        )
    asked_day = at.day(moved.asked)
    same_day = all(at.day(start) == asked_day for start in free)
    return first_fit(
        f"{why} {capitalised(times_of_day(at, some, 'oder') if same_day else whens(at, some))} "
        f"wäre{said} noch frei. {choice(some)}"
        for said in (subject, "")
        for some in fewer(free)
    )


def closed_reason(at: Listener, moved: MovedSearch) -> str:
    """Why nothing happens at the time asked for; empty when the search did not move."""
    asked = at.local(moved.asked)
    if moved.reason == "closed_day" and moved.closure:
        return closure(at, moved.closure)
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


def closure(at: Listener, closure: Closure) -> str:
    """``Samstags haben wir leider geschlossen …``, with the holiday's name where it is one."""
    near = spoken_day(closure.day, at.today)
    is_near = "," not in near
    if closure.kind == "company":
        day = capitalised(day_clause(closure.day, at.today))
        return f"{day} haben wir leider geschlossen, Grund: {speakable(closure.name)}."
    if closure.kind == "holiday" or is_near:
        day = capitalised(day_clause(closure.day, at.today))
        return f"{day} ist {speakable(closure.name)}, da haben wir leider geschlossen."
    dated = spoken_date(closure.day)
    return f"{closure.name}s haben wir leider geschlossen, auch am {dated}."
