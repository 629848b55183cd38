"""what events said of a uid, which stage told a call's values, who signed, and seats of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    if _on_postgresql():
        op.execute("SET LOCAL askpro.company = '*'")
        op.alter_column('appointments', 'uid', type_=sa.String(length=100))
        op.alter_column('appointments', 'seat_uid', type_=sa.String(length=100))
    op.create_index('uq_appointments_uid', 'appointments', ['uid'], unique=True, postgresql_where=sa.text('seat_uid IS NULL'), sqlite_where=sa.text('seat_uid IS NULL'))
    op.create_index('uq_appointments_uid_seat_uid', 'appointments', ['uid', 'seat_uid'], unique=True)
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sources', _JSON, nullable=False, server_default='{}'))
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signed_by', sa.Integer(), nullable=True))
    op.create_table('booking_uids',
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=201), nullable=False),
    sa.Column('appointment_id', sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    sa.Column('previous', sa.String(length=201), nullable=True),
    sa.Column('facts', _JSON, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_booking_uids_appointment_id_appointments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_booking_uids_company_id_companies')),
    sa.PrimaryKeyConstraint('company_id', 'uid', name=op.f('pk_booking_uids'))
    )
    op.create_index(op.f('ix_booking_uids_appointment_id'), 'booking_uids', ['appointment_id'], unique=False)
    op.create_index(op.f('ix_booking_uids_previous'), 'booking_uids', ['previous'], unique=False)
    _secure('booking_uids')
    op.execute(
        "INSERT INTO booking_uids (company_id, uid, appointment_id, previous, facts, at) "
        "SELECT company_id, uid, appointment_id, "
        "(SELECT min(b.uid) FROM former_uids b "
        "WHERE b.company_id = a.company_id AND b.successor = a.uid), "
        "CASE WHEN cancelled THEN '{\"state\": \"cancelled\"}' ELSE '{}' END"
        f"{'::jsonb' if _on_postgresql() else ''}, at FROM former_uids a"
    )
    op.execute(
        "INSERT INTO booking_uids (company_id, uid, appointment_id, previous, facts, at) "
        "SELECT company_id, successor, min(appointment_id), min(uid), "
        f"'{{}}'{'::jsonb' if _on_postgresql() else ''}, min(at) FROM former_uids a "
        "WHERE successor IS NOT NULL AND NOT EXISTS (SELECT 1 FROM former_uids b "
        "WHERE b.company_id = a.company_id AND b.uid = a.successor) "
        "GROUP BY company_id, successor"
    )
    op.drop_table('former_uids')


def downgrade() -> None:
    if _on_postgresql():
        op.execute("SET LOCAL askpro.company = '*'")
    op.create_table('former_uids',
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('uid', sa.String(length=80), nullable=False),
    sa.Column('appointment_id', sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    sa.Column('successor', sa.String(length=80), nullable=True),
    sa.Column('cancelled', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_former_uids_appointment_id_appointments'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_former_uids_company_id_companies')),
    sa.PrimaryKeyConstraint('company_id', 'uid', name=op.f('pk_former_uids'))
    )
    op.create_index(op.f('ix_former_uids_appointment_id'), 'former_uids', ['appointment_id'], unique=False)
    op.create_index(op.f('ix_former_uids_successor'), 'former_uids', ['successor'], unique=False)
    _secure('former_uids')
    op.execute(
        "INSERT INTO former_uids (company_id, uid, appointment_id, successor, cancelled, at) "
        "SELECT company_id, uid, appointment_id, (SELECT min(b.uid) FROM booking_uids b "
        "WHERE b.company_id = a.company_id AND b.previous = a.uid), false, at FROM booking_uids a "
        "WHERE length(uid) <= 80"
    )
    op.drop_table('booking_uids')
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_column('signed_by')
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.drop_column('sources')
    op.drop_index('uq_appointments_uid_seat_uid', table_name='appointments')
    op.drop_index('uq_appointments_uid', table_name='appointments')


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == 'postgresql'


def _secure(table: str) -> None:
    """As in 0002: PostgreSQL holds the line between companies a second time."""
    if not _on_postgresql():
        return
    speaks_for = "current_setting('askpro.company', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY company ON {table} USING "
        f"({speaks_for} = '*' OR company_id::text = {speaks_for})"
    )
