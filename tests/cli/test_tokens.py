"""REST tokens: made, seen, used and revoked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text, update

from askpro.services import tokens
from askpro.services.runtime import Runtime
from askpro.store.models import ApiToken, AuditEntry
from tests import factories


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["askpro"]
    with found.database.unrestricted_unsafe(write=True) as session:
        for company_id in (15, 20):
            factories.company(session, company_id, f"Salon {company_id}", now=found.clock.now())
    return found


def run(app: Flask, words: str) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=words.split())


def status(app: Flask, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/api/v2/bookings", headers=headers).status_code


def test_a_token_is_good_until_it_is_revoked(app: Flask, runtime: Runtime) -> None:
    first, second = (run(app, f"token add {each}").output.strip() for each in (15, 20))
    assert (status(app, first), status(app, second)) == (200, 200)
    numbers = [each.id for each in tokens.list_tokens(runtime)]

    done = run(app, f"token revoke {numbers[0]}")

    assert done.output == f"Token {numbers[0]} (api) is revoked.\n"
    assert (status(app, first), status(app, second)) == (401, 200)
    again = run(app, f"token revoke {numbers[0]}")
    assert again.exit_code == 1
    assert f"There is no valid token {numbers[0]}; see `flask token list`." in again.output
    with runtime.database.unrestricted_unsafe() as session:
        asked = select(AuditEntry.action, AuditEntry.company_id).order_by(AuditEntry.id)
        assert session.execute(asked).all() == [
            ("token_added", 15),
            ("token_added", 20),
            ("token_revoked", 15),
        ]


def test_the_list_shows_state_and_last_use_of_a_company_and_never_the_token(
    app: Flask, runtime: Runtime
) -> None:
    used = run(app, "token add 15 --name website").output.strip()
    idle = run(app, "token add 15 --name till").output.strip()
    run(app, "token add 20")
    status(app, used)
    run(app, f"token revoke {tokens.list_tokens(runtime)[1].id}")

    lines = run(app, "token list 15").output.splitlines()

    assert len(lines) == 2
    assert re.search(r"website +valid +used \d{4}-\d\d-\d\d \d\d:\d\d$", lines[0])
    assert re.search(r"till +revoked +never used$", lines[1])
    assert not any(token in line for line in lines for token in (used, idle))
    assert len(run(app, "token list").output.splitlines()) == 3
    assert "There is no company 'nobody'" in run(app, "token list nobody").output


def test_the_last_use_is_written_once_an_hour(app: Flask, runtime: Runtime) -> None:
    token = run(app, "token add 15").output.strip()

    def last_use() -> object:
        return tokens.list_tokens(runtime)[0].last_used_at

    assert tokens.company_of(runtime, token) == 15
    first = last_use()
    assert tokens.company_of(runtime, token) == 15
    assert last_use() == first
    with runtime.database.unrestricted_unsafe(write=True) as session:
        an_hour_ago = runtime.clock.now() - timedelta(hours=1, seconds=1)
        session.execute(update(ApiToken).values(last_used_at=an_hour_ago))
    assert tokens.company_of(runtime, token) == 15
    assert last_use() > first


@pytest.mark.on("sqlite")
def test_a_token_is_good_where_its_use_cannot_be_written(
    app: Flask, runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    token = run(app, "token add 15").output.strip()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(
            text(
                "CREATE TRIGGER full BEFORE UPDATE ON api_tokens"
                " BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
            )
        )
    assert status(app, token) == 200
    assert "a token's use is not noted" in caplog.text
