"""The golden world without a Cal.com behind it, for services that ask nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from askpro.services.runtime import Runtime
from askpro.services.tenants import import_world
from askpro.settings import Settings
from tests.clocks import StoppedClock
from tests.worlds import CALCOM_KEY, CALCOM_SECRET, REFERENCE, RETELL_KEY, golden_world


@pytest.fixture
def office_clock() -> StoppedClock:
    """Stands at the instant that the golden payloads assume, until it is moved."""
    return StoppedClock(REFERENCE)


@pytest.fixture
def office_app(
    settings: Callable[..., Settings], database_url: str, office_clock: StoppedClock
) -> Iterator[Flask]:
    """The app with the golden companies; its services keep the stopped clock, its guards don't."""
    from askpro import create_app
    from askpro.extensions import db

    app = create_app(
        settings(
            database_url=database_url,
            calcom_api_key=CALCOM_KEY,
            calcom_webhook_secret=CALCOM_SECRET,
            calcom_base_url="http://127.0.0.1:9",
            retell_api_key=(RETELL_KEY,),
        )
    )
    app.testing = True
    made: Runtime = replace(app.extensions["askpro"], clock=office_clock)
    app.extensions["askpro"] = made
    import_world(golden_world(), made.database, made.settings, office_clock)
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def office(office_app: Flask) -> Runtime:
    """The runtime of :func:`office_app`."""
    runtime: Runtime = office_app.extensions["askpro"]
    return runtime
