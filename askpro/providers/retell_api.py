"""Retell's own API, for what webhooks cannot do: look a call up, delete it, set an agent's tools.

Endpoints from Retell's SDK 6.2.13. Nobody on the phone waits for these, so nothing is repeated and
no breaker is needed; every call has a hard stop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from askpro.errors import BadRequest, RetellError, RetellNotFound
from askpro.providers import json_body
from askpro.providers.http import AnswerLost, Deadline, NothingSent, Sender
from askpro.providers.retell_events import RetellEvent, read_call

_SECONDS = 10.0
_CONNECT_SECONDS = 3.0
#: A call of four hours with every word timed.
_MOST_BYTES = 10_000_000
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,100}")


class RetellApi:
    """Retell as one API key sees it. Every method raises :class:`RetellError` and nothing else.

    Published versions of agents and their response engines are immutable: to change tools, make a
    draft with :meth:`create_agent_version`, update, then :meth:`publish_agent_version`.
    """

    def __init__(self, api_key: str, base_url: str, *, seconds: float = _SECONDS) -> None:
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self._sender = Sender(base_url, threads=2, connect_seconds=min(_CONNECT_SECONDS, seconds))
        self._seconds = seconds

    def get_call(self, call_id: str, *, keep_transcript: bool = False) -> RetellEvent:
        """What Retell knows of a call, as the event that would have said so."""
        call = self._object("GET", f"/v2/get-call/{_checked(call_id)}")
        try:
            return read_call(call, keep_transcript=keep_transcript)
        except BadRequest as why:
            raise RetellError(f"Retell's call lacks {why.field}", http_status=200) from None

    def delete_call(self, call_id: str) -> None:
        """Erase a call at Retell: transcript, recording, logs."""
        self._exchange("DELETE", f"/v2/delete-call/{_checked(call_id)}")

    def get_agent(self, agent_id: str, *, version: int | None = None) -> dict[str, Any]:
        """The agent as Retell has it; its ``response_engine`` names the prompt that holds tools."""
        return self._object("GET", f"/get-agent/{_checked(agent_id)}", _version(version))

    def create_agent_version(self, agent_id: str, base_version: int) -> dict[str, Any]:
        """A new draft; the answer's ``version`` is its number."""
        path = f"/create-agent-version/{_checked(agent_id)}"
        return self._object("POST", path, body={"base_version": base_version})

    def publish_agent_version(self, agent_id: str, version: int) -> None:
        """Make a draft live for every number that does not pin another version."""
        path = f"/publish-agent-version/{_checked(agent_id)}"
        self._exchange("POST", path, body={"version": version})

    def get_llm(self, llm_id: str, *, version: int | None = None) -> dict[str, Any]:
        """The prompt of an agent with its ``general_tools`` and the tools of its ``states``."""
        return self._object("GET", f"/get-retell-llm/{_checked(llm_id)}", _version(version))

    def update_llm(
        self, llm_id: str, changes: Mapping[str, Any], *, version: int | None = None
    ) -> dict[str, Any]:
        """``general_tools`` replaces the whole list: read, merge, then write."""
        path = f"/update-retell-llm/{_checked(llm_id)}"
        return self._object("PATCH", path, _version(version), changes)

    def _object(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            read = json_body.parse(self._exchange(method, path, params, body))
        except ValueError:
            read = None
        if type(read) is not dict:
            raise RetellError("Retell's answer is not an object", http_status=200)
        return read

    def _exchange(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> bytes:
        try:
            answer = self._sender.exchange(
                method,
                path,
                Deadline.within(self._seconds),
                headers=self._headers,
                params=params,
                body=None if body is None else orjson.dumps(body),
                most_bytes=_MOST_BYTES,
            )
        except NothingSent:
            raise RetellError("Retell could not be connected to") from None
        except AnswerLost as why:
            raise RetellError(
                f"Retell's answer was lost ({why.why})", http_status=why.status
            ) from None
        if answer.status == 404:
            raise RetellNotFound("Retell answered 404", http_status=404)
        if not 200 <= answer.status < 300:
            raise RetellError(f"Retell answered {answer.status}", http_status=answer.status)
        return answer.body


def _version(version: int | None) -> dict[str, str] | None:
    return None if version is None else {"version": str(version)}


def _checked(identifier: str) -> str:
    """``identifier`` where it can be one; anything else might lead to another route."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise RetellNotFound("no id of Retell looks like this")
    return identifier
