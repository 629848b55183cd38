"""How Alembic meets the database: through the app's engine, with our column types written plainly.

Migrations name only SQLAlchemy's own types, so that an old one still runs when ours have changed.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import BigInteger, Connection

import askpro.store.models  # noqa: F401  (fills the metadata)
from askpro.store.tables import Base, Instant, Json
from askpro.store.vault import Encrypted

#: One migration at a time, however many machines start together (PostgreSQL advisory lock).
_LOCK = 0x61736B70726F


def _plain_type(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    if kind != "type":
        return False
    if isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Encrypted):
        return "sa.LargeBinary()"
    if item is Json or type(item) is type(Json):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, BigInteger):
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=_plain_type,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=False,
        transaction_per_migration=True,
    )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        connection.commit()
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
            connection.commit()


engine = current_app.extensions["migrate"].db.engine
if context.is_offline_mode():
    context.configure(url=engine.url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with engine.connect().execution_options(askpro_write=True) as opened:
        _run(opened)
