"""What stands between a request and trouble: breaker, budget, limits, cache, holds, redaction.

Each guard has one store interface with two bodies: memory (embedded mode, and the fallback when
Redis is gone) and Redis (cluster mode).
"""
