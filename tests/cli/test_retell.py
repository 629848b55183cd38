"""``flask retell tools``: what is pasted by hand is all that is to be pasted."""

from __future__ import annotations

import json
from collections.abc import Callable

from askpro.settings import Settings
from tests.worlds import golden

URL = "https://gateway.example.com"


def test_to_paste_there_are_description_and_parameters(
    settings: Callable[..., Settings], database_url: str
):
    with golden(settings(database_url=database_url)) as world:
        tools = ["retell", "tools", "salon-quittenberg", "--url", URL]
        run = world.app.test_cli_runner().invoke
        whole = {tool["name"]: tool for tool in json.loads(run(args=tools).stdout)}
        pasted = json.loads(run(args=[*tools, "--parameters-only"]).stdout)
    assert whole
    assert pasted == {
        name: {"description": tool["description"], "parameters": tool["parameters"]}
        for name, tool in whole.items()
    }
