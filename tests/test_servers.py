"""The tests' own servers: they are real, apart from each other, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import create_engine, text

from tests.reference import ROOT
from tests.servers.leash import Leash
from tests.servers.ports import free_port
from tests.servers.postgres import LentPostgres, Postgres
from tests.servers.redis import LentRedis, OwnRedis
from tests.waiting import eventually


def test_an_empty_database_is_of_the_kind_that_was_asked_for(database, empty_database_url):
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE once (id INTEGER)"))
        assert engine.dialect.name == database
    engine.dispose()


def test_a_copied_database_is_apart_from_its_template(postgres: Postgres):
    template = postgres.create()
    with psycopg.connect(_plain(postgres.url(template))) as connection:
        connection.execute("CREATE TABLE kept (id INTEGER)")
    copy = postgres.create(template)
    with closing(psycopg.connect(_plain(postgres.url(copy)))) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        postgres.drop(copy)  # Whoever is still connected.
    postgres.drop(template)


def test_a_database_that_the_tests_did_not_make_is_not_dropped(postgres: Postgres):
    with pytest.raises(ValueError, match="not made by this test run"):
        postgres.drop("postgres")


def test_redis_is_empty_for_every_test(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        assert not client.exists("left by the other test")
        client.set("left by the other test", 1)


test_redis_is_empty_for_every_other_test = test_redis_is_empty_for_every_test


def test_a_frozen_redis_answers_after_the_thaw(own_redis: OwnRedis):
    own_redis.hang()
    with pytest.raises(redis.TimeoutError):
        redis.Redis(port=own_redis.port, socket_timeout=0.1, retry=Retry(NoBackoff(), 0)).ping()
    own_redis.thaw()
    assert own_redis.client().ping()


def test_a_lent_database_must_be_named_as_one_for_tests():
    with pytest.raises(RuntimeError, match="_test"):
        LentPostgres("postgresql://askpro@localhost/askpro")


def test_a_lent_redis_must_be_empty(own_redis: OwnRedis):
    url = f"redis://127.0.0.1:{own_redis.port}/3"
    with redis.Redis.from_url(url) as client:
        client.set("somebody's", "value")
        with pytest.raises(RuntimeError, match="must be empty"):
            LentRedis(url)
        client.delete("somebody's")
    lent = LentRedis(url)
    lent.flush()
    assert LentRedis(url).url == lent.url


def test_a_test_cannot_reach_the_open_network():
    with socket.socket() as outgoing, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        outgoing.connect(("192.0.2.1", 443))


def test_everything_dies_with_a_test_run_that_is_killed(tmp_path: Path):
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from tests.servers.leash import Leash
        leash = Leash()
        folder = leash.folder()
        child = leash.start(["sleep", "60"], log=folder / "log")
        print(child.pid, folder, flush=True)
        time.sleep(60)
        """
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout is not None
    pid, folder = run.stdout.readline().split()
    assert psutil.pid_exists(int(pid))
    run.kill()
    run.communicate()
    eventually(lambda: not psutil.pid_exists(int(pid)) and not Path(folder).exists(), seconds=10)


def test_a_process_that_ignores_its_polite_signal_is_killed(leash: Leash, tmp_path: Path):
    log = tmp_path / "log"
    process = leash.start(["sh", "-c", "trap '' TERM; echo ready; sleep 60"], log=log)
    eventually(log.read_text)
    assert leash.stop(process, seconds=0.2) == -signal.SIGKILL


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def test_a_port_belongs_to_one_test_process_until_that_ends():
    port = free_port()
    mine = (
        "import sys; from tests.servers import ports; ports._PORTS = [int(sys.argv[1])];"
        "ports.free_port()"
    )
    other = subprocess.run(
        [sys.executable, "-c", mine, str(port)], cwd=ROOT, capture_output=True, text=True
    )
    assert f"No free port among 1000 from {port}" in other.stderr
