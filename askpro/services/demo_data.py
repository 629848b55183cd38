"""What ``flask demo`` puts into a database: its companies and somebody who signs in."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import inspect

from askpro.services import demo_keys, operators, tenants
from askpro.services.runtime import Runtime
from askpro.store.models import Company

LOGIN = "demo"


class NotOurs(Exception):
    """The database serves somebody already."""


def refuse_strangers(runtime: Runtime, world: dict[str, Any]) -> None:
    """Raise :class:`NotOurs` where a database that somebody named has companies that are neither
    of this ``world`` nor of an earlier demonstration's."""
    is_named = runtime.settings.database_url != demo_keys.database_of(runtime.settings)
    if not is_named or not inspect(runtime.database.engine).has_table(Company.__tablename__):
        return
    earlier = demo_keys.folder_of(runtime.settings).glob("*-world.json")
    worlds = [world, *(json.loads(file.read_text("utf-8")) for file in earlier)]
    ours = {tenant.get("slug") for each in worlds for tenant in each["tenants"]}
    strangers = {company["slug"] for company in tenants.list_companies(runtime.database)} - ours
    if strangers:
        raise NotOurs(
            "The database of DATABASE_URL has companies that are not the demonstration's "
            f"({', '.join(sorted(strangers)[:3])}). It is left alone; unset DATABASE_URL."
        )


def seed(runtime: Runtime, world: dict[str, Any], *, is_redated: bool) -> None:
    """``is_redated``: the world dates its bookings anew on every start."""
    if is_redated:
        known = {company["slug"] for company in tenants.list_companies(runtime.database)}
        for tenant in world["tenants"]:
            if tenant["slug"] in known:
                tenant["bookings"] = []  # The first ones stand already.
    tenants.import_world(world, runtime.database, runtime.settings, runtime.clock)


def login(runtime: Runtime) -> str:
    """The password of the demonstration's operator, who signs in with it from now on."""
    password = demo_keys.password(runtime.settings)
    invitation = operators.invite(runtime, LOGIN, role="operator")
    operators.accept_invitation(runtime, LOGIN, invitation.code, password, "127.0.0.1")
    return password
