"""Acts on the whole installation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from askpro import __version__
from askpro.services import actions, control
from askpro.services.actions import NotThere
from askpro.web.dashboard.acts.registry import Prospect, Values, act
from askpro.web.dashboard.desk import Desk
from askpro.web.dashboard.texts import gettext


def _about_examination(desk: Desk, values: Values) -> Prospect:
    if not desk.sees_all:
        raise NotThere
    return Prospect(
        control.address_of(desk.runtime),
        gettext(
            "Every protection of the running gateway is tried, as flask doctor does: forged and "
            "repeated requests, a burst of one call, a circuit of its own. Callers notice nothing. "
            "It takes some seconds; this page does not wait."
        ),
    )


@act(
    "doctor",
    _("Examine the protections"),
    _("Examine"),
    _about_examination,
    back="dashboard.system",
)
def call_the_doctor(desk: Desk, values: Values, reason: str) -> str:
    actions.call_the_doctor(desk.runtime, desk.account.actor, __version__, reason)
    return gettext("The examination runs; what it finds appears below.")
