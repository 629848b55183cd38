-- What became of a permit. KEYS: circuit. ARGV: what is told of it, rules. Told are token, epoch,
-- outcome (success, failure, answer, neutral, unsent), why, latency_ms, blocked_ms (Cal.com blocks
-- the account), granted (requests it says are left; -1: it did not say) and reset_ms (until it
-- gives new ones). Answers the transition, or nothing.
local circuit, told, rules, now = KEYS[1], cjson.decode(ARGV[1]), cjson.decode(ARGV[2]), now_ms()
local budget = string.gsub(circuit, '^circuit_breaker', 'calcom_budget')
local token, outcome = told.token, told.outcome

if outcome == 'unsent' then
  redis.call('ZREM', budget .. ':sent', token)
else
  redis.call('ZADD', budget .. ':sent', 'XX', now, token)
  redis.call('LPUSH', circuit .. ':outcomes', cjson.encode(
    {at_ms = now, outcome = outcome, why = told.why, latency_ms = told.latency_ms}))
  redis.call('LTRIM', circuit .. ':outcomes', 0, 99)
  redis.call('PEXPIRE', circuit .. ':outcomes', 86400000)
end
if told.blocked_ms > 0 then
  redis.call('SET', budget .. ':blocked_until', now + told.blocked_ms, 'PX', told.blocked_ms)
end
if told.granted >= 0 and told.reset_ms > 0 then
  local known = tonumber(redis.call('GET', budget .. ':granted'))
  if not known or told.granted < known then
    redis.call('SET', budget .. ':granted', told.granted, 'PX', told.reset_ms)
  end
end

local mine = redis.call('ZREM', circuit .. ':probes', token)
local epoch = tonumber(redis.call('HGET', circuit .. ':inside', 'epoch')) or 0
if epoch ~= told.epoch then return false end
if outcome ~= 'success' and outcome ~= 'failure' then return false end
local state = redis.call('GET', circuit .. ':state') or 'closed'
if state == 'closed' then
  if outcome == 'success' then
    redis.call('SET', circuit .. ':failures', 0)
  else
    local failures = redis.call('INCR', circuit .. ':failures')
    if failures >= rules.threshold then
      return transition(circuit, 'closed', 'open', failures, told.why, now)
    end
  end
elseif state == 'half_open' and mine == 1 then
  if outcome == 'failure' then
    local failures = redis.call('INCR', circuit .. ':failures')
    return transition(circuit, 'half_open', 'open', failures, told.why, now)
  end
  if redis.call('INCR', circuit .. ':successes') >= rules.successes then
    return transition(circuit, 'half_open', 'closed', 0, '', now)
  end
end
return false
