"""What a caller hears about themselves, the business, its services and callbacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from askpro.booking.hours import MIDNIGHT, WEEKDAYS, OpeningHours, Window
from askpro.booking.model import Service
from askpro.booking.wording.moments import (
    Listener,
    day_clause,
    joined,
    spoken_date,
    spoken_span,
    spoken_time,
)
from askpro.booking.wording.numbers import before_noun, counted, length, price
from askpro.booking.wording.speech import capitalised, first_fit, sayable, sentence, speakable

_NAMELESS = "eine Leistung"
_NOTED = "Ihren Rückrufwunsch habe ich notiert."

# -- the caller -------------------------------------------------------------------------------


def known(at: Listener, names: Sequence[str | None], last_visit: date | None = None) -> str:
    """The number belongs to one customer, or to several who share it; a name may be unknown."""
    said = sayable(names)
    if not said:
        return "Guten Tag, schön, dass Sie wieder anrufen. Wie darf ich Sie ansprechen?"
    visit = ""
    if last_visit and last_visit < at.today and len(said) == 1:
        visit = f"Zuletzt waren Sie {day_clause(last_visit, at.today)} bei uns."
    return sentence(f"Guten Tag, spreche ich mit {joined(said[:3], 'oder')}?", visit)


def new_customer() -> str:
    return "Herzlich willkommen, Sie sind zum ersten Mal bei uns. Wie darf ich Sie ansprechen?"


def anonymous() -> str:
    return (
        "Ihre Rufnummer wird nicht angezeigt. Einen neuen Termin können Sie gern vereinbaren. "
        "Auf welchen Namen darf ich ihn eintragen?"
    )


# -- the business -----------------------------------------------------------------------------


def current_context(at: Listener) -> str:
    today = spoken_date(at.today, case="nominative", with_year=True)
    clock = spoken_time(at.local(at.now).time())
    return f"Heute ist {WEEKDAYS[at.today.weekday()]}, der {today}, und es ist {clock}."


def opening_hours(hours: OpeningHours) -> str:
    """``Wir haben montags bis freitags von neun bis achtzehn Uhr geöffnet.``"""
    told = [
        f"{_days(first, last)} {joined([_window(window) for window in windows])}"
        for first, last, windows in _runs(hours)
        if windows
    ]
    if not told:
        return "Unsere Öffnungszeiten nennen wir Ihnen gern bei einem Rückruf."
    return first_fit(
        [f"Wir haben {joined(told)} geöffnet."]
        + [f"Wir haben {joined(told[:count])} geöffnet." for count in range(len(told) - 1, 0, -1)]
    )


def services(offered: Sequence[Service]) -> str:
    """What the branch offers, with prices while they fit."""
    if not offered:
        return "Zurzeit kann ich leider keine Leistungen nennen. Darf ich einen Rückruf notieren?"
    return first_fit(_service_lists(offered))


def service(offered: Service) -> str:
    """``Färben, zwei Stunden, fünfundneunzig Euro``: an entry of ``services[]``."""
    parts = [speakable(offered.name) or _NAMELESS, length(offered.minutes)]
    if offered.price_cents is not None:
        parts.append(price(offered.price_cents) if offered.price_cents else "kostenlos")
    return capitalised(", ".join(parts))


# -- callbacks --------------------------------------------------------------------------------


def callback_recorded(within_hours: int) -> str:
    return f"{_NOTED} Wir melden uns innerhalb von {_hours_dative(within_hours)} bei Ihnen."


def callback_recorded_for(at: Listener, day: date | None) -> str:
    """Nobody is there before ``day``; None where nobody knows when somebody will be."""
    promised = day_clause(day, at.today) if day else "so bald wie möglich"
    return f"{_NOTED} Wir melden uns {promised} bei Ihnen."


def callback_at_wish(wish: str = "") -> str:
    """``wish`` is the time that the caller named, as it was understood (:func:`stretch`); empty
    where it is written down and could be taken in two ways."""
    named = f", {wish.rstrip(',')}," if wish else ""
    return f"{_NOTED} Wir melden uns nach Möglichkeit zu Ihrer Wunschzeit{named} bei Ihnen."


def callback_to_this_number() -> str:
    """Something was said that is no other number."""
    return "Wir rufen Sie unter der Nummer an, von der Sie gerade sprechen."


def callback_needs_number() -> str:
    return "Unter welcher Telefonnummer dürfen wir Sie zurückrufen?"


def _hours_dative(hours: int) -> str:
    return "einer Stunde" if hours == 1 else counted(hours, "Stunde", "Stunden", "f")


def _service_lists(offered: Sequence[Service]) -> Iterator[str]:
    names = [speakable(each.name) or _NAMELESS for each in offered]
    # Without a price last: before a service with one it would seem to cost the same.
    by_price = sorted(
        zip(names, offered, strict=True), key=lambda pair: pair[1].price_cents is None
    )
    priced = [_priced(name, each) for name, each in by_price]
    question = "Was darf ich für Sie eintragen?"
    yield f"Wir bieten {joined(priced)} an. {question}"
    yield f"Wir bieten {joined(names)} an. {question}"
    for count in range(len(names) - 1, 0, -1):
        yield (
            f"Wir bieten {before_noun(len(names))} Leistungen an, zum Beispiel "
            f"{joined(names[:count])}. {question}"
        )


def _priced(name: str, offered: Service) -> str:
    """Nothing is said of a price that is not known; that it costs nothing is."""
    if offered.price_cents is None:
        return name
    if not offered.price_cents:
        return f"{name} kostenlos"
    return f"{name} für {price(offered.price_cents, accusative=True)}"


def _runs(hours: OpeningHours) -> list[tuple[int, int, tuple[Window, ...]]]:
    """(first day, last day, windows) for each run of days with the same windows."""
    runs = []
    for windows, days in groupby(range(7), lambda day: hours.weekly[day]):
        listed = list(days)
        runs.append((listed[0], listed[-1], windows))
    return runs


def _days(first: int, last: int) -> str:
    start, end = WEEKDAYS[first].lower() + "s", WEEKDAYS[last].lower() + "s"
    if first == last:
        return start
    return f"{start} {'und' if last == first + 1 else 'bis'} {end}"


def _window(window: Window) -> str:
    if window.opens == window.closes == MIDNIGHT:
        return "rund um die Uhr"
    opens, closes = spoken_span(window.opens, window.closes)
    return f"von {opens} bis {closes}"
