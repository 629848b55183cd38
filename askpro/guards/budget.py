"""The requests of one Cal.com account in a sliding window, counted inside this worker.

Cal.com allows 120 requests in 60 s per key, then blocks the key for 60 s and suspends accounts that
go on (calcom.md §6). Counted is when a circuit gives a permit; scripts/permit.lua does the same in
Redis.
"""

from __future__ import annotations

from collections import deque

from askpro.guards.permits import CircuitRules, Kind


class SlidingBudget:
    """Times are seconds of one monotonic clock, handed in. Not safe for threads: whoever owns it
    holds a lock."""

    __slots__ = ("_blocked_until", "_granted", "_granted_until", "_in_flight", "_sent", "rules")

    def __init__(self, rules: CircuitRules) -> None:
        self.rules = rules
        # In flight: token and the end of its lease, oldest first. Sent: when each one ended. A
        # request counts from before it leaves until a window after it ended, so that no delay on
        # the wire can put more of them into one of Cal.com's windows.
        self._in_flight: dict[int | str, float] = {}
        self._sent: deque[float] = deque()
        self._blocked_until = 0.0
        self._granted: int | None = None
        self._granted_until = 0.0

    def used(self, now: float) -> int:
        sent, oldest = self._sent, now - self.rules.window_seconds
        while sent and sent[0] <= oldest:
            sent.popleft()
        if self._in_flight:
            token, end = next(iter(self._in_flight.items()))
            while end <= now:
                del self._in_flight[token]
                self._note(end)
                if not self._in_flight:
                    break
                token, end = next(iter(self._in_flight.items()))
        return len(sent) + len(self._in_flight)

    def wait(self, kind: Kind, now: float) -> float:
        """Seconds until a request of that kind may leave; 0.0 = now."""
        if self._blocked_until > now:
            return self._blocked_until - now
        rules = self.rules
        reserve = rules.reserves[kind]
        granted = self.granted(now)
        if granted is not None and granted <= reserve:
            return self._granted_until - now
        left = rules.requests - self.used(now)
        if left > reserve:
            return 0.0
        over = reserve - left
        if over < len(self._sent):
            return max(self._sent[over] + rules.window_seconds - now, 0.001)
        return rules.window_seconds

    def take(self, token: int | str, now: float) -> int:
        """Counts one that leaves now; how many are left after it."""
        left = self.rules.requests - self.used(now) - 1
        self._in_flight[token] = now + self.rules.lease_seconds
        if self._granted is not None:
            self._granted -= 1
            left = min(left, self._granted)
        return left

    def settle(self, token: int | str, now: float, *, sent: bool) -> None:
        """It came back; one that never left is given back."""
        if self._in_flight.pop(token, None) is not None and sent:
            self._note(now)

    def note(self, now: float) -> None:
        """Counts one that was permitted elsewhere."""
        self.used(now)
        self._note(now)

    def _note(self, moment: float) -> None:
        if self._sent and moment < self._sent[-1]:
            moment = self._sent[-1]
        self._sent.append(moment)

    def block(self, until: float) -> None:
        """Cal.com answered 429: nothing leaves before ``until``."""
        self._blocked_until = max(self._blocked_until, until)

    def blocked(self, now: float) -> float:
        return max(self._blocked_until - now, 0.0)

    def grant(self, left: int, until: float, now: float) -> None:
        """Cal.com says that ``left`` requests remain until then: others use the key as well."""
        known = self.granted(now)
        if known is None or left < known:
            self._granted, self._granted_until = left, until

    def granted(self, now: float) -> int | None:
        if self._granted is not None and self._granted_until <= now:
            self._granted = None
        return self._granted
