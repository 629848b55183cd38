"""The people at the counter of a simulated business: they keep the book from filling up.

Callers of a demonstration book faster than days go by. Now and then somebody at the business
cancels what was booked first, on Cal.com's own page: the gateway hears of it by webhook.
"""

from __future__ import annotations

from collections import Counter

import requests

_REASON = "Der Betrieb musste absagen"


def make_room(calcom_url: str, keep: int) -> int:
    """Cancel, for each account, what callers booked first beyond ``keep``. Returns how many.

    Raises requests.RequestException when the simulator can't be reached.
    """
    answer = requests.get(f"{calcom_url}/_sim/bookings", params={"status": "accepted"}, timeout=5)
    answer.raise_for_status()
    booked = [b for b in answer.json()["bookings"] if b["metadata"].get("gw_key")]
    booked.sort(key=lambda b: str(b["createdAt"]))
    left = Counter(str(b["account"]) for b in booked)
    cancelled = 0
    for booking in booked:
        account = str(booking["account"])
        if left[account] <= keep:
            continue
        left[account] -= 1
        wish = {"uid": booking["uid"], "action": "cancel", "reason": _REASON}
        done = requests.post(f"{calcom_url}/_sim/bookings", json=wish, timeout=5)
        cancelled += done.ok
    return cancelled
