-- Appointments were made: what was fetched before this moment still shows them as free. They are
-- noted, or, when a company has too many of them noted, all of its cached slots are forgotten.
-- KEYS: booked, mark of the company, generation of the company. ARGV: token, keep_ms, generation_ms,
-- most, then from and to of each in epoch seconds. How many are noted; 0 = forgotten.
local now, token, keep_ms = now_ms(), ARGV[1], tonumber(ARGV[2])
local kept, noted = redis.call('HGETALL', KEYS[1]), (#ARGV - 4) / 2
for i = 1, #kept, 2 do
  if tonumber(string.match(kept[i + 1], '|(%d+)$')) <= now then
    redis.call('HDEL', KEYS[1], kept[i])
  else
    noted = noted + 1
  end
end
redis.call('SET', KEYS[2], token, 'PX', ARGV[3])
if noted > tonumber(ARGV[4]) then
  redis.call('SET', KEYS[3], token, 'PX', ARGV[3])
  redis.call('DEL', KEYS[1])
  return 0
end
for i = 5, #ARGV, 2 do
  redis.call('HSET', KEYS[1], token .. '.' .. i, string.format('%.0f|%s|%s|%.0f', now, ARGV[i],
    ARGV[i + 1], now + keep_ms))
end
redis.call('PEXPIRE', KEYS[1], keep_ms)
return noted
