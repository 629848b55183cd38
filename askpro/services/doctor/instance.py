"""The running instance, as the doctor speaks to it: like Retell, and like an operator."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import requests

from askpro.providers.retell_signature import sign
from askpro.services import control, demo_keys
from askpro.services.doctor.findings import seen
from askpro.services.runtime import Runtime

FUNCTIONS = "/api/webhooks/retell/function"
EVENTS = "/api/webhooks/retell"
SIGNATURE = "X-Retell-Signature"
#: Where no key is known, a check that has to sign something says so.
NO_KEY = seen("no Retell key is configured, so nothing can be signed")
_SECONDS = 20
_KNOCKS = 64


class Instance:
    """One gateway at ``url``; ``runtime`` is this process's, with the same settings and keys,
    and ``version`` its own. Raises :class:`~askpro.services.control.NoInstance`."""

    def __init__(self, runtime: Runtime, url: str | None, version: str) -> None:
        self.runtime = runtime
        self.version = version
        self.url = control.address_of(runtime, url)
        self.session = control.local_session()
        self.facts: dict[str, Any] = self.ask("facts")
        self._ahead_ms: int = self.facts["clock_ms"] - runtime.clock.unix_ms()

    @property
    def now_ms(self) -> int:
        """The instance's clock: ASKPRO_CLOCK may have started it at another moment than ours."""
        return self.runtime.clock.unix_ms() + self._ahead_ms

    @property
    def retell_key(self) -> str | None:
        """A key that this installation accepts."""
        for key in self.runtime.settings.retell_api_key:
            return key
        for _, key in self.runtime.directory.retell_keys():
            return key
        # The demonstration's gateway was started with keys that no setting of ours names.
        demos = demo_keys.known(self.runtime.settings)
        return demos.retell if demos and self.facts["keys"]["RETELL_API_KEY"] else None

    def ask(
        self, trial: str, session: requests.Session | None = None, **given: Any
    ) -> dict[str, Any]:
        """Run one of the doctor's commands inside the instance."""
        told: dict[str, Any] = self.command(f"doctor {trial}", given, session)
        return told

    def command(
        self, name: str, given: Mapping[str, Any], session: requests.Session | None = None
    ) -> Any:
        return control.ask(self.runtime, name, given, self.url, session or self.session)

    def request(self, method: str, path: str, **sent: Any) -> requests.Response:
        return self.session.request(
            method, self.url + path, timeout=_SECONDS, allow_redirects=False, **sent
        )

    def post_signed(
        self, path: str, raw: bytes, *, key: str | None = None, stamp: int | None = None
    ) -> requests.Response:
        return self.send(path, raw, sign(raw, key or self.retell_key or "", stamp or self.now_ms))

    def send(self, path: str, raw: bytes, signature: str) -> requests.Response:
        headers = {"Content-Type": "application/json", SIGNATURE: signature}
        return self.request("POST", path, data=raw, headers=headers)

    def workers(self) -> dict[int, requests.Session]:
        """A connection to each worker that answered, by process id.

        Who accepts a new connection is the kernel's choice, so many are opened at once.
        """
        wanted = self.facts["workers"]
        found: dict[int, requests.Session] = {}
        with ThreadPoolExecutor(8) as pool:
            for _ in range(_KNOCKS // 8):
                sessions = [control.local_session() for _ in range(8)]
                pids = pool.map(lambda each: self.ask("pid", each)["pid"], sessions)
                for pid, session in zip(pids, sessions, strict=True):
                    if found.setdefault(pid, session) is not session:
                        session.close()
                if len(found) >= wanted:
                    break
        return found

    def close(self) -> None:
        self.session.close()


def trial_call(call_id: str | None = None) -> bytes:
    """A function call of nobody's: no company has this number, so nothing is recorded."""
    return orjson.dumps(
        {
            "name": "list_services",
            "call": {
                "call_id": call_id or trial_id(),
                "call_type": "phone_call",
                "direction": "inbound",
                "from_number": "anonymous",
                "to_number": "+4900000000000",
            },
            "args": {},
        }
    )


def trial_id() -> str:
    return f"doctor_{secrets.token_hex(8)}"
