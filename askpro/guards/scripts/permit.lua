-- One circuit and the budget behind it. `rules` is what CircuitRules says, decoded from JSON.
--
-- circuit_breaker:<name>:state, :failures, :successes and :opened_at (seconds) are plain strings:
-- operators read them with plain tools. :inside holds what only these scripts need: the epoch that
-- every transition raises, so that late results of an earlier epoch are known as late.
-- Keys are made from the circuit's name here: Redis Cluster is not promised.

local function transition(circuit, from, to, failures, why, now)
  local service = string.sub(circuit, #'circuit_breaker:' + 1)
  redis.call('SET', circuit .. ':state', to)
  redis.call('HINCRBY', circuit .. ':inside', 'epoch', 1)
  redis.call('DEL', circuit .. ':probes')
  redis.call('SET', circuit .. ':successes', 0)
  if to == 'closed' then
    redis.call('SET', circuit .. ':failures', 0)
    redis.call('DEL', circuit .. ':opened_at')
  elseif to == 'open' then
    redis.call('SET', circuit .. ':opened_at', math.floor(now / 1000))
    redis.call('HSET', circuit .. ':inside', 'opened_ms', now)
  end
  redis.call('SADD', 'circuit_breaker:names', service)
  redis.call('LPUSH', 'circuit_breaker:events',
    cjson.encode({service = service, from = from, to = to, at_ms = now, failures = failures, why = why}))
  redis.call('LTRIM', 'circuit_breaker:events', 0, 199)
  return {from, to, now, failures, why}
end

-- Milliseconds until an open circuit may be probed. An operator may have set the plain keys by hand.
local function retry_in(circuit, rules, now)
  local opened = tonumber(redis.call('HGET', circuit .. ':inside', 'opened_ms'))
  if not opened then
    opened = (tonumber(redis.call('GET', circuit .. ':opened_at')) or now / 1000) * 1000
  end
  return opened + rules.open_ms - now
end

-- {'ok', epoch, probe, left, failures, transition or false}, {'open', ms} or {'spent', ms}.
-- `reserve` is what must be left of the budget for more urgent requests.
local function acquire(circuit, token, reserve, rules, now)
  local budget = string.gsub(circuit, '^circuit_breaker', 'calcom_budget')
  local sent = budget .. ':sent'
  local kept = redis.call('MGET', circuit .. ':state', circuit .. ':failures',
    budget .. ':blocked_until', budget .. ':granted')
  local state = kept[1] or 'closed'
  if state == 'open' then
    local wait = retry_in(circuit, rules, now)
    if wait > 0 then return {'open', wait} end
  elseif state == 'half_open' then
    redis.call('ZREMRANGEBYSCORE', circuit .. ':probes', '-inf', now)
    local probe = redis.call('ZRANGE', circuit .. ':probes', 0, 0, 'WITHSCORES')
    if probe[1] then return {'open', math.min(probe[2] - now, 1000)} end
  end

  -- Requests in flight stand in the window with the end of their lease as their time; settling
  -- moves them to the moment they ended. So no moment's delay on the wire can make two windows of
  -- Cal.com's overlap, and one whose worker died still counts.
  redis.call('ZREMRANGEBYSCORE', sent, '-inf', now - rules.window_ms)
  local used = redis.call('ZCARD', sent)
  local blocked = (tonumber(kept[3]) or 0) - now
  if blocked > 0 then return {'spent', blocked} end
  local granted = tonumber(kept[4])
  if granted and granted <= reserve then
    return {'spent', math.max(redis.call('PTTL', budget .. ':granted'), 1)}
  end
  local left = rules.requests - used
  if left <= reserve then
    local oldest = redis.call('ZRANGE', sent, reserve - left, reserve - left, 'WITHSCORES')
    return {'spent', math.max((tonumber(oldest[2]) or now) + rules.window_ms - now, 1)}
  end

  local changed, probe = false, 0
  if state == 'open' then
    changed = transition(circuit, 'open', 'half_open', tonumber(kept[2]) or 0, '', now)
  end
  if state ~= 'closed' then
    probe = 1
    redis.call('ZADD', circuit .. ':probes', now + rules.lease_ms, token)
    redis.call('PEXPIRE', circuit .. ':probes', rules.lease_ms * 2)
  elseif not kept[1] then
    redis.call('SET', circuit .. ':state', 'closed')
    redis.call('SADD', 'circuit_breaker:names', string.sub(circuit, #'circuit_breaker:' + 1))
  end
  redis.call('ZADD', sent, now + rules.lease_ms, token)
  redis.call('PEXPIRE', sent, rules.window_ms + rules.lease_ms)
  if granted then
    redis.call('DECR', budget .. ':granted')
    left = math.min(left, granted)
  end
  local epoch = tonumber(redis.call('HGET', circuit .. ':inside', 'epoch')) or 0
  return {'ok', epoch, probe, left - 1, tonumber(kept[2]) or 0, changed}
end
