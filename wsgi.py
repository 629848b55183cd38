"""The gateway for gunicorn and for ``flask`` commands."""

from askpro import create_app
from askpro.errors import SettingsError

try:
    app = create_app()
except SettingsError as problems:
    # Sentences for whoever sets it up, instead of a traceback.
    raise SystemExit(str(problems)) from None
