"""Everything about Retell's wire that the rest of the product needs, under one name.

``verify`` the raw bytes, then ``parse_function_call`` or ``parse_event``.
"""

from askpro.providers.retell_api import RetellApi
from askpro.providers.retell_arguments import FUNCTIONS, function_name
from askpro.providers.retell_events import RetellEvent, parse_event
from askpro.providers.retell_functions import CallFacts, FunctionCall, parse_function_call
from askpro.providers.retell_signature import replay_key, sign, verify

__all__ = [
    "FUNCTIONS",
    "CallFacts",
    "FunctionCall",
    "RetellApi",
    "RetellEvent",
    "function_name",
    "parse_event",
    "parse_function_call",
    "replay_key",
    "sign",
    "verify",
]
