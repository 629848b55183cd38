"""``.env.example`` tells the truth about the settings."""

from __future__ import annotations

import re

from askpro.settings import Settings
from tests.reference import ROOT
from tools.env_example import env_example


def test_the_file_is_what_the_settings_say():
    assert (ROOT / ".env.example").read_text() == env_example(), "make env-example writes it"


def test_every_line_can_be_switched_on_and_changes_nothing(tmp_path):
    written = dict(re.findall(r"^#([A-Z_]+)=(.*)$", env_example(), re.MULTILINE))
    folder = {"INSTANCE_PATH": str(tmp_path), "SECRET_KEY": "of this test only"}
    assert Settings.from_environ({**written, **folder}) == Settings.from_environ(folder)
