"""Five seconds at the first screen: what is wrong, whom it concerns, which button helps."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from askpro.guards.permits import CircuitSnapshot
from askpro.guards.redis_link import RedisLink
from askpro.services.runtime import Runtime
from askpro.services.situation import Outlook, judge
from askpro.settings import Settings
from askpro.store.models import GuardEvent
from askpro.store.reports.scope import EVERY_COMPANY
from askpro.web.dashboard import sentences
from tests import factories

LANGUAGES = pytest.mark.parametrize("language", ["de", "en"])


@pytest.fixture
def anna(signed_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return signed_in("anna")


@pytest.fixture
def at_work(writing: Callable[[], Any], now: datetime) -> None:
    """A worker, and a booking of this hour."""
    with writing() as session:
        factories.beat(session, now=now)
        factories.function_call(session, 15, now=now, function="book_appointment", status="booked")


def banner(client: FlaskClient, language: str) -> tuple[str, list[str]]:
    """The text of the banner as it is read, and the addresses of its buttons."""
    page = client.get(f"/?lang={language}").text
    found = re.search(r'<div class="situation.*?</div>\s*</div>', page, re.DOTALL)
    assert found
    buttons = re.findall(r'<a class="button[^"]*" href="([^"]+)"', found[0])
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))
    return html.unescape(text).strip(), [html.unescape(each) for each in buttons]


def local(runtime: Runtime, moment: datetime) -> str:
    return f"{moment.astimezone(runtime.settings.retell_timezone):%H:%M}"


@LANGUAGES
def test_all_is_well(anna: FlaskClient, at_work: None, language: str):
    text, buttons = banner(anna, language)
    assert (
        text
        == {
            "de": "Buchen klappt Eine Buchung in der letzten Stunde, eine Antwort.",
            "en": "Booking works One booking in the last hour, one answer.",
        }[language]
    )
    assert buttons == []


@LANGUAGES
def test_calcom_is_down_for_the_platform(
    anna: FlaskClient,
    at_work: None,
    runtime: Runtime,
    writing: Callable[[], Any],
    now: datetime,
    language: str,
):
    with writing() as session:
        for _ in range(3):
            factories.callback(session, 15, now=now)
    runtime.guards.circuits.force_open("calcom_api")
    since = local(runtime, runtime.guards.circuits.snapshots("calcom_api")[0].opened_at)
    text, buttons = banner(anna, language)
    assert text.startswith(
        {
            "de": f"Cal.com gestört seit {since}, 3 Rückrufe warten "
            "Ein Unternehmen bucht über das Konto der Plattform. "
            "Anrufern wird statt eines Termins ein Rückruf angeboten.",
            "en": f"Cal.com has been cut off since {since}, 3 callbacks are waiting "
            "One company books through the platform's account. "
            "Callers are offered a callback instead of an appointment.",
        }[language]
    )
    assert buttons == [
        "/act/breaker_probe?target=calcom_api",
        "/act/breaker_reset?target=calcom_api",
        "/appointments",
    ]


@LANGUAGES
def test_calcom_is_down_for_one_company(
    anna: FlaskClient, at_work: None, runtime: Runtime, language: str
):
    runtime.guards.circuits.force_open("calcom_api:20")
    text, buttons = banner(anna, language)
    affected = {"de": "Betroffen:", "en": "Affected:"}[language]
    assert f"{affected} Physiotherapie am Markt" in text
    assert buttons[0] == "/act/breaker_probe?target=calcom_api:20"


def turned(now: datetime, before: str, after: str, **ago: int) -> GuardEvent:
    """A transition of the platform's circuit, as the gateway keeps it."""
    return GuardEvent(
        at=now - timedelta(**ago),
        kind="breaker",
        subject="calcom_api",
        detail={"from": before, "to": after},
    )


