"""What is ``flask demo``'s own: its database, and keys that other commands find.

The keys are made once in an installation. Only the demonstration's gateway is given them; nothing
accepts them because they are here.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from askpro.settings import Settings


@dataclass(frozen=True)
class DemoKeys:
    retell: str = field(repr=False)
    calcom: str = field(repr=False)
    calcom_webhooks: str = field(repr=False)


def folder_of(settings: Settings) -> Path:
    """Where the demonstration keeps what is its own."""
    return Path(settings.instance_path) / "demo"


def database_of(settings: Settings) -> str:
    """The database that is the demonstration's unless another one is named."""
    return f"sqlite:///{Path(settings.instance_path) / 'askpro.db'}"


def known(settings: Settings) -> DemoKeys | None:
    """Those of an earlier start; None before the first."""
    try:
        return DemoKeys(**json.loads(_file(settings).read_text()))
    except FileNotFoundError:
        return None


def kept(settings: Settings) -> DemoKeys:
    """The installation's; made where there are none, for its owner's eyes only."""
    made = DemoKeys(
        f"key_{secrets.token_hex(16)}", f"cal_{secrets.token_hex(16)}", secrets.token_hex(16)
    )
    return DemoKeys(**json.loads(_made_once(_file(settings), json.dumps(asdict(made)))))


def password(settings: Settings) -> str:
    """What the demonstration's operator signs in with, the same at every start."""
    return _made_once(folder_of(settings) / "password", secrets.token_urlsafe(12))


def _made_once(path: Path, content: str) -> str:
    """What is in that file, for its owner's eyes only; ``content`` where there was none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written aside and linked: who starts at the same moment reads it whole, and all the same.
        with NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.stem}.") as written:
            written.write(content)
            written.flush()
            with suppress(FileExistsError):
                os.link(written.name, path)
    return path.read_text()


def _file(settings: Settings) -> Path:
    return folder_of(settings) / "keys.json"
