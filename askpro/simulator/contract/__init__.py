"""Cal.com's requests and answers as types of our own, for the simulator and for its tests.

The simulator reads requests with :mod:`.requests`; the tests read its answers with
:mod:`.answers`, so that it can't drift even where Cal.com's OpenAPI document is not at hand.
Booking bodies forbid unknown keys, as Cal.com's booking pipes do (calcom.md §3); elsewhere unknown
keys are dropped silently.
"""
