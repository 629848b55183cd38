"""Word to the people outside: an alert as JSON to a webhook, or as a mail. One try, one hard stop.

Refuses to know what an alert is: a body, or a subject and a text.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from askpro.providers.http import AnswerLost, Deadline, NothingSent, Sender

_SECONDS = 5.0


class NotDelivered(Exception):
    """Nobody took it; worth another try later. The text names no address and no password."""


def post_webhook(url: str, body: Mapping[str, Any]) -> None:
    """Send ``body`` as JSON; any 2xx is a delivery. Raises :class:`NotDelivered`."""
    sender = Sender(url, threads=1, connect_seconds=2.0)
    try:
        answer = sender.exchange(
            "POST",
            "",
            Deadline.within(_SECONDS),
            headers={"Content-Type": "application/json"},
            body=orjson.dumps(body),
            most_bytes=100_000,
        )
    except (NothingSent, AnswerLost) as why:
        raise NotDelivered(type(why).__name__) from None
    if not 200 <= answer.status < 300:
        raise NotDelivered(f"status {answer.status}")


def send_mail(smtp_url: str, sender: str, to: Sequence[str], subject: str, text: str) -> None:
    """Send a plain mail, encrypted on the way wherever the server can. Raises
    :class:`NotDelivered`."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message.set_content(text)
    server = urlsplit(smtp_url)
    host = server.hostname or "localhost"
    try:
        with _connected(server.scheme, host, server.port) as smtp:
            if server.username:
                smtp.login(unquote(server.username), unquote(server.password or ""))
            smtp.send_message(message)
    except (smtplib.SMTPException, OSError) as why:
        raise NotDelivered(type(why).__name__) from None


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=_SECONDS, context=context)
    smtp = smtplib.SMTP(host, port or 587, timeout=_SECONDS)
    smtp.ehlo()
    if smtp.has_extn("starttls"):
        smtp.starttls(context=context)
        smtp.ehlo()
    return smtp
