"""German or English, and how numbers, times and words of the machine are written in either."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from flask import Flask, current_app, g, request
from flask_babel import get_locale
from markupsafe import Markup, escape

from askpro.extensions import babel
from askpro.guards.redaction import Redactor
from askpro.services.runtime import Runtime
from askpro.web.dashboard.texts import gettext
from askpro.web.dashboard.words import word

LANGUAGES = ("de", "en")
LANGUAGE_COOKIE = "askpro_lang"
THEME_COOKIE = "askpro_theme"
THEMES = ("auto", "light", "dark")
NOTHING = "–"
#: Between a number and its unit: no line ends there.
_WITH = "\N{NO-BREAK SPACE}"

_redactor = Redactor()
_GERMAN_SEPARATORS = str.maketrans(",.", ".,")


def register_language(app: Flask) -> None:
    """Bind Babel, and give the templates their filters."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "de")
    babel.init_app(app, locale_selector=language)
    app.jinja_env.filters.update(
        clock=clock,
        day_and_time=day_and_time,
        iso=iso,
        percent=percent,
        ms=ms,
        number=number,
        word=word,
        span=span,
        redacted=redacted,
        breakable=breakable,
        flat=flat,
    )


def language() -> str:
    """What the person chose, else what the browser asks for, else German."""
    chosen = request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES, "de") or "de"


def zone() -> ZoneInfo:
    """The zone in which the pages tell the time."""
    runtime: Runtime = current_app.extensions["askpro"]
    return runtime.settings.retell_timezone


def clock(instant: datetime | None) -> str:
    """``14:02:31``; with the day when it is not today."""
    if instant is None:
        return NOTHING
    local = instant.astimezone(zone())
    if local.date() == g.now.astimezone(zone()).date():
        return f"{local:%H:%M:%S}"
    return day_and_time(instant)


def minute(instant: datetime | None) -> str:
    """``14:02``; with the day when it is not today: for sentences."""
    if instant is None:
        return NOTHING
    local = instant.astimezone(zone())
    if local.date() == g.now.astimezone(zone()).date():
        return f"{local:%H:%M}"
    return day_and_time(instant)


def day_and_time(instant: datetime | None) -> str:
    """Day and time, always both."""
    if instant is None:
        return NOTHING
    local = instant.astimezone(zone())
    return _day(local) + f" {local:%H:%M}"


def said_at(text: str) -> str:
    """``2026-10-21T10:00`` or a day alone, as somebody at the business said it."""
    local = datetime.fromisoformat(text)
    return _day(local) + (f" {local:%H:%M}" if "T" in text else "")


def _day(local: datetime) -> str:
    """``Fr 20.11.``; with the year when it is not this one."""
    pattern = "%d.%m." if _is_german() else "%d/%m"
    if local.year != g.now.astimezone(zone()).year:
        pattern += "%Y" if _is_german() else "/%Y"
    days = get_day_names("abbreviated", locale=get_locale())
    return f"{days[local.weekday()].rstrip('.')} {local.strftime(pattern)}"


def iso(instant: datetime | None) -> str:
    """For ``datetime`` attributes."""
    return instant.isoformat(timespec="seconds") if instant else ""


def percent(value: float | None, digits: int = 0) -> str:
    """A share between 0 and 1. 100 % is said only of all of it."""
    if value is None:
        return NOTHING
    shown = round(value * 100, digits)
    if shown >= 100 > value * 100:
        shown, digits = 99.9, 1
    return f"{_decimal(shown, digits)}{_WITH}%"


def ms(value: float | None) -> str:
    """Milliseconds, from a second on as seconds."""
    if value is None:
        return NOTHING
    if value >= 1000:
        return f"{_decimal(value / 1000, 1)}{_WITH}s"
    return f"{_decimal(value, 0 if value >= 10 else 1)}{_WITH}ms"


def number(value: float | None) -> str:
    """A number with separators; written here, because tables of a page have hundreds of them."""
    if value is None:
        return NOTHING
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")
    return text.translate(_GERMAN_SEPARATORS) if _is_german() else text


def span(seconds: float | None) -> str:
    """A length of time in its two largest units: ``2 h 5 min``."""
    if seconds is None:
        return NOTHING
    seconds = int(seconds)
    if seconds < 60:
        return f"{seconds}{_WITH}s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}{_WITH}min" + (f" {rest}{_WITH}s" if rest and minutes < 10 else "")
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}{_WITH}h" + (f" {minutes}{_WITH}min" if minutes else "")
    return gettext("%(count)s days", count=hours // 24)


def redacted(value: Any) -> str:
    """Whatever a column of free form holds, as the logs would show it."""
    return _redactor.text(str(value))


def breakable(words: str) -> Markup:
    """A word of the machine, with places where a narrow column may break it."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[_./])(?=.)", str(words)))


def flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """A mapping of mappings as lines: ``inbox.pending``, 3. What is not known is left out."""
    for name, each in value.items():
        if isinstance(each, Mapping):
            yield from flat(each, f"{before}{name}.")
        elif isinstance(each, list | tuple):
            for index, one in enumerate(each):
                if isinstance(one, Mapping):
                    yield from flat(one, f"{before}{name}.{index + 1}.")
        elif each is not None:
            yield f"{before}{name}", each


def _decimal(value: Any, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.translate(_GERMAN_SEPARATORS) if _is_german() else text


def _is_german() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "de"
