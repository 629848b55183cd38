"""The first dashboard with ``make run`` alone: its four panels follow what happens."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from askpro.providers.retell_signature import sign
from tests.faults.cluster import SALON, a_weekday_ahead
from tests.servers.demo import Demo, own_ports
from tests.servers.leash import Leash

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

_KEY = "key_of_a_test"
#: Milliseconds within which a panel has to show what has just happened.
_SOON = 5_000
_LIMIT_OF_ONE_FUNCTION, _FAILURES_THAT_OPEN = 10, 5


@pytest.fixture
def demo(leash: Leash, tmp_path: Path) -> Iterator[Demo]:
    running = Demo(leash, tmp_path, *own_ports(), "--no-calls", RETELL_API_KEY=_KEY).ready()
    yield running
    assert running.stop() == 0


def test_the_four_panels_of_make_run_change_within_five_seconds(demo: Demo, page: Page):
    _sign_in(page, demo)
    expect(page.locator("#body-recent")).not_to_contain_text("call_seen_live")
    assert _ask(demo, "call_seen_live") == 200
    expect(page.locator("#body-recent")).to_contain_text("call_seen_live", timeout=_SOON)

    rate = page.locator("#body-cache dd b").first
    before = rate.inner_text()
    assert [_ask(demo, f"call_cached_{number}") for number in range(6)] == [200] * 6
    expect(rate).not_to_have_text(before, timeout=_SOON)
    assert int(rate.inner_text().split()[0]) > 50

    limits = page.locator("#body-limits")
    expect(limits).not_to_contain_text("call_too_often")
    codes = [_ask(demo, "call_too_often") for _ in range(_LIMIT_OF_ONE_FUNCTION + 1)]
    assert codes == [200] * _LIMIT_OF_ONE_FUNCTION + [429]
    expect(limits).to_contain_text("call_too_often", timeout=_SOON)

    breaker = page.locator("#body-breaker")
    expect(breaker).to_contain_text("Anfragen gehen durch")
    requests.post(
        f"{demo.url('Cal.com')}/_sim/faults", json={"mode": "ok", "status": 500}, timeout=5
    ).raise_for_status()
    for number in range(_FAILURES_THAT_OPEN):
        _ask(demo, f"call_failing_{number}", days=10 + number * 7)
    expect(breaker).to_contain_text("offen", timeout=_SOON)
    expect(page.locator(".sentence")).to_contain_text("Cal.com gestört seit", timeout=_SOON)


def _sign_in(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url('AskPro')}/login")
    page.fill("#username", "demo")
    page.fill("#password", demo.password())
    page.click("button.main")
    page.wait_for_url(f"{demo.url('AskPro')}/")


def _ask(demo: Demo, call_id: str, *, days: int = 3) -> int:
    """The HTTP status of one question for a time that many ``days`` ahead, or a little later."""
    call = {
        "call_id": call_id,
        "call_type": "phone_call",
        "direction": "inbound",
        "from_number": "+4917604069012",
        "to_number": SALON,
    }
    args = {"date": a_weekday_ahead(days).isoformat(), "time": "10:00", "service": "Haarschnitt"}
    body = {"name": "check_availability", "call": call, "args": args, "nonce": uuid.uuid4().hex}
    raw = json.dumps(body).encode()
    return requests.post(
        f"{demo.url('AskPro')}/api/webhooks/retell/function",
        data=raw,
        headers={
            "Content-Type": "application/json",
            "X-Retell-Signature": sign(raw, _KEY, int(time.time() * 1000)),
        },
        timeout=20,
    ).status_code
