"""What detect-secrets does not know: the keys of Cal.com and Retell."""

from __future__ import annotations

import re

from detect_secrets.plugins.base import RegexBasedDetector


class CalcomAndRetellKeys(RegexBasedDetector):
    """Keys as the two services hand them out; shorter ones in tests are made up."""

    secret_type = "Cal.com or Retell key"
    denylist = (
        re.compile(r"\bcal_(?:live_)?[0-9a-f]{32}\b"),
        re.compile(r"\bkey_[0-9a-f]{24,}\b"),
    )
