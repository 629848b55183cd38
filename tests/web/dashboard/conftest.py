"""The dashboard inside the test: two companies with rows, and people who are signed in.

Anna sees every company and may act; Vera sees every company and may only look; Bert is of company
15, Carla of company 20.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from askpro.services import operators
from askpro.services.operators import Account
from askpro.services.runtime import Runtime
from tests import factories

PASSWORD = "a sentence to remember"
PEOPLE = {
    "anna": ("operator", None),
    "vera": ("viewer", None),
    "bert": ("operator", 15),
    "carla": ("operator", 20),
}


class _CompiledOnce:
    """Jinja's bytecode cache, in memory: each test has an app of its own, and compiling the pages
    anew would take most of its time."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], SimpleNamespace] = {}

    def get_bucket(self, environment: Any, name: str, filename: str, source: str) -> Any:
        return self._kept.setdefault((name, source), SimpleNamespace(code=None))

    def set_bucket(self, bucket: Any) -> None:
        """It is kept since it was handed out."""


_compiled = _CompiledOnce()


@pytest.fixture(autouse=True)
def _compile_templates_once(app: Flask) -> None:
    app.jinja_env.bytecode_cache = _compiled


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["askpro"]
    return found


@pytest.fixture
def now(runtime: Runtime) -> datetime:
    return runtime.clock.now()


@pytest.fixture
def writing(runtime: Runtime) -> Callable[[], object]:
    """``with writing() as session:`` a session that may write for every company."""
    return lambda: runtime.database.unrestricted_unsafe(write=True)


@pytest.fixture
def companies(runtime: Runtime, now: datetime) -> None:
    """Companies 15 and 20, with the platform's key and one of its own."""
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(session, 15, "Salon Sonnenschein", now=now - timedelta(days=9))
        factories.company(
            session, 20, "Physiotherapie am Markt", now=now - timedelta(days=9), calcom_api_key="k"
        )


@pytest.fixture
def signed_in(
    app: Flask, runtime: Runtime, companies: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], FlaskClient]:
    """``signed_in("anna")`` is Anna's browser."""
    monkeypatch.setattr(operators, "_hasher", operators.PasswordHasher(1, 8, 1))

    def sign_in(name: str) -> FlaskClient:
        role, company_id = PEOPLE[name]
        operators.invite(runtime, name, role=role, company_id=company_id)
        operators.set_password(runtime, name, PASSWORD)
        client = app.test_client()
        answer = post(client, "/login", username=name, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return client

    return sign_in


def csrf_of(client: FlaskClient, page: str = "/login") -> str:
    """The token of a form on that page."""
    text = client.get(page).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found, f"no form on {page}"
    return found[1]


def post(client: FlaskClient, path: str, *, form: str | None = None, **fields: str) -> TestResponse:
    """Fill in the form of a page (``form``, else ``path``) and send it to ``path``."""
    token = csrf_of(client, form or path)
    return client.post(path, data={**fields, "csrf_token": token})


def account(runtime: Runtime, name: str) -> Account:
    """The account of one of the people, without a session."""
    role, company_id = PEOPLE[name]
    return Account(1, name, role, company_id, 0)
