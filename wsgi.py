"""The gateway for gunicorn and for ``flask`` commands."""

import gc

# What is loaded now stays to the end. Looking for garbage in it takes a sixth of the start, and
# would make forked workers' pages their own.
gc.disable()

from askpro import create_app  # noqa: E402
from askpro.errors import SettingsError  # noqa: E402

try:
    app = create_app()
except SettingsError as problems:
    # Sentences for whoever sets it up, instead of a traceback.
    raise SystemExit(str(problems)) from None

gc.freeze()
gc.enable()
