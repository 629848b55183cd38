"""Flask-Limiter, in charge of every route: its storage, its defaults, its decorators.

What changes against the stock extension (4.1.1), and why:

- All limits of a request are evaluated together, in one script; stock takes up to eight round
  trips, and eats the smaller windows of a request that a larger one refuses. To do so
  ``_Limiter__evaluate_limits`` is overridden, a private name: the version is pinned, and a test
  fails when the name goes away.
- Routes under /api are counted by their views, through ``guards.limits``, once it is known who
  asks: before that, a forged call id could use up a real call's requests. What no view counted, a
  wrong path or a health check, is counted by address in this worker's memory, touches nothing else
  and is never refused.
- The headers are written here: stock sends ``Retry-After`` on every answer.
"""

from __future__ import annotations

import ipaddress
from typing import Any, cast

from flask import Flask, Response, request
from flask_limiter import Limit as RouteLimit
from flask_limiter import Limiter, RequestLimit
from limits.errors import ConfigurationError
from limits.storage.base import Storage
from limits.util import WindowStats

from askpro.guards.call_limits import CallLimits, quoted, verdict
from askpro.guards.limit_rules import Limit, Page
from askpro.guards.redis_link import RedisGone

_API = "/api"


def client_address() -> str:
    """Whose requests are counted together. An IPv6 client has a whole /64 to itself.

    Right behind proxies because ProxyFix believes as many of them as ``TRUSTED_PROXIES`` says.
    """
    address = request.remote_addr or "unix"
    if ":" in address:
        try:
            return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
        except ValueError:
            return address
    return address


class ApiLimiter(Limiter):
    """Made by :func:`init_limiter`; ``limiter.limit("10/minute")`` decorates pages as usual."""

    def __init__(self, limits: CallLimits, default: str) -> None:
        self._limits = limits
        super().__init__(
            client_address,
            default_limits=[RouteLimit(default, scope="pages", shared=True)],
            strategy="fixed-window",
            storage_uri="askpro://",
            storage_options=cast(Any, {"limits": limits}),
            headers_enabled=False,
        )

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        if in_middleware and request.path.startswith(_API):
            return
        super()._check_request_limit(callable_name, in_middleware)

    def _Limiter__evaluate_limits(self, endpoint: str, limits: list[Any]) -> None:
        pages: dict[str, list[Limit]] = {}
        for each in limits:
            if each.is_exempt or each.method_exempt:
                continue
            if each.deduct_when or each.meta_limits or each.deduction_amount != 1:
                raise ConfigurationError("deduct_when, meta_limits and cost are not counted here")
            # Stock skips a limit whose key is empty; nobody in particular is somebody as well.
            key = quoted(each.key_func() or "nobody")
            scope = quoted(each.scope_for(endpoint, request.method))
            item = each.limit
            limit = Limit(str(item), "address", item.amount, item.get_expiry() * 1000)
            pages.setdefault(f"page:{scope}:{key}", []).append(limit)
        if not pages:
            return
        self._limits.check_pages(
            [Page(key, tuple(of_page)) for key, of_page in pages.items()], endpoint
        )
        said = verdict.get()
        if said is not None:
            shown = RequestLimit(self, limits[0].limit, ["askpro"], False, limits[0].shared)
            shown._window = WindowStats(said.reset - 1, said.remaining)
            self.context.view_rate_limit = shown
            self.context.view_rate_limits = [shown]


class GuardStorage(Storage):
    """What Flask-Limiter calls its storage: Redis where there is one, else this worker's memory."""

    STORAGE_SCHEME = ["askpro"]  # noqa: RUF012  (the class of limits declares a plain list)

    def __init__(self, uri: str, *, limits: CallLimits, **options: Any) -> None:
        super().__init__(uri, **options)
        self._limits = limits

    @property
    def base_exceptions(self) -> type[Exception]:
        return RedisGone

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError("requests are counted together, by ApiLimiter")

    def get(self, key: str) -> int:
        return max((count for count, _ in self._limits.read(key).values()), default=0)

    def get_expiry(self, key: str) -> float:
        return max((ends for _, ends in self._limits.read(key).values()), default=0.0)

    def check(self) -> bool:
        """Whether all workers count together: Redis answers, or there is one worker only."""
        return self._limits.counts_together

    def reset(self) -> int | None:
        """Never: it would clear every company's limits, and the calls' own, in one stroke."""
        raise NotImplementedError("limits are cleared one by one: flask limits clear")

    def clear(self, key: str) -> None:
        self._limits.forget(key)


def init_limiter(app: Flask, limits: CallLimits, *, default: str) -> ApiLimiter:
    """Puts the limiter in charge of ``app``; before any blueprint. ``default`` as in "600/minute":
    what an address may ask of pages that neither decorate themselves nor count themselves."""

    @app.before_request
    def begin() -> None:
        verdict.set(None)

    @app.after_request
    def put_headers(response: Response) -> Response:
        if verdict.get() is None and request.path.startswith(_API):
            limits.note_address(client_address())
        said = verdict.get()
        if said is not None:
            response.headers["X-RateLimit-Limit"] = str(said.limit)
            response.headers["X-RateLimit-Remaining"] = str(said.remaining)
            response.headers["X-RateLimit-Reset"] = str(said.reset)
        return response

    limiter = ApiLimiter(limits, default)
    limiter.init_app(app)
    return limiter
