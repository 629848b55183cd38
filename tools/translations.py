"""The dashboard's German, from its English: ``python -m tools.translations``.

Collects the texts of pages and panels into ``askpro/translations/…/messages.po``, keeps what is
translated there, and compiles it. With ``--check`` nothing is written: the exit status says
whether a text is missing, left over, or not compiled.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "askpro"
CATALOG = PACKAGE / "translations/de/LC_MESSAGES/messages.po"
_METHODS = [("web/dashboard/**.py", "python"), ("templates/**.html", "jinja2")]
_OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
_IDLE_HEADERS = tuple(
    f'"{name}:'
    for name in (
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
_KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def texts() -> Catalog:
    """Every text of the dashboard, untranslated."""
    found = Catalog(project="AskPro")
    for path, _line, message, comments, context in extract_from_dir(
        PACKAGE, _METHODS, _OPTIONS, _KEYWORDS
    ):
        found.add(message, None, [(f"askpro/{path}", 1)], auto_comments=comments, context=context)
    return found


def merged() -> Catalog:
    """The German catalog with exactly the texts that are there now."""
    with CATALOG.open("rb") as source:
        catalog = read_po(source, locale="de")
    catalog.update(texts(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def problems() -> list[str]:
    """What is missing, left over or not compiled; empty when all is well."""
    with CATALOG.open("rb") as source:
        kept = read_po(source, locale="de")
    here = {message.id for message in texts() if message.id}
    found = [f"not translated: {m.id!r}" for m in merged() if m.id and not _done(m.string)]
    found += [f"left over: {m.id!r}" for m in kept if m.id and m.id not in here]
    if CATALOG.with_suffix(".mo").read_bytes() != _compiled(kept):
        found.append("messages.mo is not compiled from messages.po")
    return found


def write() -> None:
    out = io.BytesIO()
    write_po(out, merged(), sort_output=True, no_location=True, width=100)
    # Without the date of the run and the names of nobody, a second run changes nothing.
    lines = out.getvalue().decode().splitlines(keepends=True)
    CATALOG.write_text("".join(line for line in lines if not line.startswith(_IDLE_HEADERS)))
    with CATALOG.open("rb") as source:
        CATALOG.with_suffix(".mo").write_bytes(_compiled(read_po(source, locale="de")))


def _done(translation: str | tuple[str, ...]) -> bool:
    return bool(translation) if isinstance(translation, str) else all(translation)


def _compiled(catalog: Catalog) -> bytes:
    # The compiled header carries these dates; compiled again, it must be the same.
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> None:
    if "--check" not in sys.argv:
        write()
    found = problems()
    sys.exit("\n".join(found) or None)


if __name__ == "__main__":
    main()
