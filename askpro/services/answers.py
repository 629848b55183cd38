"""What a function answers: one flat shape for all of them (wire.md §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from askpro.store.models import Appointment

#: Outcomes that are technical faults; every other one is an answer of business.
FAULTS = frozenset({"calendar_down", "unknown_company", "unknown_function", "not_available_yet"})


@dataclass(frozen=True)
class Answer:
    """``status`` is the outcome's word, ``message`` the sentence to speak, ``fields`` the rest.

    ``rows`` are the appointment it is about, all parts of it; they are not in the body.
    """

    status: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)
    rows: Sequence[Appointment] = field(default=(), repr=False)

    @property
    def success(self) -> bool:
        return self.status not in FAULTS

    def body(self) -> dict[str, Any]:
        """The JSON body, the speakable part first: the model may only see its beginning."""
        return {
            "success": self.success,
            "status": self.status,
            "message": self.message,
            **self.fields,
        }
