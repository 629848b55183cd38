"""What the demonstration may fill, and the keys that it leaves for other commands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click
import pytest
from flask import Flask

from askpro.cli import demo
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


@pytest.mark.on("sqlite")
def test_a_second_demonstration_has_a_folder_of_its_own(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    own = app.extensions["askpro"].settings
    own = replace(own, database_url=demo_keys.database_of(own))
    with ExitStack() as doors:
        housed = [demo._housed(own, doors)[0] for _ in range(3)]
        assert [each.instance_path for each in housed] == [
            own.instance_path,
            f"{own.instance_path}/2",
            f"{own.instance_path}/3",
        ]
        assert [each.database_url for each in housed] == [*map(demo_keys.database_of, housed)]
        assert f"with INSTANCE_PATH={own.instance_path}/2\n" in capsys.readouterr().out
    with ExitStack() as doors:
        assert demo._housed(own, doors)[0] is own


def test_two_demonstrations_never_share_a_database_that_is_named(app: Flask) -> None:
    settings = replace(app.extensions["askpro"].settings, database_url="postgresql://named/once")
    with app.app_context(), alone_in(demo_keys.folder_of(settings)) as sign:
        print("process 7 at http://127.0.0.1:8000.", file=sign, flush=True)
        with ExitStack() as doors, pytest.raises(click.ClickException) as refused:
            demo._housed(settings, doors)
    assert "already: process 7 at http://127.0.0.1:8000. They would" in refused.value.message
