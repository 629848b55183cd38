"""Changing the installation's secret: nothing is lost, and the former one is not needed after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from askpro import create_app
from askpro.services import callers, operators, tokens
from askpro.services.runtime import Runtime
from askpro.settings import Settings
from askpro.store.models import Appointment, Call, Callback, Company, InboxEvent
from askpro.store.rotation import DIGEST_OF, DIGESTS_ALONE, rotate
from askpro.store.tables import Base
from askpro.store.vault import InvalidToken, installed_vault
from tests import factories
from tests.factories import MAIL, NAME, PHONE

OLD, NEW = "the former secret, forty letters long at least", "the newest secret, forty letters long"


@pytest.fixture
def with_secrets(settings: Callable[..., Settings], database_url: str) -> Any:
    """``with with_secrets(NEW, OLD) as app:`` the app with those secrets, newest first."""

    @contextmanager
    def start(newest: str, *previous: str) -> Iterator[Flask]:
        app = create_app(
            settings(database_url=database_url, secret_key=newest, secret_key_previous=previous)
        )
        yield app
        app.extensions["askpro"].close()

    return start


def runtime_of(app: Flask) -> Runtime:
    found: Runtime = app.extensions["askpro"]
    return found


def fill(app: Flask) -> str:
    """Rows in every table with ciphertext; the company's API token."""
    runtime = runtime_of(app)
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(session, 15, "Salon", now=now, calcom_api_key="cal_live_of_fifteen")
        for number in range(5):
            factories.customer(session, 15, now=now, phone=f"{PHONE}{number}")
        factories.customer(session, 15, now=now)
        factories.call(session, 15, now=now)
        factories.appointment(session, 15, now=now, start=now)
        factories.callback(session, 15, now=now)
        factories.event(session, 15, now=now)
    return tokens.add_token(runtime, "15", "before")


def read(app: Flask) -> tuple[Any, ...]:
    """One personal or secret value of every table, decrypted, and the customer by number."""
    runtime = runtime_of(app)
    with runtime.database.unrestricted_unsafe() as session:
        customer = callers.by_number(session, PHONE)
        assert customer is not None
        return (
            customer.name,
            customer.email,
            session.scalar(select(Company.calcom_api_key)),
            session.scalar(select(Call.from_number)),
            session.scalar(select(Appointment.attendee_name)),
            session.scalar(select(Callback.phone)),
            PHONE in (session.scalar(select(InboxEvent.body)) or ""),
        )


EVERYTHING = (NAME, MAIL, "cal_live_of_fifteen", PHONE, NAME, PHONE, True)


def test_after_a_rotation_the_former_secret_is_not_needed(with_secrets: Any) -> None:
    with with_secrets(OLD) as app:
        token = fill(app)
    with with_secrets(NEW, OLD) as app:
        assert read(app) == EVERYTHING  # before the command already
        assert tokens.company_of(runtime_of(app), token) == 15
        done = app.test_cli_runner().invoke(args=["keys", "rotate"])
        assert done.exit_code == 0, done.output
        assert "customers      6 rows rewritten" in done.output
    with with_secrets(NEW) as app:
        assert read(app) == EVERYTHING
        assert tokens.company_of(runtime_of(app), token) == 15


def test_without_a_rotation_the_new_secret_reads_nothing(with_secrets: Any) -> None:
    with with_secrets(OLD) as app:
        token = fill(app)
    with with_secrets(NEW) as app:
        runtime = runtime_of(app)
        assert tokens.company_of(runtime, token) is None
        with runtime.database.unrestricted_unsafe() as session:
            assert callers.by_number(session, PHONE) is None
            with pytest.raises(InvalidToken):
                session.scalar(select(Call.from_number))
        refused = app.test_cli_runner().invoke(args=["keys", "rotate"])
        assert refused.exit_code == 1
        assert "can be read by none of the secrets" in refused.output


def test_what_was_broken_off_is_simply_started_again(
    with_secrets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_secrets(OLD) as app:
        fill(app)
    with with_secrets(NEW, OLD) as app:
        runtime, vault = runtime_of(app), installed_vault.current()
        left = iter(range(5))
        renewed = vault.renewed
        monkeypatch.setattr(vault, "renewed", lambda token: (next(left), renewed(token))[1])
        with pytest.raises(StopIteration):
            rotate(runtime.database, vault, batch=2)
        monkeypatch.undo()
        assert read(app) == EVERYTHING
        done = rotate(runtime.database, vault, batch=2)
        assert done.complete
        assert done.written["appointments"] == 1
        assert rotate(runtime.database, vault).written == {}


def test_nobody_becomes_a_second_customer_while_both_secrets_are_known(with_secrets: Any) -> None:
    with with_secrets(OLD) as app:
        fill(app)
    with with_secrets(NEW, OLD) as app:
        runtime = runtime_of(app)
        with runtime.database.of_company(15, write=True) as session:
            known = callers.known_or_new(
                session, 15, number=PHONE, name=None, email=None, now=runtime.clock.now()
            )
            assert known.name == NAME


def test_an_invitation_of_before_opens_while_both_secrets_are_known(with_secrets: Any) -> None:
    with with_secrets(OLD) as app:
        fill(app)
        invitation = operators.invite(runtime_of(app), "bert", role="viewer", company_id=15)
    with with_secrets(NEW, OLD) as app:
        account = operators.accept_invitation(
            runtime_of(app), "bert", invitation.code, "a sentence to remember", "127.0.0.1"
        )
        assert account.company_id == 15


def test_the_database_holds_no_personal_value_in_the_clear(with_secrets: Any) -> None:
    with with_secrets(OLD) as app:
        fill(app)
        with runtime_of(app).database.unrestricted_unsafe() as session:
            for table in Base.metadata.sorted_tables:
                for row in session.execute(text(f"SELECT * FROM {table.name}")):
                    shown = " ".join(str(bytes(v) if isinstance(v, memoryview) else v) for v in row)
                    assert [each for each in factories.PERSONAL if each in shown] == []


def test_every_digest_is_known_to_the_rotation() -> None:
    kept = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_digest")
    }
    assert kept == set(DIGEST_OF) | DIGESTS_ALONE