def test_a_failed_try_does_not_begin_the_outage_anew(
    anna: FlaskClient,
    at_work: None,
    runtime: Runtime,
    writing: Callable[[], Any],
    now: datetime,
):
    runtime.guards.circuits.force_open("calcom_api")  # As the last try of an hour did.
    with writing() as session:
        session.execute(delete(GuardEvent))
        session.add_all(
            (
                turned(now, "closed", "open", days=2),
                turned(now, "half_open", "closed", days=1),
                turned(now, "closed", "open", minutes=70),
                turned(now, "open", "half_open", minutes=5),
                turned(now, "half_open", "open", minutes=5),
            )
        )
    began = now - timedelta(minutes=70)
    assert banner(anna, "de")[0].startswith(f"Cal.com gestört seit {local(runtime, began)} ")
    assert f"Seit {local(runtime, began)}" in anna.get("/panels/breaker?lang=de").text
    assert local(runtime, began) in anna.get("/act/breaker_probe?target=calcom_api").text


@pytest.mark.parametrize(
    ("state", "successes", "said"),
    [
        ("open", 0, ("bad", "calcom_down")),
        ("half_open", 0, ("bad", "calcom_down")),
        ("half_open", 1, ("warn", "calcom_probing")),
    ],
)
def test_it_is_down_until_a_try_succeeds(
    settings: Callable[..., Settings],
    now: datetime,
    state: str,
    successes: int,
    said: tuple[str, str],
):
    circuit = CircuitSnapshot("calcom_api", state, 5, successes, now, 0.0, 0, 0.0, None)
    seen = Outlook(now, EVERY_COMPANY, (circuit,), {"healthy": True}, 0, alive=1)
    first = judge(seen, settings())[0]
    assert (first.level, first.key) == said


@pytest.mark.parametrize(("minutes", "is_told"), [(2, True), (20, False)])
def test_faults_of_an_outage_that_is_over_are_told_as_that(
    anna: FlaskClient,
    at_work: None,
    runtime: Runtime,
    writing: Callable[[], Any],
    now: datetime,
    minutes: int,
    is_told: bool,
):
    with writing() as session:
        for _ in range(20):
            factories.function_call(
                session, 15, now=now, status="calendar_down", success=False, error="CalcomDown"
            )
        session.add(turned(now, "closed", "open", minutes=minutes + 9))
        session.add(turned(now, "half_open", "closed", minutes=minutes))
    text, _ = banner(anna, "de")
    back = local(runtime, now - timedelta(minutes=minutes))
    assert text.startswith("95 % der Antworten sind technische Fehler")
    assert (f"Cal.com antwortet seit {back} wieder." in text) is is_told


@LANGUAGES
def test_redis_is_gone(
    anna: FlaskClient,
    at_work: None,
    runtime: Runtime,
    now: datetime,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
):
    gone = {"healthy": False, "configured": True, "degraded_since": now, "outages": 1}
    monkeypatch.setattr(RedisLink, "status", lambda _: {**gone, "last_error": "ConnectionError"})
    text, buttons = banner(anna, language)
    assert text.startswith(
        {
            "de": f"Redis antwortet seit {local(runtime, now)} nicht "
            "Buchen klappt weiter, bei allen Unternehmen.",
            "en": f"Redis has not answered since {local(runtime, now)} "
            "Bookings still work, for every company.",
        }[language]
    )
    assert buttons == ["/system"]


@LANGUAGES
def test_events_were_given_up(
    anna: FlaskClient, at_work: None, writing: Callable[[], Any], now: datetime, language: str
):
    with writing() as session:
        factories.event(session, 20, now=now, state="dead", error="KeyError")
        factories.event(session, 20, now=now, state="dead", error="KeyError")
    text, buttons = banner(anna, language)
    assert text.startswith(
        {
            "de": "2 Ereignisse wurden aufgegeben Betroffen: Physiotherapie am Markt "
            "Was darin steht, fehlt hier",
            "en": "2 events were given up Affected: Physiotherapie am Markt "
            "What was told is missing here",
        }[language]
    )
    assert buttons == ["/act/events_replay?state=dead", "/events?state=dead"]
    assert {"de": "2 Ereignisse", "en": "2 events"}[language] in anna.get(
        f"{buttons[0]}&lang={language}"
    ).text


