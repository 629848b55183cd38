-- The answer that was kept under a key, '' while somebody is working on it, or nothing: then it is
-- ours to work on. KEYS: the answer. ARGV: ms of the claim.
local kept = redis.call('GET', KEYS[1])
if not kept then redis.call('SET', KEYS[1], '', 'PX', ARGV[1]) end
return kept
