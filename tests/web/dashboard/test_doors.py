"""Who gets in, how, and who stays outside."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from askpro.errors import InvalidInput, RateLimited, Unauthorized
from askpro.services import operators
from askpro.services.runtime import Runtime
from askpro.store.models import AuditEntry, Operator
from tests.web.dashboard.conftest import PASSWORD, csrf_of, post


def test_a_page_sends_strangers_to_the_door_and_back(client: FlaskClient):
    answer = client.get("/?company=15")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/?company%3D15"


@pytest.mark.parametrize("path", ["/panels/breaker?format=json", "/live?panels=breaker"])
def test_fragments_and_data_answer_strangers_with_401(client: FlaskClient, path: str):
    answer = client.get(path, headers={"HX-Request": "true"})
    assert answer.status_code == 401


def test_name_and_password_open_the_door(signed_in: Callable[[str], FlaskClient]):
    page = signed_in("anna").get("/")
    assert page.status_code == 200
    assert "anna" in page.text


def test_a_wrong_password_and_an_unknown_name_are_told_alike(
    client: FlaskClient, signed_in: Callable[[str], FlaskClient]
):
    signed_in("anna")
    texts = set()
    for name in ("anna", "nobody"):
        answer = post(client, "/login", username=name, password="not the right one")
        assert answer.status_code == 401
        texts.add(answer.text.replace(name, "…").split("</form>")[0].split("csrf_token")[0])
    assert len(texts) == 1


def test_guessing_is_stopped_after_five_tries(
    client: FlaskClient, signed_in: Callable[[str], FlaskClient]
):
    signed_in("anna")
    for _ in range(5):
        assert post(client, "/login", username="anna", password="wrong" * 3).status_code == 401
    answer = post(client, "/login", username="anna", password=PASSWORD)
    assert answer.status_code == 429
    assert "in 15 Minuten" in answer.text
    # Somebody else at the same address is not locked out.
    signed_in("vera")


def test_a_network_of_addresses_is_one_address_that_guesses(
    client: FlaskClient, signed_in: Callable[[str], FlaskClient]
):
    """Whoever has an IPv6 address has as many as there are guesses."""
    signed_in("anna")
    found = []
    for number in range(6):
        client.environ_base["REMOTE_ADDR"] = f"2001:db8:0:1::{number + 1}"
        found.append(post(client, "/login", username="anna", password="wrong" * 3).status_code)
    assert found == [401] * 5 + [429]


def test_a_crowd_at_the_door_holds_few_threads_and_tries_few_passwords(
    runtime: Runtime, signed_in: Callable[[str], FlaskClient]
):
    """Hashing takes long, callers need the threads, and a guess counts only when it was hashed."""
    signed_in("anna")
    most, crowd = 4, 30
    with ThreadPoolExecutor(crowd) as pool, ExitStack() as nobody_gets_on:
        for _ in range(2):
            nobody_gets_on.enter_context(operators._hashing)
        tries = [
            pool.submit(operators.sign_in, runtime, "anna", "wrong" * 3, f"10.0.0.{number}")
            for number in range(crowd)
        ]
        sent_away = list(islice(as_completed(tries, timeout=20), crowd - most))
    assert {type(each.exception()) for each in sent_away} == {RateLimited}
    assert {type(each.exception()) for each in set(tries) - set(sent_away)} == {Unauthorized}
    assert operators.sign_in(runtime, "anna", PASSWORD, "10.0.0.1").username == "anna"


def test_a_strangers_address_is_counted_and_a_signed_in_tab_is_not(
    runtime: Runtime, client: FlaskClient, signed_in: Callable[[str], FlaskClient]
):
    anna = signed_in("anna")
    most = runtime.settings.limit_address_per_minute
    answers = [client.get("/login").status_code for _ in range(most + 1)]
    assert answers[-1] == 429
    assert answers[0] == 200
    assert anna.get("/live?panels=breaker").status_code == 200


def test_a_form_without_its_token_is_refused(client: FlaskClient):
    answer = client.post("/login", data={"username": "anna", "password": PASSWORD})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_host(
    client: FlaskClient, signed_in: Callable[[str], FlaskClient], target: str
):
    signed_in("anna")
    answer = post(client, "/login", username="anna", password=PASSWORD, next=target)
    assert answer.location == "/"


def test_the_session_is_new_after_signing_in(
    app: Flask, client: FlaskClient, signed_in: Callable[[str], FlaskClient]
):
    signed_in("anna")
    before = csrf_of(client)
    post(client, "/login", username="anna", password=PASSWORD)
    with client.session_transaction() as session:
        assert session["csrf_token"] not in before if "csrf_token" in session else True
    answer = client.post("/logout", data={"csrf_token": before})
    assert answer.status_code == 400


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(
    client: FlaskClient, signed_in: Callable[[str], FlaskClient]
):
    signed_in("anna")
    plain = post(client, "/login", username="anna", password=PASSWORD).headers["Set-Cookie"]
    assert plain.startswith("askpro=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    page = client.get("/login", base_url="https://askpro.example")
    assert page.headers["Set-Cookie"].startswith("__Host-askpro=")
    assert "Secure" in page.headers["Set-Cookie"]


def test_signing_out_ends_every_session_of_the_person(
    runtime: Runtime, signed_in: Callable[[str], FlaskClient]
):
    anna = signed_in("anna")
    cookie = anna.get_cookie("askpro")
    assert cookie is not None
    answer = post(anna, "/logout", form="/")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    anna.application.extensions["askpro_believed"].clear()
    anna.set_cookie("askpro", cookie.value)
    assert anna.get("/").status_code == 302


def test_a_session_ends_after_its_hours(
    runtime: Runtime, signed_in: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
):
    anna = signed_in("anna")
    with anna.session_transaction() as session:
        session["since"] -= 12 * 3600 + 1
    assert anna.get("/").status_code == 302


def test_somebody_who_is_switched_off_is_out(
    runtime: Runtime, signed_in: Callable[[str], FlaskClient]
):
    anna = signed_in("anna")
    operators.switch_off(runtime, "anna")
    anna.application.extensions["askpro_believed"].clear()
    assert anna.get("/").status_code == 302


def test_an_invitation_becomes_a_password_once(runtime: Runtime, client: FlaskClient):
    code = operators.invite(runtime, "New.Person", role="viewer").code
    fields = {"name": "new.person", "password": PASSWORD, "again": PASSWORD}
    assert post(client, "/welcome", **fields, code="WRONG").status_code == 401
    assert post(client, "/welcome", **fields, code=code.lower()).status_code == 303
    assert client.get("/").status_code == 200
    client.delete_cookie("askpro")
    assert post(client, "/welcome", **fields, code=code).status_code == 401


def test_a_right_code_after_too_many_wrong_ones_is_not_called_wrong(
    runtime: Runtime, client: FlaskClient
):
    code = operators.invite(runtime, "anna", role="viewer").code
    fields = {"name": "anna", "password": PASSWORD, "again": PASSWORD}
    for _ in range(5):
        assert post(client, "/welcome", **fields, code="WRONG").status_code == 401
    answer = post(client, "/welcome", **fields, code=code)
    assert answer.status_code == 429
    assert "in 15 Minuten" in answer.text


def test_an_invitation_is_good_for_a_day(runtime: Runtime, client: FlaskClient):
    code = operators.invite(runtime, "late", role="viewer").code
    with runtime.database.unrestricted_unsafe(write=True) as session:
        session.execute(
            update(Operator).values(invite_until=runtime.clock.now() - timedelta(seconds=1))
        )
    answer = post(client, "/welcome", name="late", code=code, password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 401


def test_a_short_password_and_one_like_the_name_will_not_do(runtime: Runtime):
    with pytest.raises(InvalidInput):
        operators.check_password("short", "anna")
    with pytest.raises(InvalidInput):
        operators.check_password("anna-maria-mueller", "Anna-Maria-Mueller")


def test_passwords_and_codes_are_kept_as_digests_only(runtime: Runtime):
    invitation = operators.invite(runtime, "anna", role="operator")
    operators.set_password(runtime, "anna", PASSWORD)
    with runtime.database.unrestricted_unsafe() as session:
        row = session.scalars(select(Operator)).one()
    assert row.password_hash.startswith("$argon2id$")
    kept = repr(vars(row))
    assert PASSWORD not in kept
    assert invitation.code not in kept


def test_coming_and_going_is_in_the_audit(
    runtime: Runtime, signed_in: Callable[[str], FlaskClient]
):
    post(signed_in("anna"), "/logout", form="/")
    with runtime.database.unrestricted_unsafe() as session:
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["operator_invited", "signed_in", "signed_out"]


def test_the_command_prints_a_page_and_a_code(app: Flask, companies: None):
    run = app.test_cli_runner().invoke
    shown = run(args=["operator", "add", "anna", "--role", "viewer", "--company", "company-15"])
    assert shown.exit_code == 0, shown.output
    assert "/welcome?name=anna" in shown.output
    listed = run(args=["operator", "list"]).output
    assert "anna" in listed
    assert "company 15" in listed
    # A forgotten password is no reason to see and to do more than before.
    again = run(args=["operator", "add", "Anna"]).output
    assert "as          viewer of company 15" in again
    listed = run(args=["operator", "list"]).output
    assert "viewer" in listed
    assert "company 15" in listed
    more = run(args=["operator", "add", "anna", "--role", "operator", "--every-company"]).output
    assert "as          operator of every company" in more
    both = run(args=["operator", "add", "anna", "--company", "15", "--every-company"])
    assert "not both" in both.output
    assert run(args=["operator", "disable", "anna"]).exit_code == 0
    for nobody in ("99", "²", "9" * 20):
        done = run(args=["operator", "add", "bert", "--company", nobody])
        assert done.exit_code == 1
        assert f"There is no company {nobody!r}" in done.output


def test_strict_headers_are_on_every_answer(
    client: FlaskClient, signed_in: Callable[[str], FlaskClient]
):
    for answer in (client.get("/login"), signed_in("anna").get("/"), client.get("/nowhere")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/api/health").headers["Content-Security-Policy"].startswith("default-src")
    secure = client.get("/login", base_url="https://askpro.example")
    assert "Strict-Transport-Security" in secure.headers


def test_the_session_of_a_machine_is_not_touched(client: FlaskClient):
    for path in ("/api/health", "/api/webhooks/retell/function"):
        with client.session_transaction() as session:
            session["mark"] = path
        assert "Cookie" not in client.get(path).headers.get("Vary", "")
    assert "Cookie" in client.get("/login").headers["Vary"]


def test_assets_are_small_kept_and_compressed(client: FlaskClient):
    page = client.get("/login").text
    path = page.split('rel="stylesheet" href="')[1].split('"')[0]
    whole, packed = client.get(path), client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in whole.headers["Cache-Control"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(whole.data) / 2
    assert client.get("/assets/000000000000/dashboard.css").status_code == 404