@LANGUAGES
def test_the_worker_is_silent(
    anna: FlaskClient,
    writing: Callable[[], Any],
    runtime: Runtime,
    now: datetime,
    language: str,
):
    silent = now - timedelta(minutes=5)
    with writing() as session:
        factories.beat(session, now=silent)
        factories.event(session, 15, now=now, state="new")
    text, buttons = banner(anna, language)
    assert text.startswith(
        {
            "de": f"Kein Worker arbeitet seit {local(runtime, silent)} Buchen klappt weiter. "
            "Ereignisse aller Unternehmen werden gespeichert, aber nicht bearbeitet; eines wartet. "
            "Der Worker gehört zum Gateway: das Gateway neu starten.",
            "en": f"No worker has been at work since {local(runtime, silent)} "
            "Bookings still work. Events of every company are stored, but not worked on; "
            "one is waiting. The worker belongs to the gateway: start the gateway again.",
        }[language]
    )
    assert buttons == ["/system"]


def test_workers_of_a_cluster_have_a_command(
    anna: FlaskClient, settings: Callable[..., Settings], now: datetime
):
    cluster = settings(redis_url="redis://127.0.0.1:1/0", database_url="postgresql://x/y")
    seen = Outlook(now, 15, (), {"healthy": True}, 0)
    with anna.application.test_request_context("/?lang=en"):
        (verdict,) = (each for each in judge(seen, cluster) if each.key == "no_worker")
        assert str(sentences.aside(verdict)).endswith("systemctl restart 'askpro-worker@*'")


@LANGUAGES
def test_a_booking_in_doubt_and_many_errors_name_the_companies(
    anna: FlaskClient, at_work: None, writing: Callable[[], Any], now: datetime, language: str
):
    with writing() as session:
        factories.appointment(
            session,
            20,
            now=now - timedelta(minutes=5),
            start=now + timedelta(days=1),
            state="unknown",
        )
        for _ in range(40):
            factories.function_call(
                session, 15, now=now, status="calendar_down", success=False, error="CalcomDown"
            )
    text, buttons = banner(anna, language)
    assert "Physiotherapie am Markt" in text
    assert buttons == ["/appointments"]
    also = re.search(r'<ul class="also">.*?</ul>', anna.get("/").text, re.DOTALL)
    assert also
    assert "Salon Sonnenschein" in also[0]


def test_what_a_person_may_not_do_is_not_offered(
    signed_in: Callable[[str], FlaskClient],
    at_work: None,
    runtime: Runtime,
    writing: Callable[[], Any],
    now: datetime,
):
    with writing() as session:
        factories.event(session, 15, now=now, state="dead")
    runtime.guards.circuits.force_open("calcom_api")
    assert "/act/" not in signed_in("vera").get("/").text
    # The platform's circuit is not Bert's to touch; his company's events are.
    page = signed_in("bert").get("/").text
    assert "/act/breaker" not in page
    assert "/act/events_replay?state=dead" in page


def test_the_buttons_of_a_narrowed_page_stay_as_narrow(
    anna: FlaskClient, at_work: None, writing: Callable[[], Any], now: datetime
):
    with writing() as session:
        for company in (15, 20):
            factories.event(session, company, now=now, state="dead")
    (everything, *_) = banner(anna, "en")[1]
    assert everything == "/act/events_replay?state=dead"
    page = html.unescape(anna.get("/?company=15&lang=en").text)
    assert "/act/events_replay?company=15&state=dead" in page
    assert "One event<" in anna.get("/act/events_replay?company=15&state=dead&lang=en").text
