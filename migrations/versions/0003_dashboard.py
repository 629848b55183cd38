"""figures of the dashboard, and the indexes along which it reads its lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('figures',
    sa.Column('company_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('minute', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answers', sa.Integer(), nullable=False),
    sa.Column('faults', sa.Integer(), nullable=False),
    sa.Column('booked', sa.Integer(), nullable=False),
    sa.Column('booking_faults', sa.Integer(), nullable=False),
    sa.Column('hits', sa.Integer(), nullable=False),
    sa.Column('misses', sa.Integer(), nullable=False),
    sa.Column('stale', sa.Integer(), nullable=False),
    sa.Column('calcom_calls', sa.Integer(), nullable=False),
    sa.Column('calcom_faults', sa.Integer(), nullable=False),
    sa.Column('slow', sa.Integer(), nullable=False),
    sa.Column('chatty', sa.Integer(), nullable=False),
    sa.Column('answer_ms', sa.Float(), nullable=False),
    sa.Column('calcom_ms', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('company_id', 'minute', name=op.f('pk_figures'))
    )
    op.create_index('ix_figures_minute', 'figures', ['minute'], unique=False)
    op.create_table('route_figures',
    sa.Column('route', sa.String(length=120), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requests', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('slow', sa.Integer(), nullable=False),
    sa.Column('total_ms', sa.Float(), nullable=False),
    sa.Column('worst_ms', sa.Float(), nullable=False),
    sa.Column('calcom_ms', sa.Float(), nullable=False),
    sa.Column('redis_ms', sa.Float(), nullable=False),
    sa.Column('database_ms', sa.Float(), nullable=False),
    sa.Column('queries', sa.Integer(), nullable=False),
    sa.Column('most_queries', sa.Integer(), nullable=False),
    sa.Column('memory_kb', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('route', 'since', name=op.f('pk_route_figures'))
    )
    op.create_index(op.f('ix_route_figures_since'), 'route_figures', ['since'], unique=False)
    op.create_table('slow_requests',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('route', sa.String(length=120), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=True),
    sa.Column('call_id', sa.String(length=100), nullable=True),
    sa.Column('request_id', sa.String(length=40), nullable=False),
    sa.Column('milliseconds', sa.Float(), nullable=False),
    sa.Column('queries', sa.Integer(), nullable=False),
    sa.Column('redis_trips', sa.Integer(), nullable=False),
    sa.Column('calcom_ms', sa.Float(), nullable=False),
    sa.Column('redis_ms', sa.Float(), nullable=False),
    sa.Column('database_ms', sa.Float(), nullable=False),
    sa.Column('memory_kb', sa.Integer(), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slow_requests'))
    )
    op.create_index(op.f('ix_slow_requests_at'), 'slow_requests', ['at'], unique=False)
    op.create_index(op.f('ix_slow_requests_company_id'), 'slow_requests', ['company_id'], unique=False)
    op.create_index('ix_alerts_ended_at', 'alerts', ['ended_at'], unique=False)
    op.create_index('ix_appointments_start', 'appointments', ['start'], unique=False)
    op.create_index('ix_audit_company_id_at', 'audit', ['company_id', 'at'], unique=False)
    op.create_index('ix_callbacks_state_due_at', 'callbacks', ['state', 'due_at'], unique=False)
    op.create_index('ix_calls_company_id_created_at', 'calls', ['company_id', 'created_at'], unique=False)
    op.create_index('ix_calls_created_at', 'calls', ['created_at'], unique=False)
    op.create_index('ix_calls_from_tail_created_at', 'calls', ['from_tail', 'created_at'], unique=False)
    op.create_index('ix_calls_outcome_created_at', 'calls', ['outcome', 'created_at'], unique=False)
    op.create_index('ix_findings_state_created_at', 'findings', ['state', 'created_at'], unique=False)
    op.create_index('ix_function_calls_error_at', 'function_calls', ['error', 'at'], unique=False, postgresql_where=sa.text('error IS NOT NULL'), sqlite_where=sa.text('error IS NOT NULL'))
    op.create_index('ix_function_calls_function_at', 'function_calls', ['function', 'at'], unique=False)
    op.create_index('ix_function_calls_status_at', 'function_calls', ['status', 'at'], unique=False)
    op.create_index('ix_guard_events_company_id_kind_at', 'guard_events', ['company_id', 'kind', 'at'], unique=False)
    op.create_index('ix_inbox_received_at', 'inbox', ['received_at'], unique=False)
    op.create_index('ix_inbox_state_received_at', 'inbox', ['state', 'received_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_alerts_ended_at', table_name='alerts')
    op.drop_index('ix_appointments_start', table_name='appointments')
    op.drop_index('ix_audit_company_id_at', table_name='audit')
    op.drop_index('ix_callbacks_state_due_at', table_name='callbacks')
    op.drop_index('ix_calls_company_id_created_at', table_name='calls')
    op.drop_index('ix_calls_created_at', table_name='calls')
    op.drop_index('ix_calls_from_tail_created_at', table_name='calls')
    op.drop_index('ix_calls_outcome_created_at', table_name='calls')
    op.drop_index('ix_findings_state_created_at', table_name='findings')
    op.drop_index('ix_function_calls_error_at', table_name='function_calls')
    op.drop_index('ix_function_calls_function_at', table_name='function_calls')
    op.drop_index('ix_function_calls_status_at', table_name='function_calls')
    op.drop_index('ix_guard_events_company_id_kind_at', table_name='guard_events')
    op.drop_index('ix_inbox_received_at', table_name='inbox')
    op.drop_index('ix_inbox_state_received_at', table_name='inbox')
    op.drop_table('slow_requests')
    op.drop_table('route_figures')
    op.drop_table('figures')
