"""The dashboard over a large installation: pages, fragments, searches, what a first load weighs,
and what open tabs cost."""

from __future__ import annotations

import gzip
import itertools
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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
_TABS, _TABS_SECONDS = 10, 20.0
_FIRST_LOAD_KILOBYTES = 50
_HALF_WAY = (datetime.now(UTC) - timedelta(days=45)).isoformat().replace("+", "%2B")
_numbers = itertools.count()

PAGES = {
    "first screen": "/?",
    "calls": "/calls?",
    "calls, a page far back": f"/calls?older={_HALF_WAY}~500000&",
    "calls of one company": "/calls?company=700&",
    "fragment: calls": "/panels/calls?",
    "fragment: latest functions": "/panels/recent?",
    "fragments of the first screen": "/live?panels=situation,figures,breaker,cache,limits,todo,"
    "work,recent,alerts&",
    "appointments": "/appointments?",
    "events": "/events?",
    "audit": "/audit?",
    "performance": "/performance?",
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
    "a state that no call has": "/panels/calls?state=ongoing&",
    "an outcome that no call has, long ago": "/panels/calls?outcome=technical&until=2026-01-01&",
    "a function that nobody called": "/panels/calls?function=list_services&",
    "two that never meet": "/panels/calls?function=book_appointment&status=available&",
    "two that never meet, one company": "/panels/calls?function=book_appointment&status=available"
    "&company=700&",
    "an unknown word": "/panels/calls?q=nobody_knows_it&",
    "an event's call": "/panels/events?q=call_77777&",
    "a state of appointments": "/panels/appointments?state=no_show&",
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

_ONE_MORE = (
    """
    INSERT INTO function_calls (company_id, call_id, at, function, arguments, status, success,
                                milliseconds, queries, redis_trips, calcom_ms, cache, steps)
    VALUES (7, 'call_7', now(), 'check_availability', '{}', 'available', true, 21, 2, 2, 0, 'hit',
            '[]')
    """,
    """
    INSERT INTO figures (company_id, minute, answers, faults, booked, booking_faults, hits, misses,
                         stale, calcom_calls, calcom_faults, slow, chatty, answer_ms, calcom_ms)
    SELECT company, date_trunc('minute', now()), 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 21, 0
    FROM unnest(ARRAY[0, 7]) company
    ON CONFLICT (company_id, minute) DO UPDATE SET answers = figures.answers + 1
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
        yield _first_load(gateway, browser)
        yield from _tabs(gateway, browser.cookies)


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
    for tried in range(_ROUNDS + 4):
        began = time.perf_counter()
        answer = browser.get(f"{gateway.url}{path}number={next(_numbers)}", timeout=30)
        if tried >= 4:  # Each worker compiles its templates once.
            times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return times


def _first_load(gateway: Gateway, browser: requests.Session) -> Row:
    """The first screen and everything that it loads, as it goes over the wire, headers aside."""
    with browser.get(f"{gateway.url}/", stream=True, timeout=10) as answer:
        page = answer.raw.read()
    weight = len(page)
    for name in re.findall(r'(?:src|href)="(/assets/[^"]+)"', gzip.decompress(page).decode()):
        with browser.get(gateway.url + name, stream=True, timeout=10) as answer:
            weight += len(answer.raw.read())
    work = "dashboard: first load, compressed"
    return Row(work, weight / 1024, "KB", "at most", _FIRST_LOAD_KILOBYTES)


def _tabs(gateway: Gateway, cookies: Any) -> Iterator[Row]:
    """What ten open and visible tabs of the first screen cost, while nothing happens and while a
    call a second leaves its trace."""
    stop, quiet = threading.Event(), threading.Event()
    tabs = [_Tab(gateway, cookies, stop) for _ in range(_TABS)]
    for tab in tabs:
        tab.start()
        time.sleep(tab.seconds / _TABS)  # Opened one after the other, as people do.
    time.sleep(tabs[0].seconds)
    idle = _spent(gateway)
    caller = threading.Thread(target=_call_on, args=(gateway, quiet))
    caller.start()
    busy = _spent(gateway)
    stop.set()
    for tab in tabs:
        tab.join()
    alone = _spent(gateway)
    quiet.set()
    caller.join()
    note = f"a question every {tabs[0].seconds} s each; the gateway by itself {alone:.1f} %"
    work = f"dashboard: {_TABS} open tabs"
    yield Row(work, idle - alone, "% of a core", "at most", 2, note)
    note = f"nine panels drawn anew each second in {len(gateway.workers())} workers"
    yield Row(f"{work}, a call a second", busy - alone, "% of a core", note=note)


class _Tab(threading.Thread):
    """A visible tab: asks as live.js does."""

    def __init__(self, gateway: Gateway, cookies: Any, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._stop_asking = stop
        self._browser = requests.Session()
        self._browser.cookies.update(cookies)
        page = self._browser.get(f"{gateway.url}/", timeout=10).text
        found = re.search(r'id="live" data-seconds="([\d.]+)" hx-get="([^"]+)"', page)
        assert found is not None
        self.seconds = float(found[1])
        self._address = gateway.url + found[2].replace("&amp;", "&")
        self._have = _versions(page)

    def run(self) -> None:
        while not self._stop_asking.wait(self.seconds):
            have = ",".join(f"{name}={version}" for name, version in self._have.items())
            headers = {"X-Have": have, "HX-Request": "true"}
            answer = self._browser.get(self._address, headers=headers, timeout=10)
            self._have.update(_versions(answer.text))


def _call_on(gateway: Gateway, stop: threading.Event) -> None:
    """A trace and its figures a second, past the gateway, whose own work is not measured here."""
    engine = create_engine(gateway.environ["DATABASE_URL"])
    while not stop.wait(1.0):
        with engine.begin() as connection:
            connection.execute(text("SELECT set_config('askpro.company', '*', true)"))
            for statement in _ONE_MORE:
                connection.execute(text(statement))
    engine.dispose()


def _versions(markup: str) -> dict[str, str]:
    return dict(re.findall(r'id="body-([a-z_]+)" data-version="([^"]+)"', markup))


def _spent(gateway: Gateway) -> float:
    """Percent of a core that the gateway's workers use, for a while from now on."""
    before = _cpu_seconds(gateway)
    time.sleep(_TABS_SECONDS)
    return 100 * (_cpu_seconds(gateway) - before) / _TABS_SECONDS


def _cpu_seconds(gateway: Gateway) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in gateway.workers()]
    return sum(each.user + each.system for each in times)
