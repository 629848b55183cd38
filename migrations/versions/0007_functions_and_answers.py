"""along this one finds what a function answered, also when it never answered so"""

from __future__ import annotations

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_function_calls_function_status_at', 'function_calls', ['function', 'status', 'at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_function_calls_function_status_at', table_name='function_calls')
