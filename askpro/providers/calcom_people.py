"""What Cal.com says about the people of a booking, and what of it is real."""

from __future__ import annotations

import re

from askpro.providers import fields

#: Where the e-mail field is hidden, Cal.com makes one up from the number (#25432).
_STAND_IN = re.compile(r"[0-9+]+@sms\.cal\.com", re.IGNORECASE)


def real_email(value: object) -> str | None:
    """The attendee's mail address, or None for a missing one and for Cal.com's stand-in."""
    email = fields.text(value, 255)
    return None if email is None or _STAND_IN.fullmatch(email) else email
