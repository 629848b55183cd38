"""Flask-Limiter in charge of an app: headers, refusals, and who is counted where."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import version

import pytest
from flask import Blueprint, Flask, Response
from flask_limiter import Limiter

from askpro.errors import RateLimited
from askpro.guards import Guards
from askpro.guards.flask_limits import ApiLimiter, GuardStorage
from tests.guards.conftest import Ground

Make = Callable[..., Guards]
HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.fixture
def app(guards: Make) -> Flask:
    return built(guards(limit_address_per_minute=5, limit_call_per_function=2))


def built(guards: Guards) -> Flask:
    """A small gateway: an API that counts itself, a health check, and pages that do not."""
    app = Flask("small")
    limiter = guards.init_app(app)
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.post("/call")
    def call() -> str:
        guards.begin_call(15, "call_a", "check_availability", "function")
        return "served"

    @api.get("/health")
    def health() -> str:
        return "healthy"

    app.register_blueprint(api)

    @app.get("/page")
    def page() -> str:
        return "page"

    @app.route("/login", methods=["GET", "POST"])
    @limiter.limit("2/minute", methods=["POST"])
    @limiter.limit("3/hour", methods=["POST"])
    def login() -> str:
        return "login"

    @app.errorhandler(RateLimited)
    def refused(error: RateLimited) -> Response:
        return Response(error.error_code, 429, {"Retry-After": str(error.retry_after)})

    return app


def test_the_extension_is_registered_and_in_charge(app: Flask):
    [limiter] = app.extensions["limiter"]
    assert isinstance(limiter, ApiLimiter)
    assert limiter.initialized
    assert isinstance(limiter.storage, GuardStorage)
    assert app.before_request_funcs[None][-1] == limiter._check_request_limit


def test_an_answer_of_the_api_carries_the_headers_and_no_retry_after(app: Flask):
    answer = app.test_client().post("/api/call")
    assert [answer.headers[name] for name in HEADERS[:2]] == ["2", "1"]
    assert int(answer.headers["X-RateLimit-Reset"]) > 1_700_000_000
    assert "Retry-After" not in answer.headers


def test_a_refusal_carries_them_as_well(app: Flask):
    client = app.test_client()
    answers = [client.post("/api/call") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answers[2].headers[name] for name in HEADERS[:2]] == ["2", "0"]
    assert answers[2].headers["Retry-After"] == "300"


@pytest.mark.parametrize("method", ["get", "head"])
def test_health_is_never_refused_and_asks_redis_nothing(
    app: Flask, method: str, guards: Make, trips
):
    client = app.test_client()
    with trips() as count:
        answers = [getattr(client, method)("/api/health") for _ in range(9)]
    assert count() == 0
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers][-2:] == ["0", "0"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/call"])
def test_wrong_paths_and_methods_of_the_api_carry_the_headers(app: Flask, path: str):
    answer = app.test_client().get(path)
    assert answer.status_code in (404, 405)
    assert all(name in answer.headers for name in HEADERS)


def test_pages_are_counted_by_address(app: Flask):
    here, there = app.test_client(), app.test_client()
    answers = [here.get("/page", environ_base={"REMOTE_ADDR": "192.0.2.1"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert there.get("/page", environ_base={"REMOTE_ADDR": "192.0.2.2"}).status_code == 200
    # The company's calls do not suffer.
    assert here.post("/api/call", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_an_ipv6_client_is_its_network(app: Flask):
    client = app.test_client()
    for last in range(5):
        client.get("/page", environ_base={"REMOTE_ADDR": f"2001:db8:1:1::{last}"})
    answer = client.get("/page", environ_base={"REMOTE_ADDR": "2001:db8:1:1::ffff"})
    assert answer.status_code == 429
    answer = client.get("/page", environ_base={"REMOTE_ADDR": "2001:db8:1:2::1"})
    assert answer.status_code == 200


def test_who_comes_through_a_unix_socket_is_somebody(app: Flask):
    answers = [app.test_client().get("/page", environ_base={"REMOTE_ADDR": ""}) for _ in range(6)]
    assert answers[-1].status_code == 429


def test_decorated_limits_are_counted_together_and_eat_nothing_when_refused(
    ground: Ground, app: Flask
):
    client = app.test_client()
    answers = [client.post("/login") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    if not ground.shared:
        # Stock would have used up the third of the hour for the refused ones.
        ground.wait(61)
        assert client.post("/login").status_code == 200
        assert client.post("/login").status_code == 429
    assert client.get("/login").status_code == 200


def test_a_page_costs_one_round_trip_whatever_its_limits(ground: Ground, app: Flask, trips):
    client = app.test_client()
    client.post("/login")
    with trips() as count:
        client.post("/login")
    assert count() == (1 if ground.shared else 0)


def test_the_storage_says_whether_all_workers_count_together(ground: Ground, app: Flask):
    app.test_client().get("/page")
    [limiter] = app.extensions["limiter"]
    assert limiter.storage.check() is (ground.name != "gone")
    assert limiter.storage.get("page:pages:127.0.0.1") == 1
    assert limiter.storage.get_expiry("page:pages:127.0.0.1") > 1_700_000_000
    limiter.storage.clear("page:pages:127.0.0.1")
    assert limiter.storage.get("page:pages:127.0.0.1") == 0
    with pytest.raises(NotImplementedError):
        limiter.storage.incr("page:pages:127.0.0.1", 60)


def test_the_current_limit_is_known_to_the_extension(app: Flask):
    [limiter] = app.extensions["limiter"]
    seen = []

    @app.after_request
    def look(response: Response) -> Response:
        seen.append(limiter.current_limit)
        return response

    app.test_client().get("/page")
    assert seen[0].remaining == 4


def test_the_private_name_that_is_overridden_still_exists():
    """Flask-Limiter is pinned: a new release must be read before it is used."""
    assert version("flask-limiter") == "4.1.1"
    assert callable(Limiter._Limiter__evaluate_limits)
    assert "_Limiter__evaluate_limits" in vars(ApiLimiter)
    source = inspect.getsource(Limiter._check_request_limit)
    assert "self.__evaluate_limits(endpoint, all_limits)" in source


def test_a_limit_that_cannot_be_counted_here_is_refused_loudly(guards: Make):
    made = guards()
    app = Flask("wrong")
    limiter = made.init_app(app)
    app.testing = True

    @app.get("/")
    @limiter.limit("2/minute", cost=2)
    def page() -> str:
        return "page"

    with pytest.raises(Exception, match="not counted here"):
        app.test_client().get("/")
