"""nginx for the tests: the system's program, with a configuration and a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

from tests.servers.leash import Leash
from tests.servers.programs import program

_START_SECONDS = 10
_MAIN = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Nginx:
    """A running nginx that serves ``site``, the text of what stands inside ``http { … }``."""

    def __init__(self, leash: Leash, site: str) -> None:
        self._leash = leash
        self._program = program("nginx", package="nginx", brew="nginx")
        self.folder = leash.folder()
        self.site = self.folder / "site.conf"
        self.site.write_text(site)
        main = self.folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        main.write_text(_MAIN.format(folder=self.folder, user=user))
        self._command = [self._program, "-p", self.folder, "-c", main, "-e", "stderr"]

    def start(self, port: int) -> None:
        """Starts it and waits until it listens on ``port``, which the site must name."""
        self.process = self._leash.start(
            self._command, log=self.folder / "output.log", ending=signal.SIGQUIT
        )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                self._leash.stop(self.process)
                raise RuntimeError(f"nginx did not start:\n{self.output()}")
            time.sleep(0.02)

    def reload(self) -> None:
        """Reads the site again; connections of the old one are served to their end."""
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        self._leash.stop(self.process)

    def output(self) -> str:
        """What it complained about."""
        logs = (self.folder / "output.log", self.folder / "error.log")
        return "".join(path.read_text() for path in logs if path.exists())

    def log(self, name: str) -> Path:
        return self.folder / name
