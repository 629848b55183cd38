"""The OpenAPI document is true: a fuzzer that reads it finds no answer that is not in it."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as how
from openapi_spec_validator import validate
from schemathesis import Case, GenerationMode

from askpro.web.api.document import openapi
from askpro.web.api.routes import blueprint
from tests.web.api.conftest import HAIRCUT, Rest, free_starts

pytestmark = pytest.mark.slow

STARTS = tuple(free_starts())


class Stage:
    """Where the app will stand: the examples are collected before there is one."""

    app: Flask

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self.app(environ, start_response)


stage = Stage()
schema = schemathesis.openapi.from_dict(openapi())
schema.config.update(base_url="http://localhost")
schema.app = stage


def test_the_document_is_valid():
    validate(openapi())


def test_the_document_is_for_anybody(rest: Rest):
    assert rest.world.client.get("/api/v2/openapi.json").get_json() == openapi()


def test_every_route_is_in_the_document(rest: Rest):
    ours = {
        (rule.rule.replace("<int:", "{").replace(">", "}"), method.lower())
        for rule in rest.world.app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{blueprint.name}.") and rule.endpoint != "api.openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {
        (path, method)
        for path, operations in openapi()["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert ours == told


@schema.parametrize()
@how(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_in_the_document(case: Case, rest: Rest):
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        _bring_luck(case, rest)
    stage.app = rest.world.app
    case.call_and_validate(headers={"Authorization": f"Bearer {rest.token}"})


def _bring_luck(case: Case, rest: Rest) -> None:
    """Nobody guesses a free time or the id of an appointment: every second example is given one."""
    dice = crc32(repr((case.body, case.path_parameters)).encode())
    if dice % 2:
        return
    if "booking_id" in case.path_parameters:
        ids = [each["id"] for each in rest.send("GET", "/bookings").get_json()["bookings"]]
        case.path_parameters["booking_id"] = ids[dice // 2 % len(ids)]
    if isinstance(case.body, dict) and case.body.get("start"):
        case.body["start"] = STARTS[dice // 2 % len(STARTS)]
        if "name" in case.body:
            case.body.update(event_type_id=HAIRCUT, service=None, service_id=None, branch_id=None)
