"""deploy/nginx/askpro.conf, as a real nginx understands it."""

from __future__ import annotations

from collections.abc import Callable
from http.server import ThreadingHTTPServer

import pytest
import requests

from tests.deploy.conftest import Wall
from tests.servers.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture
def front(wall: Callable[..., Wall], echo: ThreadingHTTPServer) -> Wall:
    return wall(echo.server_address[1])


def _post(front: Wall, path: str, **options: object) -> requests.Response:
    return requests.post(front.url + path, verify=front.certificate, timeout=20, **options)


def test_what_a_client_claims_about_itself_never_reaches_the_gateway(front: Wall):
    claims = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Host": "evil.example.com",
        "X-Forwarded-Prefix": "/evil",
    }
    seen = _post(front, "/api/webhook", headers=claims).json()["headers"]
    assert seen["X-Forwarded-For"] == "127.0.0.1"
    assert seen["X-Forwarded-Proto"] == "https"
    assert seen["X-Forwarded-Host"].startswith("127.0.0.1")
    assert "X-Forwarded-Prefix" not in seen
    assert len(seen["X-Request-Id"]) == 32


def test_plain_http_is_sent_to_https_with_its_method_kept(front: Wall):
    answer = requests.post(
        f"http://127.0.0.1:{front.plain_port}/api/webhook", allow_redirects=False, timeout=5
    )
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("https://")


def test_a_body_over_the_limit_is_refused_before_the_gateway_sees_it(
    front: Wall, echo: ThreadingHTTPServer
):
    assert _post(front, "/api/webhook", data=b"x" * (5 * 1024 * 1024 + 1)).status_code == 413
    assert _post(front, "/api/webhook", data=b"x" * (5 * 1024 * 1024)).json()["bytes"] == 5242880
    assert echo.seen == ["/api/webhook"]


def test_a_flood_from_one_address_meets_the_wall_and_ordinary_traffic_does_not(
    wall: Callable[..., Wall], echo: ThreadingHTTPServer
):
    front = wall(echo.server_address[1], lower=True)
    with front.session() as session:
        ordinary = {session.get(front.url + "/calm").status_code for _ in range(30)}
        answers = [session.get(front.url + "/flood").status_code for _ in range(300)]
    assert ordinary == {200}
    assert answers.count(429) > 0
    assert set(answers) == {200, 429}


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/api/_control", "/api/_control/"])
def test_what_is_for_this_machine_only_is_not_there_from_outside(
    front: Wall, echo: ThreadingHTTPServer, path: str
):
    with front.session() as session:
        codes = {session.request(way, front.url + path).status_code for way in ("GET", "POST")}
    assert codes == {404}
    assert echo.seen == []


def test_a_request_is_repeated_when_the_connection_broke_before_an_answer(
    front: Wall, echo: ThreadingHTTPServer
):
    assert _post(front, "/vanish-once").status_code == 200
    assert echo.seen.count("/vanish-once") == 2


def test_the_file_beside_the_settings_says_whose_turn_it_is(
    wall: Callable[..., Wall], echo: ThreadingHTTPServer
):
    front = wall(free_port(), echo.server_address[1])
    assert _post(front, "/api/webhook").status_code == 502
    (front.etc / "second").touch()
    assert _post(front, "/api/webhook").status_code == 200


def test_what_failed_is_not_quoted_anywhere(wall: Callable[..., Wall]):
    front = wall(free_port())
    assert _post(front, "/api/webhook?telefon=%2B491701234567").status_code == 502
    eventually(front.access_log.read_text)
    [line] = front.log_lines()
    assert (line["path"], line["status"]) == ("/api/webhook", 502)
    assert "4917" not in front.error_log.read_text() + front.nginx.output()


def test_the_access_log_names_paths_and_no_arguments(front: Wall):
    secret = "telefon=%2B491701234567"
    _post(front, f"/api/v2/bookings?{secret}", headers={"User-Agent": "Anna", "Referer": "Anna"})
    eventually(front.access_log.read_text)
    [line] = front.log_lines()
    assert (line["path"], line["status"]) == ("/api/v2/bookings", 200)
    assert "4917" not in front.access_log.read_text()
    assert "Anna" not in front.access_log.read_text()
