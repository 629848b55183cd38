"""What is typed wrongly is one sentence and changes nothing; what is done is in the audit."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from askpro.services import tenants
from askpro.services.runtime import Runtime
from askpro.store.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.on("sqlite")


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["askpro"]
    return found


def run(app: Flask, *words: str) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=list(words))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("token add nobody", "There is no company 'nobody'; see `flask company list`."),
        ("company sync nobody", "There is no company 'nobody'; see `flask company list`."),
        ("retell tools nobody --url https://x.example", "There is no company 'nobody'; see"),
        ("retell tools salon --url x.example", "'x.example' does not begin with http:// or https"),
        ("doctor --url 127.0.0.1:8000", "'127.0.0.1:8000' does not begin with http:// or https"),
        ("operator add anna --url x", "'x' does not begin with http:// or https"),
        ("simulate call cancel --url ftp://x", "'ftp://x' does not begin with http:// or https"),
        ("demo --port 99999", "99999 is not in the range 1<=x<=65535"),
        ("simulate calcom --port 99999", "99999 is not in the range 0<=x<=65535"),
        ("events replay 7 8", "No such event is selected: 7, 8. Nothing is replayed."),
        ("events list --limit 0", "0 is not in the range x>=1"),
        ("understand heute --at gestern", "'gestern' is no time such as 2026-09-23T10:00"),
        ("erase hello", "This is neither a telephone number, such as +493012345678, nor a mail"),
    ],
)
def test_it_is_one_sentence(app: Flask, words: str, said: str) -> None:
    done = run(app, *words.split())
    assert f"Error: {said}" in done.output.replace("Invalid value for '--url': ", "").replace(
        "Invalid value for '--port': ", ""
    ).replace("Invalid value for '--limit': ", "")
    assert done.exit_code in (1, 2)


@pytest.mark.parametrize(
    "words",
    ["events replay {}", "events list --company {}", "understand heute --company {}",
     "erase +4930901820 --yes --company {}", "export +4930901820 --company {}"],
)  # fmt: skip
@pytest.mark.parametrize("too_wide", ["0", "9" * 20])
def test_no_database_is_asked_for_an_id_that_it_cannot_have(
    app: Flask, words: str, too_wide: str
) -> None:
    done = run(app, *words.format(too_wide).split())
    assert done.exit_code == 2
    assert f"{too_wide} is not in the range" in done.output


def test_a_number_is_an_id_before_it_is_a_slug(runtime: Runtime) -> None:
    now = runtime.clock.now()
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(session, 15, "Salon", now=now).slug = "20"
        factories.company(session, 20, "Stadl", now=now).slug = "30"
    of = partial(tenants.company_id_of, runtime.database)
    assert [of("15"), of("20"), of("30"), of("²")] == [15, 20, 20, None]


@pytest.mark.parametrize(
    "command", ["demo", "simulate calcom --port 0", "simulate call cancel --key k"]
)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[]", "is not a world"),
        (b"{}", "is not a world: KeyError('tenants')"),
        (b'{"tenants": [1]}', "is not a world"),
    ],
)
def test_a_file_that_is_no_world_is_named(
    app: Flask, tmp_path: Path, command: str, content: bytes, said: str
) -> None:
    file = tmp_path / "world.json"
    file.write_bytes(content)
    done = run(app, *command.split(), "--world", str(file))
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert f"Error: {file} {said}" in done.output


def test_a_transcript_in_another_encoding_is_named(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "transcript.txt"
    file.write_bytes("User: Schöne Grüße".encode("latin-1"))
    done = run(app, "extract", str(file))
    assert (done.exit_code, done.output) == (1, f"Error: {file} is not text in UTF-8.\n")


def test_a_company_file_that_windows_marked_is_read(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "companies.json"
    file.write_text('{"tenants": []}', encoding="utf-8-sig")
    assert run(app, "company", "import", str(file)).exit_code == 0


def test_of_many_events_the_latest_are_listed(app: Flask) -> None:
    runtime = app.extensions["askpro"]
    assert run(app, "events", "list").output == "There is no such event.\n"
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(session, 15, "Salon", now=runtime.clock.now())
        for error in ("First", "Second", "Third"):
            factories.event(session, 15, now=runtime.clock.now(), state="dead", error=error)
    listed = run(app, "events", "list", "--limit", "2").output.splitlines()
    assert [line.split()[-1] for line in listed] == ["Second", "Third"]


def test_replayed_events_and_a_token_are_in_the_audit(app: Flask) -> None:
    runtime = app.extensions["askpro"]
    with runtime.database.unrestricted_unsafe(write=True) as session:
        factories.company(session, 15, "Salon", now=runtime.clock.now())
        event = factories.event(session, 15, now=runtime.clock.now(), state="dead").id
    for words in (f"events replay {event} --dry-run", f"events replay {event}", "token add 15"):
        assert run(app, *words.split()).exit_code == 0
    with runtime.database.unrestricted_unsafe() as session:
        kept = session.execute(select(AuditEntry.who, AuditEntry.action, AuditEntry.target)).all()
    assert [tuple(each) for each in kept] == [
        ("command line", "events_replayed", f"event {event}"),
        ("command line", "token_added", "api"),
    ]
