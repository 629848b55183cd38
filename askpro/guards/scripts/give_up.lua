-- A fetch failed: others may try, and those who waited for it are told. KEYS: lock.
-- ARGV: generation, token, ms for which the failure is told.
if redis.call('GET', KEYS[1]) == ARGV[1] .. '|' .. ARGV[2] then redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1] .. ':failed', ARGV[2], 'PX', ARGV[3])
return false
