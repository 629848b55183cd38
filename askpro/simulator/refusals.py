"""What Cal.com answers when it does not do as asked, in its own words and shapes.

Knows statuses, codes and messages (calcom.md §3, §4, §6) and how they become JSON; refuses to know
when they apply: that is :mod:`askpro.simulator.calendar`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

TAKEN = "User either already has booking at this time or is not available"
TAKEN_TEAM = "One of the hosts either already has booking at this time or is not available"
#: Refusals of a taken slot that Cal.com forgets to translate: code and message are the same word.
UNMAPPED_CONFLICTS = (
    "no_available_users_found_error",
    "booking_conflict_error",
    "fixed_hosts_unavailable_for_booking",
    "round_robin_host_unavailable_for_booking",
)
OUT_OF_BOUNDS = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too "
    "soon (violating the minimum booking notice) or too far in the future (outside the event's "
    "scheduling window)."
)
INVALID_RANGE = (
    "Invalid time range given - check the 'start' and 'end' query parameters."  # calcom.md §2
)

_CODES = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    409: "ConflictException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
}


class CalRefusal(Exception):
    """An answer other than success.

    ``details`` follows Cal.com: the usual object, ``{"errors": [...]}`` of a failed validation, or
    None where Cal.com sends none. ``bare`` is the shape ``{"statusCode", "message"}`` (#19945).
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        details: dict[str, Any] | None = None,
        without_details: bool = False,
        bare: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or _CODES.get(status, "INTERNAL_SERVER_ERROR")
        self.bare = bare
        if without_details:
            self.details = None
        else:
            self.details = details or {
                "message": message,
                "error": HTTPStatus(status).phrase,
                "statusCode": status,
            }

    def body(self, path: str, timestamp: str) -> dict[str, Any]:
        """The JSON of this refusal; ``path`` as requested, ``timestamp`` as Cal.com writes it."""
        if self.bare:
            return {"statusCode": self.status, "message": self.message}
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"status": "error", "timestamp": timestamp, "path": path, "error": error}


def bad_request(message: str) -> CalRefusal:
    return CalRefusal(400, message)


def not_found(message: str) -> CalRefusal:
    return CalRefusal(404, message)


def forbidden() -> CalRefusal:
    return CalRefusal(403, "User does not have permission to access this resource.")


def no_route(method: str, path: str) -> CalRefusal:
    """A known version on the wrong resource: no route matches (calcom.md §1)."""
    return CalRefusal(404, f"Cannot {method} {path}")


def invalid_key() -> CalRefusal:
    """The throttler looks the key up first, so its 401 carries no details."""
    return CalRefusal(401, "Invalid API Key", without_details=True)


def not_signed_in() -> CalRefusal:
    return CalRefusal(401, "Invalid Access Token.")


def too_many_requests() -> CalRefusal:
    return CalRefusal(
        429,
        "CustomThrottlerGuard - Too many requests. Please try again later.",
        without_details=True,
    )


def server_fault(status: int = 500) -> CalRefusal:
    return CalRefusal(
        status,
        "Internal server error.",
        code="INTERNAL_SERVER_ERROR",
        without_details=True,
    )


def invalid_fields(errors: list[dict[str, Any]]) -> CalRefusal:
    """A body that the validation pipe refuses; echoes ``target`` and ``value`` as Cal.com does."""
    return CalRefusal(400, "Bad Request Exception", details={"errors": errors})


def taken(style: str) -> CalRefusal:
    """A slot that is not free. ``style`` is an event type's ``taken_as``."""
    if style == "team":
        return bad_request(TAKEN_TEAM)
    if style == "record_exists":
        return CalRefusal(
            409,
            "Invalid Input: Trying to create a record that already exists.",
            code="CONFLICT",
        )
    if style in UNMAPPED_CONFLICTS:
        return CalRefusal(409, style, code=style)
    return bad_request(TAKEN)


def seats_full() -> CalRefusal:
    return CalRefusal(409, "No more seats left at this seated booking.")


def reservation_refused(message: str) -> CalRefusal:
    return CalRefusal(422, message)
