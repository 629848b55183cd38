"""Who is speaking, and for whom they may speak.

A Retell signature over the raw bytes, or the function secret as a bearer token. A company with a
Retell key of its own is spoken for by that key only; the platform's keys and the function secret
speak for the companies without one. Nothing configured means nothing accepted.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Request

from askpro.errors import Forbidden, Unauthorized
from askpro.guards.flask_limits import client_address
from askpro.providers.retell_signature import replay_key, verify
from askpro.services import guard_events
from askpro.services.directory import Office
from askpro.services.runtime import Runtime

log = logging.getLogger(__name__)

SIGNATURE_HEADER = "X-Retell-Signature"
#: Above so many companies with keys of their own, or so many bytes to hash for all of them, a
#: stranger's key is answered 401, not 403: who has no key may not cost seconds.
_MOST_KEYS_TRIED = 500
_MOST_BYTES_TRIED = 50_000_000


@dataclass(frozen=True)
class Speaker:
    """What a request has proven. ``key`` is None for the platform (its keys, or the bearer)."""

    key: str | None = field(repr=False)
    company_id: int | None
    #: By which the same signed request is known again; None for a bearer.
    replay_key: str | None = None

    def may_speak_for(self, office: Office) -> bool:
        if office.retell_key is None:
            return self.company_id is None
        return self.key is not None and hmac.compare_digest(self.key, office.retell_key)


def retell_speaker(
    runtime: Runtime,
    request: Request,
    raw: bytes,
    claimed: Callable[[], Office | None],
    *,
    bearer: bool,
) -> Speaker:
    """Verify ``raw`` before anybody reads it as anything but bytes.

    ``claimed`` finds the office that the (still unverified) body names; it is only asked when the
    platform's keys do not fit, to know which company's key to try. ``bearer`` allows the function
    secret. Raises :class:`Unauthorized`.
    """
    settings = runtime.settings
    secret = settings.retell_function_secret
    authorization = request.headers.get("Authorization", "")
    if bearer and secret and authorization.startswith("Bearer "):
        given = authorization.removeprefix("Bearer ").encode()
        if hmac.compare_digest(given, secret.encode()):
            return Speaker(None, None)
    header = request.headers.get(SIGNATURE_HEADER)

    def fits(*keys: str) -> str | None:
        return verify(
            raw,
            keys,
            header,
            runtime.clock.unix_ms(),
            settings.retell_signature_tolerance_seconds * 1000,
        )

    signed_as = replay_key(header)
    if signed_as is None:  # No signature at all: the body is not even looked at.
        raise refusal(runtime)
    key = fits(*settings.retell_api_key)
    if key:
        return Speaker(key, None, signed_as)
    office = claimed()
    if office is not None and office.retell_key and fits(office.retell_key):
        return Speaker(office.retell_key, office.company_id, signed_as)
    most = min(_MOST_KEYS_TRIED, _MOST_BYTES_TRIED // (len(raw) + 1))
    for company_id, own in runtime.directory.retell_keys()[:most]:
        if fits(own):
            return Speaker(own, company_id, signed_as)
    raise refusal(runtime)


def refusal(runtime: Runtime) -> Unauthorized:
    """401 for somebody who has proven nothing; counted by address, so it counts for nobody's call.

    Raises :class:`~askpro.errors.RateLimited` for an address that tries too often.
    """
    runtime.guards.limits.check_address(client_address())
    return Unauthorized()


def refuse_crossing(runtime: Runtime, speaker: Speaker, office: Office) -> None:
    """Raise :class:`Forbidden`, and leave a mark, unless ``speaker`` may speak for ``office``."""
    if speaker.may_speak_for(office):
        return
    log.error(
        "cross-company access refused",
        extra={"speaker_company_id": speaker.company_id, "company_id": office.company_id},
    )
    guard_events.record(
        runtime.database,
        kind="crossing",
        company_id=office.company_id,
        subject="retell key",
        at=runtime.clock.now(),
        detail={"speaker_company_id": speaker.company_id},
    )
    raise Forbidden
