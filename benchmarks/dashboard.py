"""The dashboard over a large installation: pages, fragments, searches, and what open tabs cost."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import requests
from sqlalchemy import create_engine, text

from askpro import create_app
from askpro.services import operators
from askpro.settings import Settings
from benchmarks.rows import Row, middle
from benchmarks.stage import Stage
from tests.servers.gateway import Gateway

COMPANIES, CALLS, EVENTS = 1_000, 1_000_000, 100_000
_PASSWORD = "a sentence to remember"  # pragma: allowlist secret
_ROUNDS = 12
_TABS, _TABS_SECONDS, _POLL_SECONDS = 10, 20.0, 3.0

PAGES = {
    "first screen": "/?",
    "calls": "/calls?",
    "calls, a page far back": "/calls?older=2026-01-01T00:00:00%2B00:00~500000&",
    "calls of one company": "/calls?company=700&",
    "fragment: calls": "/panels/calls?",
    "fragment: latest functions": "/panels/recent?",
    "events": "/events?",
    "companies": "/companies?",
    "one company": "/companies/700?",
}
SEARCHES = {
    "three digits": "/panels/calls?q=123&",
    "three digits in one company": "/panels/calls?q=123&company=700&",
    "a call's id": "/panels/calls?q=call_777777&",
    "a booking's uid": "/panels/calls?q=uid0001234&",
    "an outcome that is rare": "/panels/calls?outcome=spam&",
    "an error": "/panels/calls?error=CalcomUnavailable&",
    "a function and an answer": "/panels/calls?function=book_appointment&status=calendar_down&",
    "a stretch of time": "/panels/calls?last=24h&outcome=booked&",
    "a company by a part of its name": "/panels/companies?q=Salon 77&",
}

#: Made in the database, where a million rows take seconds. Spread over ninety days until now.
_FILL = (
    """
    INSERT INTO worker_beats (worker, started_at, beat_at, done, failed)
    VALUES ('bench', now(), now() + interval '1 hour', 0, 0)
    """,
    """
    INSERT INTO companies (id, slug, name, service_mode, policy, retention, created_at)
    SELECT i, 'salon-' || i, 'Salon ' || i, 'open', '{}', '{}', now() - interval '100 days'
    FROM generate_series(1, :companies) i ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO calls (company_id, call_id, state, outcome, from_tail, started_at, created_at,
                       last_sign_at, duration_ms, direction)
    SELECT 1 + i % :companies, 'call_' || i, 'analyzed',
           CASE WHEN i % 5000 = 0 THEN 'spam' WHEN i % 3 = 0 THEN 'booked' ELSE 'information' END,
           lpad((i % 1000)::text, 3, '0'), at, at, at, 60000, 'inbound'
    FROM (SELECT i, now() - interval '90 days' * (1 - i::float / :calls) AS at
          FROM generate_series(1, :calls) i) x
    """,
    """
    INSERT INTO function_calls (company_id, call_id, at, function, arguments, status, success,
                                milliseconds, queries, redis_trips, calcom_ms, cache, error, steps)
    SELECT company_id, call_id, created_at,
           CASE WHEN id % 4 = 0 THEN 'book_appointment' ELSE 'check_availability' END, '{}',
           CASE WHEN id % 997 = 0 THEN 'calendar_down' WHEN id % 4 = 0 THEN 'booked'
                ELSE 'available' END,
           id % 997 <> 0, 20 + id % 50, 2, 2, 0, CASE WHEN id % 5 = 0 THEN 'miss' ELSE 'hit' END,
           CASE WHEN id % 997 = 0 THEN 'CalcomUnavailable' END, '[]'
    FROM calls
    """,
    """
    INSERT INTO appointments (company_id, call_id, key, source, state, start, "end", event_type_id,
                              uid, changes, created_at, updated_at)
    SELECT company_id, call_id, 'key' || id, 'voice', 'confirmed', created_at + interval '3 days',
           created_at + interval '3 days 45 minutes', 1, 'uid' || lpad(id::text, 7, '0'), 0,
           created_at, created_at
    FROM calls WHERE id % 10 = 0 OR id = 1234
    """,
    """
    INSERT INTO inbox (provider, event, dedupe_key, company_id, subject, received_at, state,
                       attempts, run_at, done_at)
    SELECT 'retell', 'call_ended', 'bench:' || i, 1 + i % :companies, 'call_' || i, at,
           CASE WHEN i % 20000 = 0 THEN 'dead' ELSE 'done' END, 1, at, at
    FROM (SELECT i, now() - interval '90 days' * (1 - i::float / :events) AS at
          FROM generate_series(1, :events) i) x
    """,
    """
    INSERT INTO figures (company_id, minute, answers, faults, booked, booking_faults, hits, misses,
                         stale, calcom_calls, calcom_faults, slow, chatty, answer_ms, calcom_ms)
    SELECT coalesce(company_id, 0), date_trunc('minute', at), count(*), 0, 0, 0, count(*), 0, 0,
           0, 0, 0, 0, sum(milliseconds), 0
    FROM function_calls WHERE at > now() - interval '25 hours'
    GROUP BY GROUPING SETS ((company_id, date_trunc('minute', at)), (date_trunc('minute', at)))
    """,
)


def measure(stage: Stage, seconds: float) -> Iterator[Row]:
    """Each address a dozen times, past every cache of the dashboard; the middle time."""
    with stage.gateway(2) as (gateway, _):
        _fill(gateway)
        browser = _signed_in(gateway)
        for title, path in PAGES.items():
            yield _row(f"dashboard: {title}", _times(browser, gateway, path), 100)
        for title, path in SEARCHES.items():
            yield _row(f"dashboard: search, {title}", _times(browser, gateway, path), 200)
        yield _tabs(gateway, browser.cookies)


def _row(work: str, times: list[float], wanted: float) -> Row:
    note = (
        f"slowest {max(times):.0f} ms; {CALLS:,} calls, {EVENTS:,} events, {COMPANIES:,} companies"
    )
    return Row(work, middle(times), "ms", "at most", wanted, note)


def _fill(gateway: Gateway) -> None:
    engine = create_engine(gateway.environ["DATABASE_URL"])
    amounts: dict[str, Any] = {"companies": COMPANIES, "calls": CALLS, "events": EVENTS}
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('askpro.company', '*', true)"))
        for statement in _FILL:
            connection.execute(text(statement), amounts)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    app = create_app(Settings.from_environ(gateway.environ))
    runtime = app.extensions["askpro"]
    operators.invite(runtime, "bench", role="operator")
    operators.set_password(runtime, "bench", _PASSWORD)
    runtime.guards.close()


def _signed_in(gateway: Gateway) -> requests.Session:
    browser = requests.Session()
    form = browser.get(f"{gateway.url}/login", timeout=10).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    answer = browser.post(
        f"{gateway.url}/login",
        data={"username": "bench", "password": _PASSWORD, "csrf_token": token[1]},
        timeout=10,
    )
    assert answer.ok, answer.status_code
    return browser


def _times(browser: requests.Session, gateway: Gateway, path: str) -> list[float]:
    """Milliseconds. A filter that nobody knows makes each question a new one."""
    times = []
    for number in range(_ROUNDS + 4):
        began = time.perf_counter()
        answer = browser.get(f"{gateway.url}{path}round={number}", timeout=30)
        if number >= 4:  # Each worker compiles its templates once.
            times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return times


def _tabs(gateway: Gateway, cookies: Any) -> Row:
    """What ten open and visible tabs of the first screen cost, while nothing happens."""
    stop = threading.Event()
    tabs = [threading.Thread(target=_tab, args=(gateway, cookies, stop)) for _ in range(_TABS)]
    for tab in tabs:
        tab.start()
        time.sleep(_POLL_SECONDS / _TABS)  # Opened one after the other, as people do.
    time.sleep(_POLL_SECONDS)
    before = _cpu_seconds(gateway)
    time.sleep(_TABS_SECONDS)
    spent = _cpu_seconds(gateway) - before
    stop.set()
    for tab in tabs:
        tab.join()
    before = _cpu_seconds(gateway)
    time.sleep(_TABS_SECONDS)
    without = _cpu_seconds(gateway) - before
    share = 100 * (spent - without) / _TABS_SECONDS
    note = f"the gateway by itself {100 * without / _TABS_SECONDS:.1f} %"
    return Row(f"dashboard: {_TABS} open tabs", share, "% of a core", "at most", 2, note)


def _tab(gateway: Gateway, cookies: Any, stop: threading.Event) -> None:
    browser = requests.Session()
    browser.cookies.update(cookies)
    page = browser.get(f"{gateway.url}/", timeout=10).text
    address = re.search(r'hx-get="([^"]+)"', page)
    assert address is not None
    have = _versions(page)
    while not stop.wait(_POLL_SECONDS):
        answer = browser.get(
            gateway.url + address[1].replace("&amp;", "&"),
            headers={
                "X-Have": ",".join(f"{name}={version}" for name, version in have.items()),
                "HX-Request": "true",
            },
            timeout=10,
        )
        have.update(_versions(answer.text))


def _versions(markup: str) -> dict[str, str]:
    return dict(re.findall(r'id="body-([a-z_]+)" data-version="([^"]+)"', markup))


def _cpu_seconds(gateway: Gateway) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in gateway.workers()]
    return sum(each.user + each.system for each in times)
