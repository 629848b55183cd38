"""REST for other clients: ``/api/v2``, with a company's bearer token (wire.md §5).

::

    views     the routes: check the token, read the body, ask the service, answer
    schemas   what may be sent, typed; unknown fields are refused here
    document  the OpenAPI document, made from the schemas
"""

from askpro.web.api.views import blueprint

__all__ = ["blueprint"]
