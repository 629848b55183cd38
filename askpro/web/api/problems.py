"""What is answered instead of what was asked for. No answer repeats what was sent."""

from __future__ import annotations

from askpro.errors import Refusal


class Problem(Refusal):
    """``errors`` has messages by field."""

    def __init__(self, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__()
        self.errors = errors


class Unprocessable(Problem):
    """The body is JSON, but not what is asked for."""

    status = 422
    code = "unprocessable"
    message = "Die Anfrage enthält Felder, die so nicht stimmen."


class NotThere(Problem):
    """No such appointment, branch or service of this company."""

    status = 404
    code = "not_found"
    message = "Das gibt es bei diesem Unternehmen nicht."


class NoLongerStanding(Problem):
    """The appointment is over, or was never made."""

    status = 409
    code = "not_standing"
    message = "Dieser Termin steht nicht mehr und kann nicht geändert werden."


class NotJson(Problem):
    status = 415
    code = "unsupported_media_type"
    message = "Die Anfrage muss als application/json kommen."
