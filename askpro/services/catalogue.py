"""What the office offers."""

from __future__ import annotations

from askpro.booking import wording
from askpro.services.answers import Answer
from askpro.services.runtime import Runtime
from askpro.services.turns import Turn


def list_services(runtime: Runtime, turn: Turn) -> Answer:
    """Every service of this office, the ones that a voice agent can't book included."""
    services = turn.office.services
    return Answer(
        "found",
        wording.services(services),
        {
            "services": [
                {
                    "name": s.name,
                    "duration": s.minutes,
                    "price": s.price_cents,
                    "spoken": wording.service(s),
                    "bookable": s.bookable,
                }
                for s in services
            ]
        },
    )
