"""gunicorn for the ceiling: the gateway's own configuration without what belongs to its app."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

_HOOKS = ("post_fork", "post_worker_init", "worker_exit")
_gateways = run_path(str(Path(__file__).parent.parent / "gunicorn.conf.py"))
globals().update(
    {
        name: value
        for name, value in _gateways.items()
        if not name.startswith("_") and name not in _HOOKS
    }
)
