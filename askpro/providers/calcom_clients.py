"""The clients of a process: one per Cal.com account, so that each account has one pool."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from askpro.clock import Clock
from askpro.providers.calcom import CalcomClient
from askpro.providers.calcom_transport import Attempt, CalcomAccount, Circuit
from askpro.settings import Settings

#: Accounts whose connections are kept; of the others the longest unused is forgotten.
_MOST_ACCOUNTS = 256


class CalcomClients:
    """``circuit_of`` gives the circuit of an account's name; a new key makes a new client."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        circuit_of: Callable[[str], Circuit],
        observer: Callable[[Attempt], None] | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._circuit_of = circuit_of
        self._observer = observer
        self._made = lru_cache(maxsize=_MOST_ACCOUNTS)(self._make)

    def of(self, account: CalcomAccount) -> CalcomClient:
        """The client of ``account``, made on first use."""
        return self._made(account)

    def _make(self, account: CalcomAccount) -> CalcomClient:
        return CalcomClient(
            account,
            self._settings,
            self._clock,
            circuit=self._circuit_of(account.name),
            observer=self._observer,
        )
