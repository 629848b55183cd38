"""What a call has settled so far, kept for two hours: the service that was checked, and the like.

Belongs to a company and a call together: a call id of another company finds nothing. Short texts
only, and nothing about the person: that is the database's.
"""

from __future__ import annotations

from functools import partial

from askpro.errors import NoCompany
from askpro.guards.desk import CallNotes
from askpro.guards.desk_memory import MemoryDesk
from askpro.guards.desk_redis import RedisDesk
from askpro.guards.redis_link import RedisLink


class CallBook:
    def __init__(self, link: RedisLink, shared: RedisDesk, alone: MemoryDesk) -> None:
        self._link = link
        self._shared = shared
        self._alone = alone

    def recall(self, company_id: int, call_id: str | None) -> CallNotes:
        """The call's notes; empty for one that has none, or that has no id."""
        if not company_id:
            raise NoCompany("a call's notes belong to a company")
        if not call_id:
            return CallNotes()
        ahead: CallNotes | None = self._link.ahead.get(("notes", company_id, call_id))
        if ahead is not None:
            return ahead
        return self._link.either(
            partial(self._shared.notes, company_id, call_id),
            partial(self._alone.notes, company_id, call_id),
        )

    def remember(self, company_id: int, call_id: str | None, **notes: str | int) -> None:
        """Adds to the call's notes. In a request it leaves with the next question."""
        if not company_id:
            raise NoCompany("a call's notes belong to a company")
        if not call_id or not notes:
            return
        words = {name: str(value) for name, value in notes.items()}
        alone = partial(self._alone.remember, company_id, call_id, words)
        if self._link.configured:
            self._link.soon(*self._shared.remember(company_id, call_id, words), if_lost=alone)
        else:
            alone()
        key = ("notes", company_id, call_id)
        if key in self._link.ahead:
            kept = self._link.ahead[key].notes
            self._link.ahead[key] = CallNotes.of({**kept, **words})
