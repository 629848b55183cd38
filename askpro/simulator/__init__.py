"""A Cal.com that is not Cal.com, and callers who are not people.

For the demo, the tests and the benchmarks. Speaks HTTP like the rest of the world and knows
nothing of the rooms above floor 0.

Cal.com, from the outside in::

    running         a simulator in this process; server: its HTTP server
    calcom          the order of a request: key, limit, fault, version, route
    routes_*        /v2 as Cal.com has it, /_sim as we do; legacy: what a forgotten version gets
    contract        requests and answers as types; refusals: Cal.com's own words
    simulation      keys, limits (throttle), faults, webhooks and calendars in one object
    calendar        what is free, and booking; changes: moving and cancelling; search: the list
    bookings        the rows; reservations: courtesy holds; form: what an event type asks
    world           where it starts: accounts, event types, free_times; keeping: where it goes on

Callers::

    caller          play one scenario; traffic: callers that keep coming
    scenarios       what they want; agent: what a voice agent does with the answers
    line            one call as Retell conducts it; retell_wire: its bytes
    cast            companies and people; conversation: calls as text
"""
