"""What an operator reads about a time that was wished for while the calendar was down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from askpro.store.models import Callback, ServiceRow
from tests import factories

BOOKED = {"en": "booked for them: call to confirm", "de": "für sie gebucht: zur Bestätigung"}
FREE = {"en": "still free", "de": "noch frei"}


def service_of(session: Session, company_id: int) -> int:
    found = session.scalars(select(ServiceRow.id).where(ServiceRow.company_id == company_id))
    return found.first() or 0


@pytest.fixture
def wish(companies: None, writing: Callable[[], Any], now: datetime) -> Callback:
    """Somebody's call of company 15 wanted a slot that was still free when it was looked at."""
    with writing() as session:
        wish: Callback = factories.callback(
            session,
            15,
            now=now,
            call_id="call_of_fifteen",
            wanted_service_id=service_of(session, 15),
            wanted_start=now + timedelta(days=1),
            still_free=True,
            agreed=True,
        )
        return wish


def appointment(session: Session, wish: Callback, now: datetime, **more: Any) -> None:
    """The wanted slot as it stands in the ledger, made in the call that wanted it."""
    assert wish.wanted_start is not None
    values = {
        "start": wish.wanted_start,
        "service_id": wish.wanted_service_id,
        "call_id": wish.call_id,
        **more,
    }
    factories.appointment(session, 15, now=now, **values)


def read(client: FlaskClient, language: str = "en") -> str:
    answer = client.get(f"/panels/callbacks?lang={language}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_was_booked_for_them_is_not_called_free(
    signed_in: Callable[[str], FlaskClient],
    writing: Callable[[], Any],
    now: datetime,
    wish: Callback,
    language: str,
):
    with writing() as session:
        appointment(session, wish, now)

    text = read(signed_in("anna"), language)

    assert BOOKED[language] in text
    assert FREE[language] not in text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("requested", "requested for them, not confirmed yet"),
        ("unknown", "outcome unknown"),
        ("cancelled", FREE["en"]),
        ("refused", FREE["en"]),
    ],
)
def test_nothing_is_called_booked_before_it_stands_or_once_it_is_over(
    signed_in: Callable[[str], FlaskClient],
    writing: Callable[[], Any],
    now: datetime,
    wish: Callback,
    state: str,
    said: str,
):
    with writing() as session:
        appointment(session, wish, now, state=state)

    text = read(signed_in("anna"))

    assert said in text
    assert BOOKED["en"] not in text


def test_what_the_same_number_has_got_in_another_call_counts(
    signed_in: Callable[[str], FlaskClient],
    writing: Callable[[], Any],
    now: datetime,
    wish: Callback,
):
    with writing() as session:
        customer = factories.customer(session, 15, now=now)
        appointment(session, wish, now, call_id=None, customer_id=customer.id)

    assert BOOKED["en"] in read(signed_in("anna"))


def test_of_two_who_wanted_one_slot_only_the_one_who_has_it_reads_as_booked(
    signed_in: Callable[[str], FlaskClient],
    writing: Callable[[], Any],
    now: datetime,
    wish: Callback,
):
    with writing() as session:
        customer = factories.customer(session, 15, now=now)
        appointment(session, wish, now, customer_id=customer.id)
        factories.callback(
            session,
            15,
            now=now,
            call_id="call_of_the_second",
            phone_digest="0" * 64,
            wanted_service_id=wish.wanted_service_id,
            wanted_start=wish.wanted_start,
            still_free=False,
        )

    text = read(signed_in("anna"))

    assert text.count(BOOKED["en"]) == 1
    assert text.count("taken meanwhile") == 1


@pytest.mark.parametrize("more", [{"call_id": "call_of_another"}, {"later": 1}])
def test_what_somebody_else_has_or_at_another_time_does_not_count(
    signed_in: Callable[[str], FlaskClient],
    writing: Callable[[], Any],
    now: datetime,
    wish: Callback,
    more: dict[str, Any],
):
    assert wish.wanted_start is not None
    start = wish.wanted_start + timedelta(hours=more.get("later", 0))
    with writing() as session:
        appointment(session, wish, now, start=start, call_id=more.get("call_id", "call_of_fifteen"))

    assert FREE["en"] in read(signed_in("anna"))


def test_the_slot_of_another_company_does_not_count(
    signed_in: Callable[[str], FlaskClient],
    writing: Callable[[], Any],
    now: datetime,
    wish: Callback,
):
    assert wish.wanted_start is not None
    with writing() as session:
        factories.appointment(
            session,
            20,
            now=now,
            start=wish.wanted_start,
            service_id=wish.wanted_service_id,
            call_id=wish.call_id,
        )

    assert FREE["en"] in read(signed_in("anna"))
