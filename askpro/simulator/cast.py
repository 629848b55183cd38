"""Who is on the phone: the companies of a world, and made-up people from film numbers."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_FIRST = (
    "Anna", "Bastian", "Cemile", "Doris", "Emre", "Friederike", "Günther", "Hülya", "Ingo",
    "Jördis", "Karl-Heinz", "Lena", "Mirko", "Nadja", "Özlem", "Paula", "Quirin", "Rüdiger",
    "Sabine", "Thure", "Ute", "Vanessa", "Wenzel", "Xenia", "Yannick", "Zoë",
)  # fmt: skip
_LAST = (
    "Ackermann", "Böttcher", "Çelik", "Dreyßig", "Ebeling", "Fährmann", "Grünewald", "Hußlein",
    "Ihßen", "Jäger", "Köster", "Lüdemann", "Müller-Lüdenscheidt", "Nußbaum", "Oßwald", "Pfründer",
    "Quäck", "Rößler", "Süßmilch", "Tränkle", "Überreiter", "Vogelsang", "Weißhaupt", "Yıldız",
    "Zwölfer",
)  # fmt: skip
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ç": "c", "ı": "i", "ë": "e"})


@dataclass(frozen=True)
class Person:
    """A caller. ``number`` "anonymous" = suppressed; ``email`` None = gives none."""

    name: str
    number: str
    email: str | None = None

    @property
    def last_name(self) -> str:
        return self.name.rpartition(" ")[2]


@dataclass(frozen=True)
class Company:
    """A business as its callers know it. ``services`` go by phone, the usual one first.

    ``retell_key`` is its own; without one the platform's signs its calls (wire.md §10, Keys).
    """

    key: str
    business: str
    number: str
    agent_id: str
    agent_version: int
    services: tuple[str, ...]
    customers: tuple[Person, ...] = ()
    retell_key: str | None = field(default=None, repr=False)

    @property
    def usual_service(self) -> str:
        return self.services[0]


def companies_of(world: Mapping[str, Any]) -> list[Company]:
    """The companies of a world (wire.md §9) that have a number and something to book."""
    found = []
    for tenant in world["tenants"]:
        kinds = [k for k in tenant.get("event_types", ()) if _by_phone(k)]
        numbers = [tenant.get("to_number"), *(b.get("to_number") for b in _branches(tenant))]
        number = next((n for n in numbers if n), None)
        if not kinds or not number:
            continue
        kinds.sort(key=lambda k: not k.get("is_default"))
        found.append(
            Company(
                key=str(tenant.get("id") or tenant.get("key") or tenant.get("slug")),
                business=tenant["business"],
                number=number,
                agent_id=tenant.get("retell_agent_id") or "agent_of_nobody",
                agent_version=int(tenant.get("agent_version") or 1),
                services=tuple(k["title"] for k in kinds),
                customers=tuple(
                    Person(c["name"], c["phone"], c.get("email"))
                    for c in tenant.get("customers", ())
                    if c.get("phone")
                ),
                retell_key=tenant.get("retell_api_key"),
            )
        )
    return found


def _branches(tenant: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return tenant.get("branches") or ()


def _by_phone(kind: Mapping[str, Any]) -> bool:
    needs_form = any(field.get("required") for field in kind.get("fields", ()))
    return not (kind.get("recurring") or kind.get("hidden") or needs_form)


def company_named(companies: Iterable[Company], wanted: str) -> Company | None:
    """By key, number or a part of the business's name."""
    low = wanted.casefold()
    for company in companies:
        if low in (company.key.casefold(), company.number) or low in company.business.casefold():
            return company
    return None


def made_up_person(dice: random.Random) -> Person:
    """Somebody with a number from the German range for film and television (0176 04069 …)."""
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    plain = f"{first}.{last}".lower().translate(_PLAIN)
    mail = f"{plain}@example.com" if dice.random() < 0.6 else None
    return Person(f"{first} {last}", f"+4917604069{dice.randrange(100, 1000)}", mail)
