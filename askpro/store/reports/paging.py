"""Pages by key: the last page of a million rows costs what the first one does.

A list is read along an index on (instant, id), newest first, and a page begins after the last row
of the one before. Nothing is counted and nothing is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, and_, literal, or_
from sqlalchemy.orm import Session

PAGE = 50
#: What an export takes at once.
MOST_EXPORTED = 10_000

Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Place:
    """Between two rows: the page goes on from here, to older rows or (``newer``) to newer ones."""

    at: datetime
    id: int
    newer: bool = False


@dataclass(frozen=True)
class Page:
    """Rows, newest first, and the places before and after them; None where there is nothing."""

    rows: list[dict[str, Any]]
    newer: Place | None = None
    older: Place | None = None


def page(
    session: Session,
    query: Query,
    at: Any,
    id_: Any,
    place: Place | None = None,
    *,
    size: int = PAGE,
) -> Page:
    """The page at ``place``; one row more than shown is read to know whether there is another.

    ``at`` and ``id_`` are the columns of the index; ``query`` selects both.
    """
    backwards = place is not None and place.newer
    if place is not None:
        # From an address: it may name an id that the column is too narrow for.
        last = literal(place.id, BigInteger)
        # Two conditions, because databases find the place in the index by the first alone.
        if backwards:
            query = query.where(at >= place.at)
            query = query.where(or_(at > place.at, and_(at == place.at, id_ > last)))
        else:
            query = query.where(at <= place.at)
            query = query.where(or_(at < place.at, and_(at == place.at, id_ < last)))
    order = (at.asc(), id_.asc()) if backwards else (at.desc(), id_.desc())
    found = session.execute(query.order_by(*order).limit(size + 1)).mappings()
    rows = [dict(row) for row in found]
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([])
    newer = Place(rows[0][at.key], rows[0][id_.key], newer=True)
    older = Place(rows[-1][at.key], rows[-1][id_.key])
    return Page(
        rows,
        newer if (more if backwards else place is not None) else None,
        older if backwards or more else None,
    )
