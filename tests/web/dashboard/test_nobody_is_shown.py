"""A caller who says everything about themselves, everywhere, is on no page, panel or file.

Real requests into the golden world: functions with personal values in every argument, events of
both sides, a callback, a booking whose outcome nobody knows, a transcript. Then every address of
the dashboard is read, as HTML, JSON and CSV, by somebody who sees all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from askpro.services import alerts, operators
from askpro.services.shown_arguments import shown_arguments
from askpro.settings import Settings
from askpro.web.dashboard import exports
from askpro.web.dashboard.acts import ACTS
from askpro.web.dashboard.pages import SCREENS
from askpro.web.dashboard.panels import PANELS
from askpro.worker import Worker
from tests import retell_telling
from tests.web.dashboard.conftest import PASSWORD, post
from tests.worlds import World, golden

pytestmark = pytest.mark.slow

CALL = "call_of_one_who_tells"
NAME, PHONE, MAIL = "Gundelrike Ochsenwadel", "+4917699887766", "gundel.ochsenwadel@web.example"
SPOKEN_NUMBER = "null eins sieben sechs neun neun acht acht sieben sieben sechs sechs"
SPOKEN_MAIL = "gundel punkt ochsenwadel ät web punkt de"
STORY = "meine Schwester Kunigunde hat morgen ihre Scheidung"
EVERYTHING = f"{NAME}, {PHONE}, {MAIL}, {SPOKEN_NUMBER}, {SPOKEN_MAIL}, {STORY}"
#: What may be read nowhere; of the number the last three digits may.
NOBODYS = (
    "Gundelrike",
    "Ochsenwadel",
    "gundel",
    "17699887766",
    "99887766",
    "0176 998",
    "neun neun acht",
    "ät web",
    "Kunigunde",
    "Scheidung",
)


@pytest.fixture
def world(settings: Callable[..., Settings], database_url: str) -> Iterator[World]:
    with golden(settings(database_url=database_url, alert_least_answers=1)) as world:
        tell(world)
        yield world


def tell(world: World) -> None:
    """Everything, in every way to a row that there is."""
    facts = {"call_id": CALL, "from_number": PHONE}
    person = {"name": NAME, "phone": PHONE, "email": MAIL, "notes": EVERYTHING}
    began = world.clock.now() - timedelta(minutes=2)
    first, *later = retell_telling.lifecycle(
        CALL,
        began,
        from_number=PHONE,
        transcript=f"User: {EVERYTHING}\nAgent: Danke, {NAME}.",
        metadata={"customer_name": NAME},
        retell_llm_dynamic_variables={"customer_name": NAME, "phone": PHONE},
    )
    world.post("/api/webhooks/retell", first)
    world.call("check_customer", person, **facts)
    world.call("check_availability", {"service": "Haarschnitt", "date": EVERYTHING}, **facts)
    world.call("check_availability", dict.fromkeys(("service", "date", "time"), NAME), **facts)
    slot = {"service": "Herrenhaarschnitt", "date": "2026-10-22", "confirm": True}
    booked = world.call("book_appointment", {**person, **slot, "time": "14:30"}, **facts)
    assert booked["status"] == "booked"
    world.call("cancel_appointment", {"appointment_id": "1", "reason": EVERYTHING}, **facts)
    world.call("request_callback", {**person, "reason": EVERYTHING}, **facts)
    world.call("a_function_that_is_none", {EVERYTHING: EVERYTHING, **person}, **facts)
    world.faults(path="/v2/bookings", status=500, times=4)
    doubt = world.call(
        "book_appointment", {**person, **slot, "date": "2026-10-23", "time": "15:00"}, **facts
    )
    assert doubt["status"] == "pending"
    later[-1]["call"]["call_analysis"]["call_summary"] = EVERYTHING
    later[-1]["call"]["call_analysis"]["custom_analysis_data"] = {"name": NAME, "wunsch": STORY}
    for event in later:
        world.post("/api/webhooks/retell", event)
    world.post("/api/webhooks/retell", {"event": "call_of_no_kind", "call": {"who": EVERYTHING}})
    world.runtime.traces.flush()
    Worker(world.runtime, ()).round()
    world.app.extensions["askpro_costs"].flush()
    alerts.check(world.runtime)


@pytest.fixture
def anna(world: World, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(operators, "_hasher", operators.PasswordHasher(1, 8, 1))
    operators.invite(world.runtime, "anna", role="operator", company_id=None)
    operators.set_password(world.runtime, "anna", PASSWORD)
    client = world.client
    assert post(client, "/login", username="anna", password=PASSWORD).status_code == 303
    return client


def company_of_the_call(anna: FlaskClient) -> int:
    rows = anna.get(f"/panels/calls?q={CALL}&format=json").json["rows"]
    return int(rows[0]["company_id"])


def addresses(company_id: int) -> Iterator[str]:
    narrowed = f"company={company_id}&call_id={CALL}"
    for screen in SCREENS:
        path = screen.path.replace("<int:company_id>", str(company_id)).replace("<call_id>", CALL)
        yield f"{path}?lang=de"
        yield f"{path}?lang=en&company={company_id}"
    for name in PANELS:
        for shape in ("html", "json"):
            yield f"/panels/{name}?format={shape}"
            yield f"/panels/{name}?format={shape}&{narrowed}"
    for name in exports._LISTS:
        yield f"/export/{name}.csv"
    yield "/incident.json"
    yield f"/incident.json?{narrowed}"
    for query in ("error=any", "status=unknown_function", "q=766", "function=book_appointment"):
        yield f"/calls?{query}"


def shown(text: str) -> list[str]:
    """Of what is nobody's business, what the text shows, whatever its capitals and blanks."""
    plain = re.sub(r"\s+", " ", text.replace("<wbr>", "")).lower()
    return [each for each in NOBODYS if each.lower() in plain]


