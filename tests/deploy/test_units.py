"""The systemd units and the compose file start what exists, with settings that exist."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from askpro.settings import Settings
from tests.reference import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))
GUIDE = (DEPLOY / "README.md").read_text("utf-8")
SETTINGS = {name for name, _ in Settings.variables()}
#: Of Python and of PostgreSQL's image.
OTHERS = {"PYTHONUNBUFFERED", "POSTGRES_PASSWORD"}
#: Longer than gunicorn's graceful_timeout, so that requests end before they are ended.
GRACE_SECONDS = 35


def unit(path: Path) -> ConfigParser:
    """A key that is given twice keeps its last value."""
    read = ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(path.read_text("utf-8"))
    return read


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_starts_what_a_release_has(path: Path) -> None:
    for command in re.findall(r"(?m)^ExecStart=(\S+)", path.read_text("utf-8")):
        inside = re.sub(r"^/srv/askpro/(current|%i)/", "", command)
        assert inside != command
        assert inside.startswith(".venv/bin/") or (ROOT / inside).exists(), inside


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_is_locked_in_and_has_time_to_end(path: Path) -> None:
    service = unit(path)["Service"]
    assert (service["User"], service["NoNewPrivileges"]) == ("askpro", "yes")
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
    assert service["EnvironmentFile"] == "/etc/askpro/askpro.env"
    names = {word.partition("=")[0] for word in service["Environment"].split()}
    assert names <= SETTINGS | OTHERS
    if service.get("Type") != "oneshot":
        assert int(service["TimeoutStopSec"]) >= GRACE_SECONDS
        assert service["Restart"] in ("always", "on-failure")


def test_the_guide_enables_units_that_exist() -> None:
    enabled = re.findall(r"askpro-[\w@]+(?:\.timer)?", " ".join(re.findall(r"enable.*", GUIDE)))
    assert enabled
    for name in enabled:
        base, at, _ = name.partition("@")
        file = f"{base}@.service" if at else name
        assert (DEPLOY / "systemd" / file).exists(), name


def test_the_guides_settings_exist() -> None:
    block = GUIDE.partition("askpro.env <<END")[2].partition("END")[0]
    given = set(re.findall(r"(?m)^    ([A-Z_]+)=", block))
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "TRUSTED_PROXIES"} <= given
    assert given <= SETTINGS


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_is_given_settings_that_exist(name: str) -> None:
    service = COMPOSE["services"][name]
    assert set(service.get("environment", {})) <= SETTINGS | OTHERS
    assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
    for volume in service.get("volumes", ()):
        source = volume.partition(":")[0]
        is_file = source.startswith("./") and (DEPLOY / "compose" / source).is_file()
        assert is_file or source in COMPOSE["volumes"], volume


def test_the_containers_are_the_gateway_its_worker_and_their_stores() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"migrate", "gateway", "worker", "redis", "postgres"}
    for name in ("gateway", "worker"):
        assert services[name]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }
        assert int(services[name]["stop_grace_period"].rstrip("s")) >= GRACE_SECONDS
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    image = (DEPLOY / "compose" / "Dockerfile").read_text("utf-8")
    for source in re.findall(r"(?m)^COPY (.+) \S+$", image):
        assert all((ROOT / each).exists() for each in source.split())
    [port] = services["gateway"]["ports"]
    assert port == "127.0.0.1:8001:8000"
    assert "PORT=8000" in image
    assert "server 127.0.0.1:8001 " in (DEPLOY / "nginx" / "askpro.conf").read_text("utf-8")
