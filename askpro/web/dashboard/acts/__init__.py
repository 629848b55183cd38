"""What an operator may do from the dashboard; importing this package registers every act."""

from askpro.web.dashboard.acts import companies, guards, installation, work
from askpro.web.dashboard.acts.registry import ACTS, Act, NothingChosen, Prospect

#: The modules whose acts were registered by importing them.
MODULES = (companies, guards, installation, work)

__all__ = ["ACTS", "MODULES", "Act", "NothingChosen", "Prospect"]
