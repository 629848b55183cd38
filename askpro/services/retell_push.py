"""The functions of this gateway brought to a company's agents through Retell's API.

Retell's published versions are immutable: a change is a new draft, written and then published.
Tools are merged by name into what is there; one that is not ours is never touched, and fields that
somebody added to one of ours stay. Refuses what it would have to guess about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from askpro.errors import AskProError, RetellError
from askpro.providers.retell import RetellApi
from askpro.services.directory import Office
from askpro.services.runtime import Runtime
from askpro.store.models import Agent

Tool = dict[str, Any]


class CannotPush(AskProError):
    """Nothing was changed; the text says why and what to do."""


@dataclass(frozen=True)
class Difference:
    """What a push changes at one agent. ``changed`` is tool → fields; ``foreign`` stay."""

    added: tuple[str, ...]
    changed: dict[str, tuple[str, ...]]
    same: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.added and not self.changed


@dataclass(frozen=True)
class Pushed:
    """One agent afterwards; ``version`` None = nothing was written."""

    agent_id: str
    difference: Difference
    version: int | None


def agents_of(runtime: Runtime, company_id: int) -> list[str]:
    """The Retell agents by which the company is reached."""
    with runtime.database.of_company(company_id) as session:
        return list(session.scalars(select(Agent.retell_agent_id).order_by(Agent.id)))


def api_for(runtime: Runtime, office: Office) -> RetellApi:
    """Retell as the company's own key sees it, else as the platform's first one does."""
    settings = runtime.settings
    key = office.retell_key or next(iter(settings.retell_api_key), None)
    if key is None:
        raise CannotPush("There is no RETELL_API_KEY, and the company has no key of its own.")
    return RetellApi(key, settings.retell_base_url)


def push(api: RetellApi, agent_id: str, tools: Sequence[Tool], *, dry_run: bool) -> Pushed:
    """Bring ``tools`` to the agent. Raises :class:`CannotPush` or ``RetellError``."""
    agent = api.get_agent(agent_id)
    _, difference = merged(_tools_there(api, agent), tools)
    if dry_run or difference.is_empty:
        return Pushed(agent_id, difference, None)
    if not agent.get("is_published"):
        # Publishing it would publish whatever somebody has begun there.
        raise CannotPush(
            f"Agent {agent_id} has an unpublished draft (version {agent.get('version')}). "
            "Publish or delete it at Retell first."
        )
    draft = _version_of(api.create_agent_version(agent_id, _version_of(agent)))
    try:
        _write(api, agent_id, draft, tools)
    except AskProError as why:
        raise CannotPush(
            f"Agent {agent_id} answers as before, but a draft (version {draft}) is left at Retell: "
            f"{why}"
        ) from why
    return Pushed(agent_id, difference, draft)


def merged(there: Sequence[Tool], ours: Sequence[Tool]) -> tuple[list[Tool], Difference]:
    """The whole list as it should be, in the order that is there, and what that changes."""
    wanted = {tool["name"]: tool for tool in ours}
    result: list[Tool] = []
    changed: dict[str, tuple[str, ...]] = {}
    same, foreign = [], []
    for tool in there:
        name = str(tool.get("name"))
        our = wanted.pop(name, None)
        if our is None:
            foreign.append(name)
            result.append(tool)
            continue
        if tool.get("type") != our["type"]:
            raise CannotPush(f"The agent has a tool {name} of another kind ({tool.get('type')}).")
        fields = tuple(field for field, value in our.items() if tool.get(field) != value)
        if fields:
            changed[name] = fields
        else:
            same.append(name)
        result.append({**tool, **our})
    result += wanted.values()
    return result, Difference(tuple(wanted), changed, tuple(same), tuple(foreign))


def _write(api: RetellApi, agent_id: str, draft: int, tools: Sequence[Tool]) -> None:
    agent = api.get_agent(agent_id, version=draft)
    whole, _ = merged(_tools_there(api, agent), tools)
    llm_id, version = _prompt_of(agent)
    api.update_llm(llm_id, {"general_tools": whole}, version=version)
    api.publish_agent_version(agent_id, draft)


def _tools_there(api: RetellApi, agent: dict[str, Any]) -> list[Tool]:
    llm_id, version = _prompt_of(agent)
    tools = api.get_llm(llm_id, version=version).get("general_tools") or []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise RetellError("Retell's list of tools can't be read", http_status=200)
    return tools


def _version_of(agent: dict[str, Any]) -> int:
    version = agent.get("version")
    if not isinstance(version, int):
        raise RetellError("Retell's answer names no version", http_status=200)
    return version


def _prompt_of(agent: dict[str, Any]) -> tuple[str, int | None]:
    """(id, version) of the prompt that holds the agent's tools."""
    engine = agent.get("response_engine") or {}
    if engine.get("type") != "retell-llm" or not isinstance(engine.get("llm_id"), str):
        raise CannotPush(
            f"The agent's functions are in a {engine.get('type') or 'engine of another kind'}; "
            "paste them from `flask retell tools`."
        )
    version = engine.get("version")
    return engine["llm_id"], version if isinstance(version, int) else None
