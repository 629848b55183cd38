"""The panels of the dashboard; importing this package registers them all."""

from askpro.web.dashboard.panels import calls, guards
from askpro.web.dashboard.panels.drawing import Drawings, Drawn
from askpro.web.dashboard.panels.registry import PANELS, Panel, panel_named

__all__ = ["PANELS", "Drawings", "Drawn", "Panel", "calls", "guards", "panel_named"]
