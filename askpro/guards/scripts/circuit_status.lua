-- One circuit and its budget as they stand. KEYS: circuit. ARGV: rules.
-- {state, failures, successes, opened_at in ms or 0, ms until retry, used, ms blocked, granted or -1}
local circuit = KEYS[1]
local budget = string.gsub(circuit, '^circuit_breaker', 'calcom_budget')
local rules, now = cjson.decode(ARGV[1]), now_ms()
local kept = redis.call('MGET', circuit .. ':state', circuit .. ':failures', circuit .. ':successes',
  circuit .. ':opened_at', budget .. ':blocked_until', budget .. ':granted')
local state = kept[1] or 'closed'
local opened, wait = 0, 0
if state ~= 'closed' then
  opened = tonumber(redis.call('HGET', circuit .. ':inside', 'opened_ms'))
    or (tonumber(kept[4]) or 0) * 1000
end
if state == 'open' then wait = math.max(retry_in(circuit, rules, now), 0) end
local used = redis.call('ZCOUNT', budget .. ':sent', '(' .. (now - rules.window_ms), '+inf')
return {state, tonumber(kept[2]) or 0, tonumber(kept[3]) or 0, opened, wait, used,
  math.max((tonumber(kept[5]) or 0) - now, 0), tonumber(kept[6]) or -1}
