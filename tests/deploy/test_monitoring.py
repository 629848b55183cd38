"""Dashboard and alert rules ask for metrics that exist, with labels that they have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client import Metric

from askpro.services.metrics import families
from askpro.settings import Settings
from tests.reference import ROOT

FOLDER = ROOT / "deploy" / "monitoring"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text("utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))
PROMETHEUS: dict[str, Any] = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
EXPRESSIONS = [
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]),
    *(rule["expr"] for rule in RULES),
]


@pytest.fixture
def known(app: Flask) -> dict[str, Metric]:
    """Every series by the name that Prometheus gives it."""
    return {
        metric.name + ("_total" if metric.type == "counter" else ""): metric
        for metric in families(app.extensions["askpro"])
    }


@pytest.mark.on("sqlite")
def test_every_metric_that_is_asked_for_exists(known: dict[str, Metric]) -> None:
    asked = {name for text in EXPRESSIONS for name in re.findall(r"\baskpro_\w+", text)}
    assert asked
    assert asked <= set(known)


@pytest.mark.on("sqlite")
def test_every_metric_but_the_version_is_shown_or_watched(known: dict[str, Metric]) -> None:
    text = " ".join(EXPRESSIONS)
    unused = {name for name in known if not re.search(rf"\b{name}\b", text)}
    assert unused <= {
        "askpro_build",
        "askpro_callbacks_open",
        "askpro_findings_open",
        "askpro_companies_not_open",
        "askpro_calcom_faults_total",
    }


def test_panels_do_not_overlap() -> None:
    cells = [
        (panel["gridPos"]["x"] + right, panel["gridPos"]["y"] + down)
        for panel in DASHBOARD["panels"]
        for right in range(panel["gridPos"]["w"])
        for down in range(panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "action"}
    opened = {"(": ")", "{": "}", "[": "]"}
    for one, other in opened.items():
        assert rule["expr"].count(one) == rule["expr"].count(other)


def test_the_scrape_finds_the_rules_and_the_route() -> None:
    assert [(FOLDER / name).exists() for name in PROMETHEUS["rule_files"]] == [True]
    [scrape] = PROMETHEUS["scrape_configs"]
    assert scrape["metrics_path"] == "/metrics"
    assert f'job="{scrape["job_name"]}"' in RULES[0]["expr"]


def test_the_token_is_a_setting(settings: Callable[..., Settings]) -> None:
    assert settings(metrics_token="known to Prometheus").metrics_token == "known to Prometheus"
    assert settings().metrics_token is None
