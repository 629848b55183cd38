"""along these a worker finds its next event, however many wait"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

FRESH = sa.text("state = 'new' AND attempts = 0")
TRIED = sa.text("state = 'new' AND attempts > 0")


def upgrade() -> None:
    op.drop_index('ix_inbox_state_run_at', table_name='inbox')
    op.create_index('ix_inbox_fresh', 'inbox', ['run_at', 'id'], unique=False, postgresql_where=FRESH, sqlite_where=FRESH)
    op.create_index('ix_inbox_tried', 'inbox', ['run_at', 'id'], unique=False, postgresql_where=TRIED, sqlite_where=TRIED)


def downgrade() -> None:
    op.drop_index('ix_inbox_tried', table_name='inbox')
    op.drop_index('ix_inbox_fresh', table_name='inbox')
    op.create_index('ix_inbox_state_run_at', 'inbox', ['state', 'run_at'], unique=False)
