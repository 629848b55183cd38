"""The other forms of what a page shows: JSON beside every panel, CSV beside every list."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

import orjson
from flask import Response, request

from askpro.guards.redaction import Redactor
from askpro.web.dashboard.desk import Desk

_redactor = Redactor()
#: Where a formula would begin: in a cell, and after what a spreadsheet of another country takes for
#: the end of one, quoted or not. Signs of East Asian width count as well.
_FORMULA = re.compile(r"(?:^|[;\t\r\n])(?=\s*[=+@\-\uff1d\uff0b\uff20\uff0d])")


def wants_json() -> bool:
    """``?format=json``, or an Accept header that prefers it."""
    if request.args.get("format"):
        return request.args["format"] == "json"
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )


def json_twin(here: Desk, name: str, data: Mapping[str, Any]) -> Response:
    """The data of a panel, instants in UTC; redacted once more on the way out."""
    body = {"panel": name, "at": here.now, "company_id": here.company_id, **data}
    return Response(
        orjson.dumps(_redactor.value(plain(body)), option=orjson.OPT_INDENT_2),
        mimetype="application/json",
    )


def plain(value: Any) -> Any:
    """``value`` as JSON takes it."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Response:
    """Rows as CSV. What a spreadsheet would run as a formula is made text."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _cell(value: Any) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, list | dict):
        value = orjson.dumps(value).decode()
    return _FORMULA.sub(r"\g<0>'", _redactor.text(str(value)))
