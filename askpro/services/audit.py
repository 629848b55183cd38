"""The audit trail: who did what, to what, and why. Written in the transaction of what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from askpro.guards.redaction import Redactor
from askpro.store.models import AuditEntry

_redactor = Redactor()


@dataclass(frozen=True)
class Actor:
    """Who acts: an operator, or a command at the machine (``operator_id`` None).

    ``company_id`` None = may act for every company.
    """

    name: str
    operator_id: int | None = None
    company_id: int | None = None

    def may_act_for(self, company_id: int | None) -> bool:
        """Whether something of that company (None: of the installation) is theirs to change."""
        return self.company_id is None or self.company_id == company_id


#: Somebody with a shell on the machine.
COMMAND_LINE = Actor("command line")
#: The gateway's own periodic work.
WORKER = Actor("worker")


def redacted(reason: str) -> str:
    """What somebody wrote as a reason, fit to be kept and shown."""
    return _redactor.text(reason)


def write(
    session: Session,
    actor: Actor,
    action: str,
    *,
    at: datetime,
    company_id: int | None,
    target: str | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one entry. ``session`` must be an unrestricted one, or of that company.

    Nothing personal belongs into ``target`` and ``detail``: ids, counts and states only. What
    people write as a reason is redacted, for an audit is never purged.
    """
    session.add(
        AuditEntry(
            at=at,
            operator_id=actor.operator_id,
            who=actor.name[:120],
            company_id=company_id,
            action=action,
            target=target[:160] if target else None,
            reason=redacted(reason)[:500] if reason else None,
            detail=detail or {},
        )
    )
