"""Said versus done: what the agent said to be done, against what the ledger shows for the call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from askpro.booking.transcript.facts import Action, Confirmation, Facts, Slot

#: A moved appointment is often said to be "eingetragen", so both count as made.
_KIND = {"booked": "made", "rescheduled": "made", "requested": "made", "cancelled": "cancelled"}


@dataclass(frozen=True)
class Done:
    """A change that stands in the ledger: ``start`` is an aware instant, None where unknown."""

    action: Literal["booked", "requested", "rescheduled", "cancelled"]
    start: datetime | None = None


@dataclass(frozen=True)
class Discrepancy:
    """Something an operator must look at.

    ``said_not_done``: spoken of as done, and nothing stands there. ``done_not_said``: it stands
    there, and nobody told the caller. ``other_time``: done, but for another time than was said.
    """

    kind: Literal["said_not_done", "done_not_said", "other_time"]
    action: Action | Literal["requested"]
    said: Slot | None = None
    done: Done | None = None


def said_versus_done(facts: Facts, done: Sequence[Done], zone: ZoneInfo) -> tuple[Discrepancy, ...]:
    """Every confirmation without its change, and every change without its confirmation.

    ``done`` are the changes made during the call; ``zone`` is the branch's. A change that awaits
    the business's own confirmation needs no word of success.
    """
    found: list[Discrepancy] = []
    for kind in ("made", "cancelled"):
        said = [each for each in facts.confirmations if _KIND[each.action] == kind]
        made = [each for each in done if _KIND[each.action] == kind]
        if said and not made:
            found.append(Discrepancy("said_not_done", said[-1].action, said[-1].slot))
        elif said and made:
            found += _at_other_times(said[-1], made, zone)
        elif made:
            found += [
                Discrepancy("done_not_said", each.action, done=each)
                for each in made
                if each.action != "requested"
            ]
    return tuple(found)


def _at_other_times(said: Confirmation, made: Sequence[Done], zone: ZoneInfo) -> list[Discrepancy]:
    if said.slot is None or any(_is_at(each, said.slot, zone) for each in made):
        return []
    return [Discrepancy("other_time", said.action, said.slot, made[-1])]


def _is_at(done: Done, slot: Slot, zone: ZoneInfo) -> bool:
    if done.start is None:
        return True
    local = done.start.astimezone(zone)
    same_day = local.date() == slot.date
    return same_day and (slot.time is None or local.time().replace(second=0) == slot.time)
