"""along this one finds what a function answered, also when it never answered so"""

from __future__ import annotations

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_function_calls_function_status_at', 'function_calls', ['function', 'status', 'at'], unique=False)
    if op.get_bind().dialect.name == 'postgresql':
        # Without it PostgreSQL takes every function to answer everything, and reads along the time instead.
        op.execute('CREATE STATISTICS st_function_calls_function_status (mcv) ON function, status FROM function_calls')


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP STATISTICS st_function_calls_function_status')
    op.drop_index('ix_function_calls_function_status_at', table_name='function_calls')
