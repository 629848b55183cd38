"""When a branch is open: weekly windows, holidays, and where a search outside of them moves to.

Knows the branch's own hours, the public holidays of its Bundesland (from the ``holidays`` library)
and the company's own. Refuses to know what is free: an exact time that Cal.com offers can be booked
whenever it is; only a *search* moves (rules.md §2). Reading hours from text is
:mod:`askpro.booking.hours_text`, the sentences are :mod:`askpro.booking.wording`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MIDNIGHT = time(0)
#: Longer closures than a year and a bit are treated as closed for good.
FARTHEST_DAYS = 400

Weekly = tuple[tuple["Window", ...], ...]


@dataclass(frozen=True, order=True)
class Window:
    """Open from ``opens`` until before ``closes``, local time; ``closes`` 00:00 is midnight."""

    opens: time
    closes: time

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, time) and self.opens <= moment and not self.is_over_at(moment)

    def is_over_at(self, moment: time) -> bool:
        return self.closes != MIDNIGHT and moment >= self.closes


@dataclass(frozen=True)
class Closure:
    """Why ``day`` is closed: its ``name`` is a weekday, a public holiday or the company's words."""

    day: date
    kind: Literal["weekday", "holiday", "company"]
    name: str


@dataclass(frozen=True)
class MovedSearch:
    """Where a search starts after the hours had their say.

    ``start`` is an aware UTC instant. ``reason`` is None when nothing moved; ``closure`` says why
    the day is closed when ``reason`` is ``closed_day``.
    """

    asked: datetime
    start: datetime
    reason: Literal["closed_day", "before_opening", "break", "after_closing"] | None = None
    closure: Closure | None = None

    @property
    def moved(self) -> bool:
        return self.reason is not None


DEFAULT_WEEK: Weekly = (*([(Window(time(9), time(18)),)] * 5), (), ())


