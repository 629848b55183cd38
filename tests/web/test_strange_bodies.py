"""Bodies that frameworks stumble over, from strangers: refused like any other, never a fault."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from askpro.services import control
from askpro.web.retell import FUNCTION_ROUTES

NAMELESS = b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"
MULTIPART = "multipart/form-data; boundary=x"
DEEP = b"[" * 100_000


@pytest.fixture(autouse=True)
def _faults_are_answered(app: Flask) -> None:
    app.testing = False


@pytest.mark.parametrize("path", FUNCTION_ROUTES)
def test_a_part_without_a_name_says_whose_call_it_is_to_nobody(
    client: FlaskClient, path: str
) -> None:
    signed = {"X-Retell-Signature": "v=1,d=2"}
    answer = client.post(f"/api{path}", data=NAMELESS, content_type=MULTIPART, headers=signed)
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/login", "/welcome", "/logout", "/act/cache_drop"])
def test_a_part_without_a_name_is_no_form_of_the_dashboard(client: FlaskClient, path: str) -> None:
    assert client.post(path, data=NAMELESS, content_type=MULTIPART).status_code == 400


@pytest.mark.parametrize("path", ["/login", "/welcome", "/logout", "/act/events_replay"])
def test_a_form_that_is_longer_than_any_is_not_taken_apart(client: FlaskClient, path: str) -> None:
    fields = b"&".join(b"ids=%d" % number for number in range(6000))
    form = "application/x-www-form-urlencoded"
    assert len(fields) < 60_000
    assert client.post(path, data=fields, content_type=form).status_code == 413
    thousand = b"&".join(b"ids=%d" % 2**63 for _ in range(1000))
    assert client.post(path, data=thousand, content_type=form).status_code == 400


@pytest.mark.parametrize("body", [DEEP, b"null", b"", b'{"command":[]}', b"\xff"])
def test_a_stranger_s_command_is_not_read(client: FlaskClient, body: bytes) -> None:
    answer = client.post(control.PATH, data=body, content_type="application/json")
    assert answer.status_code == 401
    assert int(answer.headers["X-RateLimit-Remaining"]) < int(answer.headers["X-RateLimit-Limit"])


@pytest.mark.parametrize(
    ("body", "status"),
    [(DEEP, 400), (b"[]", 400), (b'{"command":"breaker reset","given":{}}', 401)],
)
def test_a_token_is_good_for_the_command_that_it_was_made_for(
    app: Flask, client: FlaskClient, body: bytes, status: int
) -> None:
    runtime = app.extensions["askpro"]
    token = control._serializer(runtime).dumps("breaker status")
    headers = {"Authorization": f"Bearer {token}"}

    def tell(raw: bytes, **elsewhere: str) -> int:
        return client.post(
            control.PATH, data=raw, headers=headers, environ_overrides=elsewhere
        ).status_code

    good = b'{"command":"breaker status","given":{}}'
    assert tell(good) == 200
    assert tell(good, REMOTE_ADDR="192.0.2.7") == 401
    assert tell(body) == status
