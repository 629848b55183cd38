-- An operator's hand on a circuit. KEYS: circuit. ARGV: reset, open or probe; why; rules.
-- Answers the transition, or nothing when nothing changed.
local circuit, wish, why = KEYS[1], ARGV[1], ARGV[2]
local rules, now = cjson.decode(ARGV[3]), now_ms()
local state = redis.call('GET', circuit .. ':state') or 'closed'
local failures = tonumber(redis.call('GET', circuit .. ':failures')) or 0
if wish == 'reset' then
  if state ~= 'closed' then return transition(circuit, state, 'closed', 0, why, now) end
  redis.call('SET', circuit .. ':state', 'closed')
  redis.call('SET', circuit .. ':failures', 0)
elseif wish == 'open' then
  return transition(circuit, state, 'open', failures, why, now)
elseif wish == 'probe' and state == 'open' then
  redis.call('HSET', circuit .. ':inside', 'opened_ms', now - rules.open_ms)
end
return false
