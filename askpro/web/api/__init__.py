"""REST for other clients: ``/api/v2``, with a company's bearer token (wire.md §5).

::

    routes     the table of contents: each route with what it is counted as
    gate       who asks, how often, and what they sent
    shown      appointments and answers as JSON, with their HTTP status
    problems   what is answered instead
    schemas    what may be sent and what comes back, typed; unknown fields are refused here
    document   the OpenAPI document, made from the schemas
"""

from askpro.web.api.routes import blueprint

__all__ = ["blueprint"]
