"""The WSGI entry: ``gunicorn -c gunicorn.conf.py wsgi:app``; ``flask`` finds it by itself."""

from askpro import create_app

app = create_app()
