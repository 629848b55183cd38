-- What became of a permit. KEYS: circuit.
-- ARGV: token, epoch, outcome (success, failure, answer, neutral, unsent), why, latency in ms,
--       milliseconds for which Cal.com blocks the account, requests Cal.com says are left (-1: it
--       did not say), milliseconds until it gives new ones, then the rules.
-- Answers the transition, or nothing.
local circuit, token, outcome, why = KEYS[1], ARGV[1], ARGV[3], ARGV[4]
local budget = string.gsub(circuit, '^circuit_breaker', 'calcom_budget')
local rules, now = rules_from(9), now_ms()

if outcome == 'unsent' then
  redis.call('ZREM', budget .. ':sent', token)
else
  redis.call('ZADD', budget .. ':sent', 'XX', now, token)
  redis.call('LPUSH', circuit .. ':outcomes',
    cjson.encode({at_ms = now, outcome = outcome, why = why, latency_ms = tonumber(ARGV[5])}))
  redis.call('LTRIM', circuit .. ':outcomes', 0, 99)
  redis.call('PEXPIRE', circuit .. ':outcomes', 86400000)
end
local blocked = tonumber(ARGV[6])
if blocked > 0 then
  redis.call('SET', budget .. ':blocked_until', now + blocked, 'PX', blocked)
end
local granted, reset = tonumber(ARGV[7]), tonumber(ARGV[8])
if granted >= 0 and reset > 0 then
  local known = tonumber(redis.call('GET', budget .. ':granted'))
  if not known or granted < known then
    redis.call('SET', budget .. ':granted', granted, 'PX', reset)
  end
end

local mine = redis.call('ZREM', circuit .. ':probes', token)
local epoch = tonumber(redis.call('HGET', circuit .. ':inside', 'epoch')) or 0
if epoch ~= tonumber(ARGV[2]) then return false end
if outcome ~= 'success' and outcome ~= 'failure' then return false end
local state = redis.call('GET', circuit .. ':state') or 'closed'
if state == 'closed' then
  if outcome == 'success' then
    redis.call('SET', circuit .. ':failures', 0)
  else
    local failures = redis.call('INCR', circuit .. ':failures')
    if failures >= rules.threshold then
      return transition(circuit, 'closed', 'open', failures, why, now)
    end
  end
elseif state == 'half_open' and mine == 1 then
  if outcome == 'failure' then
    local failures = redis.call('INCR', circuit .. ':failures')
    return transition(circuit, 'half_open', 'open', failures, why, now)
  end
  if redis.call('INCR', circuit .. ':successes') >= rules.successes then
    return transition(circuit, 'half_open', 'closed', 0, '', now)
  end
end
return false
