"""Real servers for the tests: started here, on this machine, and gone with the test run.

Every test process starts its own, on first need, in folders and on ports of its own. Nothing here
ever talks to a server that somebody else started, unless ``TEST_DATABASE_URL`` or
``TEST_REDIS_URL`` lends one; see :mod:`tests.servers.postgres` and :mod:`tests.servers.redis` for
what is asked of those.
"""
