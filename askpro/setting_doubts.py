"""What is allowed in the settings, and hardly meant: told once at the start, refused never."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from dotenv import dotenv_values, find_dotenv

from askpro.settings import Settings

_SHORT = 32
#: Of others who read the same file.
_FOREIGN = ("FLASK_", "GUNICORN_", "PYTHON", "OTEL_", "ASKPRO_", "COMPANY_", "COMPOSE_", "PG")


def doubts_about(settings: Settings) -> list[str]:
    """A sentence for each, without the value of a secret."""
    told = []
    if len(settings.secret_key) < _SHORT:
        told.append(f"SECRET_KEY is shorter than {_SHORT} characters and could be guessed.")
    if settings.alert_mail_to and not settings.smtp_url:
        told.append("ALERT_MAIL_TO has no effect without SMTP_URL: no alert is mailed.")
    return told


def names_in_dotenv() -> list[str]:
    """The names of the .env that Flask found from here; none where there is no such file."""
    return list(dotenv_values(find_dotenv(usecwd=True)))


def unknown_names(names: Iterable[str]) -> list[str]:
    """A sentence for each of the ``names`` in .env that no setting has."""
    settings = [name for name, _ in Settings.variables()]
    told = []
    for name in names:
        if name in settings or name.startswith(_FOREIGN):
            continue
        close = get_close_matches(name, settings, n=1)
        meant = f"; {close[0]} may be meant" if close else ""
        told.append(f"{name} in .env is no setting and has no effect{meant}.")
    return told
