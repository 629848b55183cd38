"""What the demonstration may fill, and the keys that it leaves for other commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from askpro.processes import alone_in
from askpro.services import demo_data, demo_keys, operators
from askpro.settings import Settings
from tests.town import living, town


def test_a_named_database_that_serves_somebody_is_left_alone(
    settings: Callable[..., Settings], database_url: str
):
    with living(settings(database_url=database_url)) as living_town:
        runtime = replace(
            living_town.runtime,
            settings=replace(living_town.runtime.settings, instance_path="/elsewhere"),
        )
        with pytest.raises(demo_data.NotOurs, match=r"\(salon, stadl\)"):
            demo_data.refuse_strangers(runtime, {"tenants": []})
        demo_data.refuse_strangers(runtime, town())


def test_its_keys_stay_the_same_and_are_its_owners_only(tmp_path: Path):
    settings = Settings(instance_path=str(tmp_path))
    assert demo_keys.known(settings) is None
    made = demo_keys.kept(settings)
    assert demo_keys.kept(settings) == demo_keys.known(settings) == made
    assert (tmp_path / "demo" / "keys.json").stat().st_mode & 0o777 == 0o600
    assert made.retell not in repr(made)


def test_a_second_start_leaves_the_first_ones_password_in_force(app: Flask, tmp_path: Path):
    runtime = app.extensions["askpro"]
    runtime = replace(runtime, settings=replace(runtime.settings, instance_path=str(tmp_path)))
    first, second = demo_data.login(runtime), demo_data.login(runtime)
    assert first == second
    assert operators.sign_in(runtime, demo_data.LOGIN, first, "127.0.0.1").may_act
    assert (tmp_path / "demo" / "password").stat().st_mode & 0o777 == 0o600


def test_a_second_demonstration_in_one_folder_is_told_where_the_first_one_runs(app: Flask):
    settings = app.extensions["askpro"].settings
    with app.app_context(), alone_in(demo_keys.folder_of(settings)) as sign:
        print("process 7 at http://127.0.0.1:8000.", file=sign, flush=True)
        answer = app.test_cli_runner().invoke(args=["demo"])
    assert answer.exit_code == 1
    assert "runs in" in answer.output
    assert "process 7 at http://127.0.0.1:8000. Stop it, or" in answer.output
