"""A WSGI app that tells everything it can about one caller, in every way to a log there is."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, text

from askpro.logs import bind_log_context, clear_log_context, remember_names

NAME = "Kanarienvogel"
MAIL = "karl.kanari@posteo.example.org"
PHONE = "+4917612340987"
IBAN = "DE89370400440532013000"
KEY = "cal_live_canary0123456789"
SPOKEN = "null eins sieben sechs eins zwo drei vier null neun acht sieben"
#: None of these may be in any line.
CANARIES = (NAME, "karl.kanari", "17612340987", "12340987", IBAN, KEY, "eins zwo drei vier")
EVERYTHING = f"{NAME}, {MAIL}, {PHONE}, {IBAN}, {KEY}, {SPOKEN}"

log = logging.getLogger("telling")


class _Talkative:
    def __str__(self) -> str:
        return EVERYTHING


class _Broken:
    def __str__(self) -> str:
        raise RuntimeError(EVERYTHING)


@dataclass
class _Customer:
    name: str = NAME
    phone: str = PHONE


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    clear_log_context()
    bind_log_context(request_id="r-1", call_id="call_1", company_id=15)
    remember_names(f"Karl {NAME}")
    if environ["PATH_INFO"] == "/fails":
        raise RuntimeError(EVERYTHING)
    if environ["PATH_INFO"] == "/tells":
        for way in WAYS:
            way()
        environ["wsgi.errors"].write(f"{EVERYTHING}\n")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"told"]


def _texts() -> None:
    log.info(f"f-string {EVERYTHING}")
    log.info("arguments %s %r", EVERYTHING, {"phone": PHONE})
    log.info("named %(name)s %(phone)s", {"name": NAME, "phone": PHONE})
    log.info("escaped %r", f"{MAIL}\n{NAME}".encode())
    log.warning("bytes %s", EVERYTHING.encode())
    logging.getLogger("urllib3.connectionpool").debug(
        '%s "GET %s HTTP/1.1" 200', "https://api.cal.com:443", f"/v2?e={MAIL.replace('@', '%40')}"
    )


def _values() -> None:
    log.info({"message": EVERYTHING, "time": EVERYTHING, "level": MAIL, "customer_name": NAME})
    log.info("extra", extra={"kunde": {"name": NAME, "nested": [EVERYTHING, (PHONE,)]}})
    log.info("objects %s", _Talkative(), extra={"thing": _Talkative(), "who": _Customer()})
    log.info("numbers %d", int(PHONE), extra={"number": int(PHONE), "keys": {PHONE: 1}})


def _mistakes() -> None:
    log.info("too few %s %s", EVERYTHING)
    log.info("too many", EVERYTHING, PHONE)
    log.info("not a number %d", EVERYTHING)
    log.info("no text %s", _Broken(), extra={"broken": _Broken()})
    log.info("half a letter \ud800 %s", EVERYTHING)


def _exceptions() -> None:
    try:
        try:
            raise KeyError(EVERYTHING)
        except KeyError as why:
            raise ValueError(f"chained {MAIL}") from why
    except ValueError:
        log.exception("failed for %s", PHONE)
        traceback.print_exc()
    log.error("stack", stack_info=True, extra={"mail": MAIL})
    warnings.warn(f"old number {PHONE}", UserWarning, stacklevel=1)


def _threads() -> None:
    def fail() -> None:
        remember_names(NAME)
        raise RuntimeError(EVERYTHING)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    _Unraisable()


class _Unraisable:
    def __del__(self) -> None:
        raise RuntimeError(EVERYTHING)


def _prints() -> None:
    print(EVERYTHING)
    print(EVERYTHING, file=sys.stderr)
    sys.stderr.write("begun ")
    sys.stderr.write(f"and ended {EVERYTHING}\n")


def _database() -> None:
    engine = create_engine("sqlite://", hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text("SELECT :phone"), {"phone": PHONE}).all()
        try:
            connection.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": EVERYTHING})
        except Exception:
            log.exception("query failed")
    engine.dispose()


def _handlers_of_others() -> None:
    other = logging.getLogger("other")
    other.warning("%s", EVERYTHING)
    logging.warning("root %s", EVERYTHING)
    logging.basicConfig()


WAYS = (
    _texts, _values, _mistakes, _exceptions, _threads, _prints, _database, _handlers_of_others,
)  # fmt: skip