def test_who_tells_everything_is_shown_nowhere(world: World, anna: FlaskClient):
    company_id = company_of_the_call(anna)
    leaks = {}
    links: set[str] = set()
    for address in addresses(company_id):
        answer = anna.get(address, follow_redirects=True)
        bare = address.endswith(("format=html", "format=json"))  # No call is named.
        assert answer.status_code == 200 or bare, address
        links |= set(re.findall(r'href="(/act/[^"]+)"', answer.text))
        if shown(answer.text):
            leaks[address] = shown(answer.text)
    assert leaks == {}
    # The confirmations as well, with what each act would change.
    acted = {link.split("?")[0].removeprefix("/act/") for link in links}
    assert acted > {"booking_look", "callback_done", "events_replay", "company_mode"} & set(ACTS)
    for link in sorted(links):
        answer = anna.get(link.replace("&amp;", "&"))
        assert shown(answer.text) == [], link


def test_the_caller_was_really_there(world: World, anna: FlaskClient):
    """Without rows the test above would find nothing."""
    narrowed = f"company={company_of_the_call(anna)}&call_id={CALL}&format=json"
    call = anna.get(f"/panels/call?{narrowed}").json
    assert call["record"]["from_tail"] == "766"
    assert {each["state"] for each in call["appointments"]} >= {"confirmed", "unknown"}
    assert call["callbacks"]
    rows = anna.get(f"/panels/waterfall?{narrowed}").json["rows"]
    functions = {row["function"] for row in rows if row["what"] == "function"}
    assert functions >= {"book_appointment", "request_callback", "check_customer"}


@pytest.mark.parametrize(
    ("name", "said", "shown"),
    [
        ("date", "nächsten Mittwoch, den 25. November", "nächsten Mittwoch, den 25. November"),
        ("time", "um halb drei oder 14:30 Uhr", "um halb drei oder 14:30 Uhr"),
        ("datetime", "2026-11-25T14:30:00+01:00", "2026-11-25T14:30:00+01:00"),
        ("service", "Herrenschnitt", "Herrenschnitt"),
        ("service", "Herrenhaarschnitt bei Gundelrike", "Herrenhaarschnitt […]"),
        ("date", "morgen für Gundelrike Ochsenwadel", "morgen für […]"),
        ("time", "Kunigunde", "[…]"),
        ("priority", "urgent", "urgent"),
        ("priority", "Kunigunde", "[…]"),
        ("appointment_id", "4711", "4711"),
        ("duration", 45, 45),
        ("notes", "nichts", "[…]"),
        ("phone", PHONE, "[PII_REDACTED]"),
        ("date", ["Kunigunde"], "[…]"),
        ("date", "am 20.11., 14 Uhr 30", "am 20.11., 14 Uhr 30"),
        ("date", "Z987654321", "[…]"),
        ("date", "65 180539 W 003", "65 […]"),
        ("date", "0176_4069777", "[PHONE_REDACTED]"),
        ("date", "1.7.6.4.0.6.9.7.7.7", "[…]"),
        ("time", "01.51.23 45:67 89.10", "01.51.23 […]"),
        ("date", "13.10.26, 08:15 bis 24:00", "13.10.26, 08:15 bis 24:00"),
        ("date", "٠١٧٦٤٠٦٩٧٧٧", "[PHONE_REDACTED]"),
        ("date", "௦௧௭௬௪௦௬௯௭௭௭", "[…]"),
        ("date", "M.Ü.L.L.E.R", "[…]"),
        ("time", "80331 17", "[…] 17"),
        ("service", "Färben A123456789", "Färben […]"),
        ("service", "Herrenschnitt für Färber", "Herrenschnitt für […]"),
        ("max_alternatives", 1764069777, "[…]"),
        ("appointment_id", "uBKmgfmHfVPT4DEgb18HmB", "uBKmgfmHfVPT4DEgb18HmB"),
        ("appointment_id", "Kunigunde1961", "[…]"),
    ],
)
def test_of_an_argument_only_times_services_and_ids_are_shown(name: str, said: Any, shown: Any):
    assert shown_arguments({name: said}, ["Herrenhaarschnitt", "Färben"]) == {name: shown}
