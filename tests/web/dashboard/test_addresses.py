"""No address of a page carries a caller's number: not in history, referrers or later requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests import factories


@pytest.mark.parametrize("number", [factories.PHONE, "0151 1234-5678", "(0151) 12345678", "45678"])
@pytest.mark.parametrize("page", ["/calls", "/events", "/appointments", "/panels/calls"])
def test_a_whole_number_that_is_looked_for_is_cut_in_the_address(
    signed_in: Callable[[str], FlaskClient], page: str, number: str
) -> None:
    asked = signed_in("anna").get(page, query_string={"q": number, "outcome": "booked", "last": ""})
    assert asked.status_code == 302
    assert asked.location == f"{page}?outcome=booked&last=&q=678"


def test_strangers_are_sent_to_the_door_without_it(client: FlaskClient) -> None:
    answer = client.get("/calls", query_string={"q": factories.PHONE}, follow_redirects=True)
    assert [each.request.query_string for each in answer.history] == [
        b"q=%2B4915112345678",
        b"q=678",
    ]
    assert answer.request.path == "/login"
    assert answer.request.args["next"] == "/calls?q=678"


@pytest.mark.parametrize("words", ["678", "call_000012345678", "uidOf15112345678", "2026", ""])
def test_what_is_no_number_stays(signed_in: Callable[[str], FlaskClient], words: str) -> None:
    assert signed_in("anna").get("/calls", query_string={"q": words}).status_code == 200


def test_a_companys_own_number_is_public(signed_in: Callable[[str], FlaskClient]) -> None:
    assert signed_in("anna").get("/companies?q=%2B493012345015").status_code == 200
