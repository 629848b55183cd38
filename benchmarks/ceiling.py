"""What the machine could do at all: an empty Flask app that answers with a constant JSON."""

from __future__ import annotations

import orjson
from flask import Flask, Response

app = Flask("ceiling")
#: As long as the answer to a question for free times.
_ANSWER = orjson.dumps({"success": True, "status": "available", "message": "Ja. " * 30, "n": 1})


@app.post("/api/webhooks/retell/function")
def hello() -> Response:
    return Response(_ANSWER, mimetype="application/json")


@app.get("/api/health")
def health() -> Response:
    return Response(b"{}", mimetype="application/json")
