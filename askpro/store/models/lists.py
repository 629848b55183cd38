"""Indexes along which the dashboard reads its lists: newest first, whole or narrowed by one thing.

They stand here and not at their tables because only the lists need them; every question of the
calls themselves has its index there.
"""

from __future__ import annotations

from sqlalchemy import Index

from askpro.store.models.appointments import Appointment, Callback, Finding
from askpro.store.models.calls import Call, FunctionCall
from askpro.store.models.events import InboxEvent
from askpro.store.models.operations import Alert, AuditEntry, GuardEvent

ALONG = (
    Index("ix_calls_created_at", Call.created_at),
    Index("ix_calls_company_id_created_at", Call.company_id, Call.created_at),
    Index("ix_calls_from_tail_created_at", Call.from_tail, Call.created_at),
    Index("ix_calls_outcome_created_at", Call.outcome, Call.created_at),
    Index("ix_function_calls_function_at", FunctionCall.function, FunctionCall.at),
    Index("ix_function_calls_status_at", FunctionCall.status, FunctionCall.at),
    # Two things that are both frequent and never meet would have the whole of one read.
    Index(
        "ix_function_calls_function_status_at",
        FunctionCall.function,
        FunctionCall.status,
        FunctionCall.at,
    ),
    Index(
        "ix_function_calls_error_at",
        FunctionCall.error,
        FunctionCall.at,
        postgresql_where=FunctionCall.error.is_not(None),
        sqlite_where=FunctionCall.error.is_not(None),
    ),
    Index("ix_appointments_start", Appointment.start),
    Index("ix_callbacks_state_due_at", Callback.state, Callback.due_at),
    Index("ix_findings_state_created_at", Finding.state, Finding.created_at),
    Index("ix_inbox_state_received_at", InboxEvent.state, InboxEvent.received_at),
    Index("ix_inbox_received_at", InboxEvent.received_at),
    Index(
        "ix_guard_events_company_id_kind_at", GuardEvent.company_id, GuardEvent.kind, GuardEvent.at
    ),
    Index("ix_audit_company_id_at", AuditEntry.company_id, AuditEntry.at),
    Index("ix_alerts_ended_at", Alert.ended_at),
)
