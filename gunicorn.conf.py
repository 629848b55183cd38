"""How gunicorn serves the gateway: ``gunicorn -c gunicorn.conf.py wsgi:app``.

Embedded mode (no REDIS_URL) is one worker with threads, because guards and inbox live in its
memory. Cluster mode is as many workers as the machine has cores; a caller's request mostly waits
for Cal.com, so concurrency comes from threads.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

from dotenv import load_dotenv

from askpro.errors import SettingsError
from askpro.settings import CLOCK_OFFSET_VARIABLE, Settings

_HERE = Path(__file__).parent


def _settings() -> Settings:
    development = os.environ.get("APP_ENV", "development") == "development"
    if development and not os.environ.get("FLASK_SKIP_DOTENV"):
        load_dotenv(_HERE / ".env")
    try:
        return Settings.from_environ()
    except SettingsError as problems:
        sys.exit(str(problems))


settings = _settings()
if settings.clock_offset_seconds:
    # Fixed here, once: workers that computed it themselves would each run a little apart.
    os.environ[CLOCK_OFFSET_VARIABLE] = json.dumps(settings.clock_offset_seconds)

bind = f"{settings.host}:{settings.port}"
worker_class = "askpro.gunicorn_worker.PatientWorker"
workers = settings.workers
threads = settings.web_threads

# Balancers keep connections for up to 60 seconds; whoever closes first must not be us.
keepalive = 75
# Retell waits ten seconds and a write to Cal.com at most eight, so all answers are out by then.
graceful_timeout = 30
# Watches a worker's main loop, not its requests: those carry deadlines of their own.
timeout = 30
# A slow leak in a library never gets old. In embedded mode the guards' memory would go with it.
max_requests = 0 if settings.embedded else 100_000
max_requests_jitter = 20_000

# A worker that dies is replaced by a fork of the loaded app, in milliseconds instead of seconds.
# Embedded mode loads it in its worker, whose threads would not survive the fork.
preload_app = not settings.embedded

# The socket would lie in the home folder, one for all gateways of a user.
control_socket_disable = True
# Workers show that they live by touching a file; a full or slow disk must not look like a death.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# gunicorn believes X-Forwarded-Proto from this machine unless told otherwise; see TRUSTED_PROXIES.
forwarded_allow_ips = "127.0.0.1,::1" if settings.trusted_proxies else ""

logger_class = "askpro.gunicorn_logger.GunicornLogger"
loglevel = settings.log_level.lower()


def when_ready(server: Any) -> None:
    """What the loaded app is made of never becomes garbage.

    A collection would touch it all, and so copy it from the master into every worker; at a worker's
    end that alone takes half a second.
    """
    if preload_app:
        gc.collect()
        gc.freeze()
        # A request leaves next to no cycles; looking for them after every 700 allocations, several
        # times in each, is a twentieth of its time.
        gc.set_threshold(50_000, 20, 20)


def post_fork(server: Any, worker: Any) -> None:
    """Connections that the master opened are the master's: two processes on one break both.

    redis-py notices a fork by itself; SQLAlchemy's pool must be told.
    """
    if not preload_app:
        return
    from askpro.extensions import db
    from wsgi import app

    with app.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)


def post_worker_init(worker: Any) -> None:
    """In embedded mode nobody runs ``flask worker``: the one process works on its own inbox too."""
    worker.request_seconds = settings.request_seconds
    if not settings.embedded:
        return
    from askpro.worker import start_in_thread
    from wsgi import app

    worker.inbox_worker = start_in_thread(app.extensions["askpro"])


def worker_exit(server: Any, worker: Any) -> None:
    """Finish what is in hand, and write what waits."""
    inbox_worker = getattr(worker, "inbox_worker", None)
    if inbox_worker is not None:
        inbox_worker.stop()
        inbox_worker.join(10)
    from wsgi import app

    app.extensions["askpro"].close()
