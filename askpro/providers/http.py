"""One HTTP exchange with a hard stop, for both providers.

Knows sessions, limits and what a broken exchange means for the sender; refuses to know what status
codes or bodies mean. Follows no redirect, keeps no cookie, reads no proxy from the environment,
repeats nothing.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import DecodeError, HTTPError
from urllib3.util import Timeout

from askpro.providers.bounded_connection import BoundedAdapter, progress

MOST_BYTES = 5_000_000


class NothingSent(Exception):
    """No connection: the other side has not heard of this request."""


class AnswerLost(Exception):
    """The request left, and no complete answer came back.

    ``why`` is timeout, cut, too_large or undecodable; ``status`` is that of the answer's head where
    it did arrive.
    """

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; ``body`` is decoded and at most 5 MB."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Deadline:
    """The instant (``time.monotonic``) at which an operation must be over, attempts included.

    Not the product's clock: a demonstration may move that, sockets wait in real seconds.
    """

    at: float

    @classmethod
    def within(cls, seconds: float, *, not_after: float | None = None) -> Deadline:
        """``seconds`` from now, or ``not_after`` (monotonic) where that comes first."""
        own = time.monotonic() + seconds
        return cls(own if not_after is None else min(own, not_after))

    def left(self) -> float:
        """Seconds until then; negative afterwards."""
        return self.at - time.monotonic()


class _Session(requests.Session):
    """Sees no redirects. Even when told not to follow one, requests reads its body to the end."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class Sender:
    """The session of one account at one service, made on first use, in each process anew.

    Safe to share between threads: its pool is, and its cookies and headers are never changed.
    """

    def __init__(self, base_url: str, *, threads: int, connect_seconds: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._threads = threads
        self._connect_seconds = connect_seconds
        self._session: tuple[int, requests.Session] | None = None

    def exchange(
        self,
        method: str,
        path: str,
        deadline: Deadline,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> Answer:
        """Send once and read the whole answer before ``deadline``.

        Raises :class:`NothingSent` or :class:`AnswerLost`.
        """
        left = deadline.left()
        if left <= 0:
            raise NothingSent
        session = self._session_of_this_process()
        progress.sent = False
        try:
            response = session.request(
                method,
                self._base_url + path,
                params=params,
                data=body,
                headers=headers,
                timeout=cast(Any, Timeout(total=left, connect=self._connect_seconds, read=left)),
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, UnicodeError) as why:
            if not progress.sent:
                raise NothingSent from None
            raise AnswerLost("timeout" if isinstance(why, requests.Timeout) else "cut") from None
        with response:
            return Answer(
                response.status_code, response.headers, _whole_body(response, deadline, most_bytes)
            )

    def _session_of_this_process(self) -> requests.Session:
        # A connection shared with a forked process mixes up their answers. Two threads may both
        # come here first: then one session is used once and forgotten.
        pid = os.getpid()
        kept = self._session
        if kept is None or kept[0] != pid:
            kept = self._session = (pid, self._new_session())
        return kept[1]

    def _new_session(self) -> requests.Session:
        # urllib3 writes URLs to its log, and a booking's uid in one is a bearer secret.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        session = _Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = BoundedAdapter(pool_connections=2, pool_maxsize=self._threads)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.headers = CaseInsensitiveDict(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": "askpro-gateway",
                "Connection": "keep-alive",
            }
        )
        return session


def _whole_body(response: requests.Response, deadline: Deadline, most_bytes: int) -> bytes:
    status = response.status_code
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and len(announced) < 20 and int(announced) > most_bytes:
        raise AnswerLost("too_large", status)
    try:
        # Decoded bytes are counted, and decoding stops with the reading: a small body that
        # unpacks to gigabytes costs no more than a large one.
        body = bytes(response.raw.read(most_bytes + 1, decode_content=True))
    except DecodeError:
        raise AnswerLost("undecodable", status) from None
    except (HTTPError, OSError):
        raise AnswerLost("timeout" if deadline.left() <= 0 else "cut", status) from None
    if len(body) > most_bytes:
        raise AnswerLost("too_large", status)
    return body
