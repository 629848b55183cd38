"""The panels of the dashboard; importing this package registers them all."""

from askpro.web.dashboard.panels import calls, companies, events, guards, now, people, system, trail
from askpro.web.dashboard.panels.drawing import Drawings, Drawn
from askpro.web.dashboard.panels.registry import PANELS, Panel, panel_named

#: The modules whose panels were registered by importing them.
MODULES = (calls, companies, events, guards, now, people, system, trail)

__all__ = ["MODULES", "PANELS", "Drawings", "Drawn", "Panel", "panel_named"]
