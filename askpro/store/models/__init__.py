"""The tables, a file a subject::

companies ─┬─ branches ─┬─ phone_numbers, agents      who is called
           │            ├─ services, staff            what is offered, by whom
           ├─ customers                               who calls (personal values encrypted)
           ├─ calls ── function_calls                 what was said and done
           ├─ appointments ── booking_uids            the ledger
           ├─ callbacks, findings                     what people must do
           ├─ inbox                                   events, and the queue at once
           └─ api_tokens, operators, audit, alerts    who may, who did, what is wrong

figures, route_figures, slow_requests                 sums and costs, above the companies
"""

from askpro.store.models import lists, people
from askpro.store.models.appointments import Appointment, BookingUid, Callback, Finding
from askpro.store.models.calls import Call, Customer, FunctionCall
from askpro.store.models.events import InboxEvent, Job, WorkerBeat
from askpro.store.models.figures import Figure, RouteFigure, SlowRequest
from askpro.store.models.operations import Alert, ApiToken, AuditEntry, GuardEvent, Operator
from askpro.store.models.tenants import Agent, Branch, Company, PhoneNumber, ServiceRow, Staff

assert lists.ALONG  # Importing it adds its indexes to the tables.
assert people.NAMES  # … and it, that people are hidden in the log.

__all__ = [
    "Agent",
    "Alert",
    "ApiToken",
    "Appointment",
    "AuditEntry",
    "BookingUid",
    "Branch",
    "Call",
    "Callback",
    "Company",
    "Customer",
    "Figure",
    "Finding",
    "FunctionCall",
    "GuardEvent",
    "InboxEvent",
    "Job",
    "Operator",
    "PhoneNumber",
    "RouteFigure",
    "ServiceRow",
    "SlowRequest",
    "Staff",
    "WorkerBeat",
]
