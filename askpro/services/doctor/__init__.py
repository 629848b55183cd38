"""``flask doctor``: is every protection really in force on the running instance?

Each check tries a protection and looks at the effect: requests go to the instance over HTTP, and
what only happens inside of it is tried there, by commands of the loopback route.

::

    examination.py    all checks, in order; a check that breaks is a finding
    findings.py       one line of the answer
    instance.py       how the instance is spoken to: signed, and to each worker
    doors.py          who gets in: unsigned, forged, limit headers, Cal.com's address
    calls.py          bursts and replays
    workers.py        what two workers share
    state.py          versions, migrations, clocks, keys, workers, Redis, disk
    visits.py         called from a page: examined behind the request, and kept
    inside/           what runs in the instance (:mod:`askpro.services.control`)
"""
