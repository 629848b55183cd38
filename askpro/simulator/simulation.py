"""One simulated Cal.com: world, calendars, keys, limits, faults and webhooks in one object.

Knows how they are put together; refuses to know HTTP (:mod:`askpro.simulator.calcom`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from askpro.clock import Clock
from askpro.simulator import webhook_bodies
from askpro.simulator.bookings import Booking
from askpro.simulator.calendar import Calendar
from askpro.simulator.faults import Faults
from askpro.simulator.throttle import RequestBook, Throttle
from askpro.simulator.webhooks import Subscriber, Webhooks
from askpro.simulator.world import Account, EventType, World, build_world

PLATFORM = Account(
    id=50000,
    username="askpro-platform",
    name="AskPro Plattform",
    email="plattform@askpro.example.com",
    zone=ZoneInfo("Europe/Berlin"),
    schedule_id=87999,
)


@dataclass(frozen=True)
class Actor:
    """Who asks: the platform (sees all), one account (sees its own), or nobody in particular."""

    name: str
    account: Account | None = None
    platform: bool = False

    @property
    def signed_in(self) -> bool:
        return self.account is not None

    def may_see(self, account: Account) -> bool:
        return self.platform or (self.account is not None and self.account.id == account.id)

    def may_book(self, kind: EventType) -> bool:
        """Booking is public; a tenant's key is held to its own types (wire.md §9)."""
        return not self.signed_in or self.may_see(kind.account)


ANONYMOUS = Actor("anonymous")


@dataclass(frozen=True)
class SimulatorSettings:
    """``calcom_api_key`` None: any ``cal_…`` key that is no tenant's own is the platform's."""

    calcom_api_key: str | None = None
    webhook_secret: str | None = None
    subscribers: tuple[str, ...] = ()
    requests_per_minute: int = 120
    slots_cache_seconds: float = 0.0


class Simulation:
    """The whole state of a running simulator."""

    def __init__(
        self, world: Mapping[str, Any], clock: Clock, settings: SimulatorSettings | None = None
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self.clock = clock
        self.throttle = Throttle(self.settings.requests_per_minute)
        self.book = RequestBook()
        self.faults = Faults()
        self.webhooks = Webhooks()
        self.slots_cache_seconds = self.settings.slots_cache_seconds
        self.slots_cache: dict[str, tuple[float, Any]] = {}
        self.calendar = Calendar(build_world(world), clock, self._changed)
        self._learn_keys()
        self._cli_subscribers()

    @property
    def world(self) -> World:
        return self.calendar.world

    def seed(self, world: Mapping[str, Any]) -> None:
        """Start over from another world. KeyError or ValueError when it is not one."""
        self.calendar.reset(build_world(world))
        self._learn_keys()
        self._cli_subscribers()
        self._forget()

    def reset(self) -> None:
        """Back to the first day: bookings, faults, limits and the request book."""
        self.calendar.reset()
        self.throttle.per_minute = self.settings.requests_per_minute
        self.slots_cache_seconds = self.settings.slots_cache_seconds
        self.webhooks.copies, self.webhooks.delay_ms = 1, 0.0
        self.webhooks.awaited = False
        self.webhooks.paused.clear()
        self._forget()

    def _forget(self) -> None:
        self.faults.clear()
        self.throttle.forget()
        self.book.forget()
        self.slots_cache.clear()

    def actor(self, key: str | None) -> Actor | None:
        """Whose key this is; None when it is nobody's."""
        if key is None:
            return ANONYMOUS
        if key in self._accounts_by_key:
            account = self._accounts_by_key[key]
            return Actor(account.username, account)
        platform_key = self.settings.calcom_api_key
        if key == platform_key or (platform_key is None and key.startswith("cal_")):
            return Actor("platform", PLATFORM, platform=True)
        return None

    def _learn_keys(self) -> None:
        self._accounts_by_key = {a.api_key: a for a in self.world.accounts if a.api_key}

    def _cli_subscribers(self) -> None:
        secrets = {a.id: a.webhook_secret for a in self.world.accounts if a.webhook_secret}
        for number, url in enumerate(self.settings.subscribers):
            self.webhooks.subscribe(
                Subscriber(
                    url,
                    self.settings.webhook_secret,
                    secrets_by_account=secrets,
                    id=f"command-line-{number}",
                )
            )

    def _changed(self, trigger: str, row: Booking, extras: Mapping[str, Any]) -> None:
        account = row.event_type.account
        body = webhook_bodies.body(trigger, row, extras, self.clock.now())
        self.webhooks.send(trigger, account.id, row.uid, body)

    def meeting(self, trigger: str, row: Booking) -> None:
        """Cal.com's cron: MEETING_STARTED or MEETING_ENDED of one booking."""
        self._changed(trigger, row, {})

    def ping(self) -> None:
        for account in self.world.accounts[:1]:
            self.webhooks.send("PING", account.id, "", webhook_bodies.ping(self.clock.now()))
