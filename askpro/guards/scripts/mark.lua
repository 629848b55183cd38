-- What is another one after every change of a company's calendar. There is always one: had a flushed
-- Redis none, what was kept from before a change would seem to be from after it.
-- KEYS: mark. ARGV: token, keep_ms.
local mark = redis.call('GET', KEYS[1])
if not mark then
  mark = ARGV[1]
  redis.call('SET', KEYS[1], mark, 'PX', ARGV[2])
end
return mark
