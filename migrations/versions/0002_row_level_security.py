"""row level security: PostgreSQL holds the line between companies a second time

A session says for whom it speaks (``SET LOCAL askpro.company``): one company's id, or ``*`` for the
look-ups and sweeps that stand above the companies. A session that says nothing sees no row. FORCE,
because the gateway usually owns its tables; a superuser passes by, so run it as an ordinary role.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "agents",
    "api_tokens",
    "appointments",
    "branches",
    "callbacks",
    "calls",
    "customers",
    "findings",
    "former_uids",
    "function_calls",
    "phone_numbers",
    "services",
    "staff",
)
_SPEAKS_FOR = "current_setting('askpro.company', true)"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY company ON {table} USING "
            f"({_SPEAKS_FOR} = '*' OR company_id::text = {_SPEAKS_FOR})"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"DROP POLICY company ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
