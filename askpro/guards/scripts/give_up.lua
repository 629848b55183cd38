-- A fetch ended without slots: others may try. KEYS: lock. ARGV: token, and for how many ms those who
-- waited for it are told that it failed (0: nobody is).
local token = string.match(redis.call('GET', KEYS[1]) or '', '^.-|(.-)|')
if token == ARGV[1] then redis.call('DEL', KEYS[1]) end
if tonumber(ARGV[2]) > 0 then
  redis.call('SET', KEYS[1] .. ':failed', ARGV[1], 'PX', ARGV[2])
end
return false
