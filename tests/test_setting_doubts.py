"""Settings that are allowed and hardly meant."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from askpro import create_app
from askpro.setting_doubts import doubts_about, unknown_names
from askpro.settings import Settings

LONG = "a" * 48


def test_a_secret_that_can_be_guessed_is_doubted_and_not_repeated():
    (told,) = doubts_about(Settings(secret_key="shorty"))
    assert "SECRET_KEY" in told
    assert "shorty" not in told


def test_mail_without_a_server_is_doubted():
    (told,) = doubts_about(Settings(secret_key=LONG, alert_mail_to=("ops@example.org",)))
    assert "SMTP_URL" in told
    served = Settings(secret_key=LONG, alert_mail_to=("o@example.org",), smtp_url="smtp://mail")
    assert doubts_about(served) == []


def test_a_name_that_no_setting_has_is_told_with_the_one_that_may_be_meant():
    told = unknown_names(["PORT", "PROT", "FLASK_DEBUG", "XYZZY"])
    assert told == [
        "PROT in .env is no setting and has no effect; PORT may be meant.",
        "XYZZY in .env is no setting and has no effect.",
    ]


def test_the_gateway_says_so_when_it_starts(
    settings: Callable[..., Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    (tmp_path / ".env").write_text("PROT=9000\n")
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.WARNING, "askpro"):
        create_app(settings(secret_key="shorty"))
    assert [line for line in caplog.messages if "PROT" in line]
    assert [line for line in caplog.messages if "SECRET_KEY" in line]
