-- A fetch is still under way. KEYS: lock. ARGV: token, ms of the lock.
local token = string.match(redis.call('GET', KEYS[1]) or '', '^.-|(.-)|')
if token == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return false
