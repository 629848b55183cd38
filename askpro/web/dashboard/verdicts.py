"""Said versus done: what each answer of a call promised, beside what the ledger has.

An answer that says "booked" must have its appointment, and an appointment must have been said.
Pure: rows in, marks out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_SAYS_BOOKED = frozenset({"booked", "requested"})
_STANDS = frozenset({"confirmed", "requested", "completed", "no_show"})
_IS_OVER = frozenset({"cancelled", "rejected"})
_MAY_STAND = frozenset({"wished", "sent", "unknown"})

Row = Mapping[str, Any]


def said_and_done(
    call_id: str, functions: Sequence[Row], appointments: Sequence[Row], callbacks: Sequence[Row]
) -> list[dict[str, Any]]:
    """One mark for each thing that was said or done: ``said``, ``done`` and whether they agree.

    ``appointments`` were booked in the call, or changed in it and booked in another one.
    """
    marks = []
    cancelled = sum(
        row["state"] in _IS_OVER and (row["call_id"] == call_id or row["changed_here"] == "cancel")
        for row in appointments
    )
    appointments = [row for row in appointments if row["call_id"] == call_id]
    said_booked = sum(row["status"] in _SAYS_BOOKED for row in functions)
    said_pending = sum(row["status"] == "pending" for row in functions)
    stands = sum(row["state"] in _STANDS or row["state"] == "rescheduled" for row in appointments)
    doubtful = sum(row["state"] in _MAY_STAND for row in appointments)
    ended = sum(row["state"] in _IS_OVER for row in appointments)
    said_cancelled = sum(row["status"] == "cancelled" for row in functions)
    # A booking that was cancelled since was done, too, and one in doubt may have been settled.
    done = stands + ended
    if said_booked or stands:
        # The model may ask twice for the same booking: what counts is whether, not how often.
        agrees = bool(said_booked or said_pending) == bool(done)
        marks.append(_mark("booking", said_booked, done, agrees))
    if said_pending or doubtful:
        marks.append(_mark("doubt", said_pending, doubtful, doubtful <= said_pending))
    if said_cancelled:
        marks.append(_mark("cancellation", said_cancelled, cancelled, bool(cancelled)))
    said_callback = sum(row["status"] == "recorded" for row in functions)
    if said_callback or callbacks:
        marks.append(
            _mark(
                "callback", said_callback, len(callbacks), len(callbacks) >= min(said_callback, 1)
            )
        )
    return marks


def _mark(what: str, said: int, done: int, agrees: bool) -> dict[str, Any]:
    return {"what": what, "said": said, "done": done, "agrees": agrees}
