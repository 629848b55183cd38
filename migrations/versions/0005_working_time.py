"""nobody works on two appointments at once, and the parts of a composite service know their whole

Half-open intervals, pauses left out, of appointments that stand; seats share a booking and are no
overlap. PostgreSQL holds it by an exclusion constraint that needs no extension: a range of one id
overlaps only itself. SQLite holds it by triggers.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_STANDS = (
    "{row}staff_id IS NOT NULL AND {row}seat_uid IS NULL "
    "AND {row}state IN ('sent', 'confirmed', 'requested', 'unknown')"
)

#: timestamptz + interval is only STABLE because days depend on the zone; minutes do not.
_WORKING_TIME = """
CREATE FUNCTION working_time(begins timestamptz, ends timestamptz, working jsonb)
RETURNS tstzmultirange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN ends <= begins THEN '{}'::tstzmultirange
        WHEN jsonb_array_length(working) = 0 THEN tstzmultirange(tstzrange(begins, ends))
        ELSE (
            SELECT range_agg(tstzrange(
                begins + make_interval(mins => (stretch->>0)::int),
                begins + make_interval(mins => (stretch->>0)::int + (stretch->>1)::int)
            ))
            FROM jsonb_array_elements(working) AS stretch
        )
    END
$$
"""
_EXCLUDE = f"""
ALTER TABLE appointments ADD CONSTRAINT staff_is_busy EXCLUDE USING gist (
    int4range(staff_id, staff_id, '[]') WITH &&,
    working_time(start, "end", working) WITH &&
) WHERE ({_STANDS.format(row='')})
"""

_BEGINS = "CAST(strftime('%s', {row}.start) AS INTEGER)"
_ENDS = "CAST(strftime('%s', {row}.\"end\") AS INTEGER)"
_WHOLE = (
    "CASE json_array_length({row}.working) WHEN 0 "
    f"THEN json_array(json_array(0, ({_ENDS} - {_BEGINS}) / 60)) ELSE {{row}}.working END"
)


def _stretch(row: str, stretch: str, *, end: bool = False) -> str:
    """The second at which a stretch of a row's work begins or ends."""
    minutes = f"json_extract({stretch}.value, '$[0]')"
    if end:
        minutes += f" + json_extract({stretch}.value, '$[1]')"
    return f"{_BEGINS.format(row=row)} + 60 * ({minutes})"


_OVERLAPS = f"""
SELECT 1 FROM appointments AS other,
    json_each({_WHOLE.format(row='other')}) AS theirs, json_each({_WHOLE.format(row='NEW')}) AS ours
WHERE other.staff_id = NEW.staff_id AND other.id IS NOT NEW.id
    AND {_STANDS.format(row='other.')}
    AND other.start < NEW."end" AND NEW.start < other."end"
    AND {_stretch('other', 'theirs')} < {_stretch('NEW', 'ours', end=True)}
    AND {_stretch('NEW', 'ours')} < {_stretch('other', 'theirs', end=True)}
"""
_TRIGGERS = {
    'staff_is_busy_on_insert': 'INSERT',
    'staff_is_busy_on_update': 'UPDATE OF staff_id, state, seat_uid, start, "end", working',
}


def upgrade() -> None:
    if _on_postgresql():
        op.execute("SET LOCAL askpro.company = '*'")
        op.add_column('appointments', sa.Column('group_service_id', sa.Integer(), nullable=True))
        op.create_foreign_key(op.f('fk_appointments_group_service_id_services'), 'appointments', 'services', ['group_service_id'], ['id'])
    else:
        # A batch would drop the table for a moment, and with it what refers to its rows.
        op.execute(
            "ALTER TABLE appointments ADD COLUMN group_service_id INTEGER "
            "CONSTRAINT fk_appointments_group_service_id_services REFERENCES services (id)"
        )
    op.add_column('appointments', sa.Column('working', _JSON, nullable=False, server_default='[]'))
    op.create_index('ix_appointments_staff_id_start', 'appointments', ['staff_id', 'start'], unique=False)
    op.execute(
        "UPDATE appointments SET staff_id = NULL WHERE "
        f"{_STANDS.format(row='')} AND EXISTS (SELECT 1 FROM appointments AS other "
        "WHERE other.staff_id = appointments.staff_id AND other.id < appointments.id "
        f"AND {_STANDS.format(row='other.')} "
        "AND other.start < appointments.\"end\" AND appointments.start < other.\"end\")"
    )
    if _on_postgresql():
        op.execute(_WORKING_TIME)
        op.execute(_EXCLUDE)
        return
    for name, event in _TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON appointments "
            f"WHEN {_STANDS.format(row='NEW.')} AND EXISTS ({_OVERLAPS}) "
            "BEGIN SELECT RAISE(ABORT, 'staff_is_busy'); END"
        )


def downgrade() -> None:
    if _on_postgresql():
        op.execute("ALTER TABLE appointments DROP CONSTRAINT staff_is_busy")
        op.execute("DROP FUNCTION working_time")
    else:
        for name in _TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_index('ix_appointments_staff_id_start', table_name='appointments')
    op.drop_column('appointments', 'working')
    op.drop_column('appointments', 'group_service_id')


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == 'postgresql'