@dataclass(frozen=True)
class OpeningHours:
    """The hours of one branch. ``weekly`` has seven entries, Monday first, each sorted by opening.

    ``holidays`` are the company's own closed days; ``bundesland`` is a code such as ``BY`` (None
    knows the nationwide holidays only); ``note`` keeps what a text said beyond weekly hours.
    """

    zone: ZoneInfo
    weekly: Weekly = DEFAULT_WEEK
    bundesland: str | None = None
    holidays: tuple[tuple[date, str], ...] = ()
    note: str = ""

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows of a calendar day; empty when it is closed for whatever reason."""
        return () if self.why_closed(day) else self.weekly[day.weekday()]

    def why_closed(self, day: date) -> Closure | None:
        """The most telling reason: the company's own, then a public holiday, then the weekday."""
        for closed, name in self.holidays:
            if closed == day:
                return Closure(day, "company", name)
        holiday = public_holidays(self.bundesland, day.year).get(day)
        if holiday:
            return Closure(day, "holiday", holiday)
        if not self.weekly[day.weekday()]:
            return Closure(day, "weekday", WEEKDAYS[day.weekday()])
        return None

    def is_open(self, instant: datetime) -> bool:
        local = instant.astimezone(self.zone)
        return any(local.time() in window for window in self.windows_on(local.date()))

    def is_open_between(self, day: date, first: time, last: time) -> bool:
        """Whether it is open at any time of a day from ``first`` until before ``last``; 00:00 as
        the end is midnight, an end before ``first`` lies in the morning ("nachts")."""
        if MIDNIGHT != last < first:
            return self.is_open_between(day, first, MIDNIGHT) or self.is_open_between(
                day, MIDNIGHT, last
            )
        return any(
            (last == MIDNIGHT or window.opens < last) and not window.is_over_at(first)
            for window in self.windows_on(day)
        )

    def open_days(self, after: date, within_days: int = FARTHEST_DAYS) -> Iterator[date]:
        """Open calendar days later than ``after``, at most ``within_days`` later."""
        for ahead in range(1, within_days + 1):
            day = after + timedelta(days=ahead)
            if self.windows_on(day):
                yield day

    def opening_on(self, day: date) -> datetime:
        """The first opening of an open day as a UTC instant."""
        return self.at(day, self.windows_on(day)[0].opens)

    def next_opening(self, instant: datetime) -> datetime | None:
        """When the next window begins, from ``instant`` on; None when none ever does."""
        local = instant.astimezone(self.zone)
        for window in self.windows_on(local.date()):
            if window.opens >= local.time():
                return self.at(local.date(), window.opens)
        for day in self.open_days(local.date()):
            return self.opening_on(day)
        return None

    def move_search(self, instant: datetime) -> MovedSearch:
        """Where a search for ``instant`` starts (rules.md §2).

        A closed day moves to the next open day's opening, a time before opening to the opening, a
        break to the reopening, a time at or after closing to the next open day's opening.
        """
        start = instant.astimezone(UTC)
        if self.is_open(instant):
            return MovedSearch(start, start)
        opening = self.next_opening(instant)
        if opening is None:
            return MovedSearch(start, start)
        local = instant.astimezone(self.zone)
        closure = self.why_closed(local.date())
        if closure:
            return MovedSearch(start, opening, "closed_day", closure)
        today = self.windows_on(local.date())
        if local.time() < today[0].opens:
            return MovedSearch(start, opening, "before_opening")
        if local.time() < today[-1].opens:
            return MovedSearch(start, opening, "break")
        return MovedSearch(start, opening, "after_closing")

    def at(self, day: date, moment: time) -> datetime:
        """Local wall-clock time as a UTC instant."""
        return datetime.combine(day, moment, tzinfo=self.zone).astimezone(UTC)

    def as_text(self) -> str:
        """``Mo-Fr 09:00-18:00, Sa 09:00-14:00``: readable, and readable back (without the note)."""
        runs: list[tuple[int, int]] = []
        for day, windows in enumerate(self.weekly):
            if runs and self.weekly[runs[-1][0]] == windows:
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        parts = []
        for first, last in runs:
            if self.weekly[first]:
                days = WEEKDAYS[first][:2] + ("" if first == last else f"-{WEEKDAYS[last][:2]}")
                times = (f"{w.opens:%H:%M}-{_closing(w)}" for w in self.weekly[first])
                parts.append(f"{days} {' und '.join(times)}")
        return ", ".join(parts) or "Mo-So geschlossen"

    def as_rows(self) -> list[dict[str, str]]:
        """``[{weekday, from, to}]`` of wire.md §10, a row for each window."""
        return [
            {"weekday": WEEKDAYS[day], "from": f"{window.opens:%H:%M}", "to": _closing(window)}
            for day, windows in enumerate(self.weekly)
            for window in windows
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain lists and texts for the database; :meth:`from_json` reads them back."""
        return {
            "zone": self.zone.key,
            "weekly": [
                [[f"{window.opens:%H:%M}", _closing(window)] for window in windows]
                for windows in self.weekly
            ],
            "bundesland": self.bundesland,
            "holidays": [[day.isoformat(), name] for day, name in self.holidays],
            "note": self.note,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> OpeningHours:
        return cls(
            zone=ZoneInfo(stored["zone"]),
            weekly=tuple(
                tuple(Window(time.fromisoformat(a), _closing_time(b)) for a, b in windows)
                for windows in stored["weekly"]
            ),
            bundesland=stored.get("bundesland"),
            holidays=tuple(
                (date.fromisoformat(day), name) for day, name in stored.get("holidays", ())
            ),
            note=stored.get("note", ""),
        )


def _closing(window: Window) -> str:
    return "24:00" if window.closes == MIDNIGHT else f"{window.closes:%H:%M}"


def _closing_time(text: str) -> time:
    return MIDNIGHT if text == "24:00" else time.fromisoformat(text)


def bundesland_code(name: str | None) -> str | None:
    """``Bayern``, ``by`` and ``DE-BY`` are ``BY``; None and unknown names are None."""
    if not name:
        return None
    wanted = name.strip().upper().removeprefix("DE-")
    if wanted in BUNDESLAENDER.values():
        return wanted
    folded = name.strip().casefold().replace(" ", "-").replace("ue", "ü")
    return next((code for full, code in BUNDESLAENDER.items() if full.casefold() == folded), None)


@lru_cache(maxsize=256)
def public_holidays(bundesland: str | None, year: int) -> Mapping[date, str]:
    """German names of a year's public holidays; nationwide ones without a Bundesland."""
    # Imported here: the library takes a tenth of a second, which start-up needn't wait for.
    from holidays.countries.germany import Germany

    known = Germany(years=year, subdiv=bundesland, language="de", expand=False)
    return dict(known.items())


BUNDESLAENDER = {
    "Baden-Württemberg": "BW",
    "Bayern": "BY",
    "Berlin": "BE",
    "Brandenburg": "BB",
    "Bremen": "HB",
    "Hamburg": "HH",
    "Hessen": "HE",
    "Mecklenburg-Vorpommern": "MV",
    "Niedersachsen": "NI",
    "Nordrhein-Westfalen": "NW",
    "Rheinland-Pfalz": "RP",
    "Saarland": "SL",
    "Sachsen": "SN",
    "Sachsen-Anhalt": "ST",
    "Schleswig-Holstein": "SH",
    "Thüringen": "TH",
}
