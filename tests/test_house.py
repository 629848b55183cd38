"""The house keeps its shape: floors, rooms, sizes, and a list of dependencies that is true."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.reference import ROOT

PACKAGE = ROOT / "askpro"
MODULES = sorted(PACKAGE.rglob("*.py"))

BASICS = {"errors", "settings", "setting_doubts", "setting_kinds", "clock"}
GROUND = BASICS | {"booking"}
FIRST_FLOOR = {"guards", "logs", "trace"}
#: Imports point down only: the rooms that the modules of a room may know beside their own. A room
#: that is not named (askpro itself, web, worker, cli) is on the top floor and may know them all.
MAY_KNOW = {
    **dict.fromkeys(GROUND, GROUND),
    "simulator": GROUND,
    "trace": BASICS,
    "logs": BASICS | {"guards", "trace"},
    "guards": BASICS | {"trace"},
    "providers": GROUND | FIRST_FLOOR,
    "store": GROUND | FIRST_FLOOR | {"extensions"},
    "extensions": GROUND | FIRST_FLOOR | {"store"},
    "services": GROUND | FIRST_FLOOR | {"providers", "store", "extensions"},
}
#: What booking decides must not depend on a framework, a database, a wire or the hour of the day.
BOOKING_NEVER_IMPORTS = {"flask", "sqlalchemy", "requests", "redis", "time", "random"}

MAY_READ_THE_ENVIRONMENT = {
    "settings.py",
    "cli/demo.py",  # Hands it on to the processes that it starts.
}
OURS = {"askpro", "wsgi", "tests", "tools", "benchmarks"}
#: Pinned for what it does without being imported.
USED_WITHOUT_IMPORT = {
    "gunicorn": "started by its command",
    "pytest": "the design card lists it",
    "psycopg": "SQLAlchemy loads it by the database's URL",
    "tzdata": "zoneinfo reads it",
}


def room(module: str) -> str:
    """``askpro.store.inbox`` lives in ``store``; the package itself in the empty room."""
    return module.removeprefix("askpro").removeprefix(".").split(".")[0]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def syntax_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def imports_of(path: Path) -> Sequence[tuple[str, int]]:
    """Every module that the file imports, wherever in it, with the line."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(syntax_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
            module = node.module or ""
            if node.level:
                module = f"{base}.{module}".rstrip(".")
            if module == "askpro":
                names = [alias.name for alias in node.names if alias.name != "__version__"]
                yield from ((_submodule(name), node.lineno) for name in names)
            else:
                yield module, node.lineno


def _submodule(name: str) -> str:
    """``from askpro import trace`` is about the room; ``from askpro import create_app`` is not."""
    exists = (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()
    return f"askpro.{name}" if exists else "askpro"


def may_import(here: str, there: str) -> bool:
    """``here`` and ``there`` are rooms."""
    return here == there or here not in MAY_KNOW or there in MAY_KNOW[here]


def test_imports_point_down_only():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in MODULES
        for module, line in imports_of(path)
        if module.split(".")[0] == "askpro" and not may_import(room(name_of(path)), room(module))
    ]
    assert not wrong, "\n".join(wrong)


def test_booking_knows_no_framework_and_no_clock_of_its_own():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in (PACKAGE / "booking").rglob("*.py")
        for module, line in imports_of(path)
        if module.split(".")[0] in BOOKING_NEVER_IMPORTS
    ]
    wrong += [
        f"{path.relative_to(ROOT)}:{node.lineno} asks the machine for the time"
        for path in (PACKAGE / "booking").rglob("*.py")
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
        if isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_settings_read_the_environment():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        if path.relative_to(PACKAGE).as_posix() not in MAY_READ_THE_ENVIRONMENT
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
        if isinstance(node.value, ast.Name) and node.value.id == "os"
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["askpro", "tests", "tools", "benchmarks"])
def test_no_file_is_over_500_lines(folder: str):
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 500
    }
    assert not long


def test_every_module_says_what_it_is():
    silent = [
        str(path.relative_to(ROOT)) for path in MODULES if not ast.get_docstring(syntax_of(path))
    ]
    assert not silent


def test_every_folder_of_python_files_is_a_package():
    folders = {path.parent for path in MODULES}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_nothing_outside_the_tests_reads_the_reference_data():
    sources = [*MODULES, ROOT / "wsgi.py", ROOT / "gunicorn.conf.py"]
    assert not [
        str(path.relative_to(ROOT))
        for path in sources
        if re.search(r"\.\./shared|ASKPRO_SHARED", path.read_text())
    ]


def pinned(name: str) -> set[str]:
    """The distributions that a requirements file pins, by their normalized names."""
    lines = (ROOT / name).read_text().splitlines()
    return {
        normalized(re.split(r"[\[=]", line)[0]) for line in lines if line and line[0] not in "#-"
    }


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


owners_of_packages = functools.cache(packages_distributions)


def imported(sources: Iterable[Path]) -> set[str]:
    """The distributions that the sources import."""
    owners = owners_of_packages()
    tops = {module.split(".")[0] for path in sources for module, _ in imports_of(path)}
    strangers = tops - set(sys.stdlib_module_names) - OURS
    unknown = {top for top in strangers if top not in owners}
    assert not unknown, f"not installed: {unknown}"
    return {normalized(owners[top][0]) for top in strangers}


def product() -> set[str]:
    migrations = (ROOT / "migrations").rglob("*.py")
    return imported([*MODULES, *migrations, ROOT / "wsgi.py", ROOT / "gunicorn.conf.py"])


def test_every_import_is_pinned():
    assert product() <= pinned("requirements.txt") | pinned("requirements-otel.txt")


def test_only_the_module_of_traces_imports_what_is_optional():
    assert all(name.startswith("opentelemetry-") for name in pinned("requirements-otel.txt"))
    importing = {
        path.name
        for path in MODULES
        for module, _ in imports_of(path)
        if module.split(".")[0] == "opentelemetry"
    }
    assert importing == {"telemetry.py"}


def test_every_import_of_the_tests_is_pinned():
    sources = [path for folder in ("tests", "tools") for path in (ROOT / folder).rglob("*.py")]
    optional = pinned("requirements-otel.txt")
    assert (
        imported(sources) <= pinned("requirements.txt") | pinned("requirements-dev.txt") | optional
    )


def test_every_pin_is_used():
    assert pinned("requirements.txt") - product() - set(USED_WITHOUT_IMPORT) == set()


def test_every_pin_has_its_reason_beside_it():
    for name in ("requirements.txt", "requirements-otel.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if "==" in line:
                assert re.search(r"\s# \S", line), f"{name}: {line}"


@pytest.mark.parametrize("name", ["requirements", "requirements-otel", "requirements-dev"])
def test_the_lock_holds_what_is_pinned_and_names_no_place(name: str):
    lock = (ROOT / f"{name}.lock").read_text()
    for line in (ROOT / f"{name}.txt").read_text().splitlines():
        if "==" in line:
            project, version = re.match(r"([A-Za-z0-9_.-]+)(?:\[.*\])?==([^\s;]+)", line).groups()
            assert f"\n{normalized(project)}==" in f"\n{lock}", f"{project}: make lock"
            assert re.search(rf"(?m)^{re.escape(normalized(project))}(\[.*\])?=={version} ", lock)
    assert not re.search(r"https?://|file:|--(find-links|index-url|extra-index-url)", lock)
