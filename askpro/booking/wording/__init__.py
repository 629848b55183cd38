"""Every sentence a caller can hear, in one place: formal, natural German, under 300 characters.

Sentences that depend on the calendar take a :class:`Listener` first (the instant and the branch's
zone); instants are aware. Digits, line breaks, emoji and markup never leave this package, whatever
a name contains. A test reads every sentence.

::

    availability   free, not free, lists, past, nothing found
    closing        closed: why, and what is free instead
    appointments   booked, requested, pending, moved, cancelled, found, refused
    questions      asking back, fields that can't be right, services
    people         the caller, the business, callbacks
    faults         the calendar is down, unknown company or function
    moments, numbers, speech, offers   how days, times, prices and names are said
"""

from askpro.booking.wording.appointments import (
    Action,
    Entry,
    already_booked,
    already_cancelled,
    booked,
    booked_together,
    cancelled,
    change_pending,
    confirm_change,
    found,
    kept,
    none_found,
    not_allowed,
    not_found,
    not_movable,
    old_day_unclear,
    pending,
    ready,
    refused,
    requested,
    reschedule_requested,
    rescheduled,
    which_one,
)
from askpro.booking.wording.availability import (
    alternatives_found,
    available,
    day_full,
    day_listed,
    next_found,
    no_availability,
    past,
    stale_offer,
    too_soon,
    unavailable,
)
from askpro.booking.wording.closing import Exceptional, closed, closed_reason
from askpro.booking.wording.faults import (
    calendar_down,
    calendar_trouble,
    internal_error,
    not_available_yet,
    unknown_company,
    unknown_function,
)
from askpro.booking.wording.moments import (
    Listener,
    spoken_date,
    spoken_day,
    spoken_time,
    spoken_when,
    stretch,
    whens,
)
from askpro.booking.wording.people import (
    anonymous,
    callback_at_wish,
    callback_needs_number,
    callback_recorded,
    callback_recorded_for,
    callback_to_this_number,
    current_context,
    known,
    new_customer,
    opening_hours,
    service,
    services,
)
from askpro.booking.wording.questions import (
    invalid,
    not_bookable,
    too_far_ahead,
    unknown_service,
    when_again,
    which_day,
    which_service,
    which_time,
    whose_name,
)
from askpro.booking.wording.speech import speakable

__all__ = [
    "Action",
    "Entry",
    "Exceptional",
    "Listener",
    "already_booked",
    "already_cancelled",
    "alternatives_found",
    "anonymous",
    "available",
    "booked",
    "booked_together",
    "calendar_down",
    "calendar_trouble",
    "callback_at_wish",
    "callback_needs_number",
    "callback_recorded",
    "callback_recorded_for",
    "callback_to_this_number",
    "cancelled",
    "change_pending",
    "closed",
    "closed_reason",
    "confirm_change",
    "current_context",
    "day_full",
    "day_listed",
    "found",
    "internal_error",
    "invalid",
    "kept",
    "known",
    "new_customer",
    "next_found",
    "no_availability",
    "none_found",
    "not_allowed",
    "not_available_yet",
    "not_bookable",
    "not_found",
    "not_movable",
    "old_day_unclear",
    "opening_hours",
    "past",
    "pending",
    "ready",
    "refused",
    "requested",
    "reschedule_requested",
    "rescheduled",
    "service",
    "services",
    "speakable",
    "spoken_date",
    "spoken_day",
    "spoken_time",
    "spoken_when",
    "stale_offer",
    "stretch",
    "too_far_ahead",
    "too_soon",
    "unavailable",
    "unknown_company",
    "unknown_function",
    "unknown_service",
    "when_again",
    "whens",
    "which_day",
    "which_one",
    "which_service",
    "which_time",
    "whose_name",
]
