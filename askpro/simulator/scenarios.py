"""What callers want and how the talk goes: every scenario is a scene with one telephone line.

A scene reacts to what the gateway answers as a voice agent would, so it works against any world
and at any hour. It returns one word for how the call ended: ``booked``, ``requested``,
``cancelled``, ``rescheduled``, ``answered``, ``callback``, ``abandoned`` or ``nothing``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from askpro.simulator.agent import (
    book,
    book_quietly,
    booking_args,
    break_calendar,
    ended,
    greet,
    in_days,
    next_free,
    offer_next,
    second_service,
    settle,
    wall_clock,
)
from askpro.simulator.cast import Person
from askpro.simulator.line import Line

Scene = Callable[[Line], str]
ANONYMOUS = Person("Unbekannt", "anonymous")


@dataclass(frozen=True)
class Scenario:
    """``weight`` is how often it comes up in made-up traffic; 0 = only when asked for."""

    name: str
    about: str
    scene: Scene
    weight: int = 0
    web: bool = False
    anonymous: bool = False
    known: bool = False
    other_company: bool = False


SCENARIOS: dict[str, Scenario] = {}


def _scenario(name: str, about: str, **more: Any) -> Callable[[Scene], Scene]:
    def remember(scene: Scene) -> Scene:
        SCENARIOS[name] = Scenario(name, about, scene, **more)
        return scene

    return remember


# -- booking ----------------------------------------------------------------------------------


@_scenario("book_tomorrow", "Asks for tomorrow at ten and takes what is offered.", weight=24)
def book_tomorrow(line: Line) -> str:
    service = line.company.usual_service
    greet(line)
    line.says(f"Guten Tag, {line.caller.last_name}. Geht morgen um zehn etwas? {service}, bitte.")
    found = line.function(
        "check_availability", dienstleistung=service, datum="morgen", uhrzeit="10 Uhr"
    )
    return settle(line, service, found)


@_scenario("check_then_book", "Asks what is free on a day, chooses a time and books.", weight=18)
def check_then_book(line: Line) -> str:
    service = second_service(line)
    greet(line)
    line.says(f"Hallo, was haben Sie denn übermorgen noch frei? Es geht um {service}.")
    listed = line.function("check_availability", service=service, date="übermorgen")
    line.agent(listed.message or "Das kann ich gerade nicht sehen.")
    slots = listed.fields.get("slots") or listed.alternatives
    if not slots:
        return offer_next(line, service)
    wish = wall_clock(slots[-1]["time"])
    line.says(f"Dann nehme ich {slots[-1].get('spoken', 'den letzten')}.")
    found = line.function("check_availability", service=service, **wish)
    return settle(line, service, found)


@_scenario(
    "slot_taken_takes_alternative",
    "Wants a time that another caller has just booked and takes an alternative.",
    weight=12,
)
def slot_taken_takes_alternative(line: Line) -> str:
    service = line.company.usual_service
    taken = book_quietly(line.neighbour(Person("Nina Nachbar", "+4917604069099")), service)
    greet(line)
    line.says("Guten Tag, ich möchte genau den Termin, den meine Freundin eben bekommen hat.")
    wish = wall_clock(taken) if taken else {"date": "morgen", "time": "10:00"}
    found = line.function("check_availability", service=service, **wish)
    return settle(line, service, found)


@_scenario(
    "unclear_date", "Names no day at all and takes the first time that is offered.", weight=10
)
def unclear_date(line: Line) -> str:
    service = line.company.usual_service
    greet(line)
    line.says("Ich bräuchte irgendwann demnächst mal einen Termin, wann's halt passt.")
    found = line.function("check_availability", service=service, date="irgendwann demnächst")
    if found.status == "ask":
        line.agent(found.message)
        line.says("Ach so, ja: in einer Woche, am Vormittag um elf.")
        found = line.function(
            "check_availability", service=service, date="heute in einer Woche", time="11 Uhr"
        )
    return settle(line, service, found)


@_scenario("english_args", "The model fills the arguments in English and adds a call id.", weight=6)
def english_args(line: Line) -> str:
    service = line.company.usual_service
    greet(line)
    day = in_days(line, 1)
    line.says("Hello, äh, guten Tag, can I come in on the next working day at two p.m.?")
    found = line.function(
        "check_availability",
        call_id="current",
        service=service,
        date=day,
        time="14:00",
        duration=30,
    )
    return settle(line, service, found, english=True)


@_scenario("twice_same_function", "The same booking arrives three times and books once.", weight=6)
def twice_same_function(line: Line) -> str:
    service = line.company.usual_service
    greet(line)
    line.says("Den nächsten freien Termin bitte.")
    free = next_free(line, service)
    if free is None:
        return "nothing"
    args = booking_args(line, service, free)
    first = line.function("book_appointment", **args)
    again = line.same_again()
    reworded = line.function("book_appointment", **args, notes="Bitte kurz vorher anrufen")
    line.agent(first.message)
    ids = {s.fields.get("appointment_id") for s in (first, again, reworded) if s.status == "booked"}
    line.says("Ja, danke." if len(ids) <= 1 else "Moment, habe ich jetzt mehrere Termine?")
    return ended(first)


@_scenario(
    "collect", "Checks first without confirming, then confirms with the same function.", weight=8
)
def collect(line: Line) -> str:
    service = line.company.usual_service
    greet(line)
    line.says("Einen Termin bitte, am liebsten morgen um elf.")
    name = line.caller.name
    wish = {"dienstleistung": service, "datum": "morgen", "uhrzeit": "11:00", "name": name}
    found = line.function("collect_appointment", **wish, bestaetigung=False)
    if found.status == "available":
        line.agent(found.message)
        line.says("Ja, bitte eintragen.")
        found = line.function("collect_appointment", **wish, bestaetigung=True)
        line.agent(found.message)
        return ended(found)
    return settle(line, service, found)


@_scenario("anonymous", "A suppressed number books as a new customer.", weight=5, anonymous=True)
def anonymous(line: Line) -> str:
    service = line.company.usual_service
    greet(line)
    line.says("Guten Tag. Meine Nummer ist unterdrückt, geht das trotzdem?")
    who = line.function("check_customer")
    line.agent(who.message or "Natürlich. Wie ist Ihr Name?")
    line.says("Kessler, Marion Kessler. Morgen um zwölf bitte.")
    found = line.function("check_availability", service=service, date="morgen", time="12:00")
    return settle(line, service, found, name="Marion Kessler", email="marion.kessler@example.com")


@_scenario("web_call", "Somebody calls from the website: no numbers at all.", weight=5, web=True)
def web_call(line: Line) -> str:
    service = line.company.usual_service
    greet(line)
    line.says("Hallo, hört mich jemand? Was bieten Sie denn an?")
    services = line.function("list_services")
    line.agent(services.message)
    line.says(f"Dann {service}, so bald wie möglich.")
    free = next_free(line, service)
    if free is None:
        return "nothing"
    return book(line, service, free, email="web.besuch@example.org")


@_scenario(
    "other_company", "The same caller rings the other company.", weight=6, other_company=True
)
def other_company(line: Line) -> str:
    service = line.company.usual_service
    greet(line)
    line.says(f"Guten Tag, {service} bitte, nächste Woche vormittags.")
    free = next_free(line, service, after=in_days(line, 5))
    if free is None:
        return "nothing"
    return book(line, service, free)


# -- what stands already ----------------------------------------------------------------------


@_scenario("cancel", "Cancels an appointment made in an earlier call.", weight=9)
def cancel(line: Line) -> str:
    service = line.company.usual_service
    start = book_quietly(line.neighbour(line.caller), service)
    greet(line)
    line.says("Guten Tag, ich muss meinen Termin leider absagen.")
    wish = {"date": wall_clock(start)["date"]} if start else {}
    gone = line.function("cancel_appointment", **wish, reason="verreist")
    if gone.status in ("which_one", "ask") and start:
        line.agent(gone.message)
        spoken = wall_clock(start)
        line.says(f"Den um {spoken['time']} Uhr.")
        gone = line.function(
            "cancel_appointment", date=spoken["date"], time=spoken["time"], reason="verreist"
        )
    line.agent(gone.message)
    line.says("Danke, auf Wiederhören.")
    return "cancelled" if gone.status == "cancelled" else "nothing"


@_scenario("reschedule", "Moves an appointment made in an earlier call.", weight=9)
def reschedule(line: Line) -> str:
    service = line.company.usual_service
    start = book_quietly(line.neighbour(line.caller), service)
    greet(line)
    line.says("Ich müsste meinen Termin verschieben, geht es eine Woche später?")
    if start is None:
        missing = line.function("query_appointment")
        line.agent(missing.message)
        return "nothing"
    later = datetime.fromisoformat(start) + timedelta(days=7)
    wish = {
        "old_date": wall_clock(start)["date"],
        "old_time": wall_clock(start)["time"],
        "new_date": later.date().isoformat(),
        "new_time": f"{later:%H:%M}",
        "reason": "Arzttermin",
    }
    moved = line.function("reschedule_appointment", **wish)
    for _ in range(2):
        if moved.status == "unavailable" and moved.alternatives:
            line.agent(moved.message)
            line.says("Ja, das erste davon passt auch.")
            other = wall_clock(moved.alternatives[0]["time"])
            wish |= {"new_date": other["date"], "new_time": other["time"]}
        elif moved.status == "ready":
            line.agent(moved.message)
            line.says("Ja, bitte so machen.")
        else:
            break
        moved = line.function("reschedule_appointment", **wish)
    line.agent(moved.message)
    line.says("Prima, vielen Dank.")
    return "rescheduled" if moved.status == "rescheduled" else "nothing"


@_scenario("when_is_mine", "A known customer asks for the own appointment.", weight=6, known=True)
def when_is_mine(line: Line) -> str:
    greet(line)
    line.says("Wann war noch mal mein Termin bei Ihnen?")
    line.function("check_customer")
    found = line.function("query_appointment")
    line.agent(found.message)
    line.says("Ach ja, danke.")
    return "answered" if found.status in ("found", "none") else "nothing"


# -- no appointment ---------------------------------------------------------------------------


@_scenario("list_services", "Asks what there is and what it costs.", weight=8)
def list_services(line: Line) -> str:
    greet(line)
    line.says("Was kostet das denn bei Ihnen, und was machen Sie alles?")
    found = line.function("list_services")
    line.agent(found.message)
    line.says("Gut zu wissen, ich überlege es mir. Wiederhören.")
    return "answered" if found.status == "found" else "nothing"


@_scenario("opening_hours", "Asks only when there is somebody.", weight=5)
def opening_hours(line: Line) -> str:
    greet(line)
    line.says("Bis wann haben Sie heute offen?")
    found = line.function("current_context")
    today = found.fields.get("weekday")
    hours = [h for h in found.fields.get("opening_hours") or [] if h.get("weekday") == today]
    spoken = " und ".join(f"von {h.get('from')} bis {h.get('to')}" for h in hours)
    line.agent(f"Heute haben wir {spoken} geöffnet." if spoken else "Heute ist geschlossen.")
    line.says("Danke schön.")
    return "answered" if found.status == "ok" else "nothing"


@_scenario("hang_up_early", "Hangs up while the calendar is being looked at.", weight=6)
def hang_up_early(line: Line) -> str:
    greet(line)
    line.says("Ja hallo, haben Sie morgen Nachmittag … oh, Entschuldigung, es klingelt.")
    line.function(
        "check_availability",
        service=line.company.usual_service,
        date="morgen",
        time="nachmittags",
    )
    return "abandoned"


@_scenario("callback_when_down", "The calendar is down; the caller asks to be called back.")
def callback_when_down(line: Line) -> str:
    service = line.company.usual_service
    break_calendar(line, {"status": 503, "path": "/v2/slots"})
    try:
        greet(line)
        line.says("Ich hätte gern in zwölf Tagen um drei einen Termin.")
        found = line.function(
            "check_availability", service=service, date=in_days(line, 12), time="15:00"
        )
        line.agent(found.message or "Der Kalender antwortet mir gerade nicht.")
        line.says("Dann rufen Sie mich doch bitte zurück, am besten nachmittags.")
        noted = line.function(
            "request_callback",
            name=line.caller.name,
            phone=line.caller.number,
            window="nachmittags",
            reason=f"Termin für {service}",
        )
        line.agent(noted.message)
        line.says("Danke, bis dann.")
        return "callback" if noted.status == "recorded" else "nothing"
    finally:
        break_calendar(line, {"mode": "ok", "path": "/v2/slots"})
