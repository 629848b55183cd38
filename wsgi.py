"""The gateway for gunicorn and for ``flask`` commands."""

from askpro import create_app

app = create_app()
