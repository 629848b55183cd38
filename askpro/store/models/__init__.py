"""The tables, a file a subject::

companies ─┬─ branches ─┬─ phone_numbers, agents      who is called
           │            ├─ services, staff            what is offered, by whom
           ├─ customers                               who calls (personal values encrypted)
           ├─ calls ── function_calls                 what was said and done
           ├─ appointments ── former_uids             the ledger
           ├─ callbacks, findings                     what people must do
           ├─ inbox                                   events, and the queue at once
           └─ api_tokens, operators, audit, alerts    who may, who did, what is wrong
"""

from askpro.store.models.appointments import Appointment, Callback, Finding, FormerUid
from askpro.store.models.calls import Call, Customer, FunctionCall
from askpro.store.models.events import InboxEvent, Job, WorkerBeat
from askpro.store.models.operations import Alert, ApiToken, AuditEntry, GuardEvent, Operator
from askpro.store.models.tenants import Agent, Branch, Company, PhoneNumber, ServiceRow, Staff

__all__ = [
    "Agent",
    "Alert",
    "ApiToken",
    "Appointment",
    "AuditEntry",
    "Branch",
    "Call",
    "Callback",
    "Company",
    "Customer",
    "Finding",
    "FormerUid",
    "FunctionCall",
    "GuardEvent",
    "InboxEvent",
    "Job",
    "Operator",
    "PhoneNumber",
    "ServiceRow",
    "Staff",
    "WorkerBeat",
]
