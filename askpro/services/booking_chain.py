"""The uids of one appointment. A booking that moves gets a new uid each time and names its old one.

Knows how the uids hang together; what events say of each is :mod:`askpro.services.booking_facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from askpro.services import booking_facts
from askpro.store.models import BookingUid

#: A chain longer than that is a fault at Cal.com's side; it is followed no further.
_LONGEST = 500


@dataclass(frozen=True)
class Chain:
    """All known uids of one appointment. ``root`` is the first one, perhaps known by name only;
    ``moves`` counts the steps from it to the ``tip``, under which the appointment stands."""

    links: Mapping[str, BookingUid]
    tip: BookingUid
    root: str
    moves: int

    @property
    def uids(self) -> set[str]:
        """Cal.com's own uids, without seats."""
        return {place.partition("/")[0] for place in (*self.links, self.root)}


def chain_of(session: Session, company_id: int, place: str) -> Chain:
    """Every uid that is connected with ``place``, which must be known already."""
    links: dict[str, BookingUid] = {}
    asked: set[str] = set()
    wanted = {place}
    while wanted and len(links) < _LONGEST:
        asked |= wanted
        found = session.scalars(
            select(BookingUid).where(
                BookingUid.company_id == company_id,
                or_(BookingUid.uid.in_(wanted), BookingUid.previous.in_(wanted)),
            )
        ).all()
        links.update((link.uid, link) for link in found)
        wanted = {name for link in found for name in (link.uid, link.previous) if name} - asked
    return _chain(links)


def _chain(links: dict[str, BookingUid]) -> Chain:
    replaced = {link.previous for link in links.values()}
    ends = [link for link in links.values() if link.uid not in replaced]
    # Without an end it is a circle, which only a fault at Cal.com's side can draw.
    tip = max(ends or links.values(), key=_latest)
    root, passed = tip.uid, {tip.uid}
    while (link := links.get(root)) is not None and link.previous:
        if link.previous in passed:
            break
        root = link.previous
        passed.add(root)
    return Chain(links, tip, root, len(passed) - 1)


def _latest(link: BookingUid) -> tuple[booking_facts.Stamp, str]:
    return (booking_facts.last_word(link.facts), link.uid)
