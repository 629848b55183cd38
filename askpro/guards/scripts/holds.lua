-- Slots that calls hold. One hash per company; a call's field is
-- '<calendar>|<start>|<end>|<expiry in ms>', start and end in epoch seconds, half-open.

-- The holds of other calls, as they are kept; expired ones are dropped on the way.
local function holds_of_others(key, call, now)
  local kept, others = redis.call('HGETALL', key), {}
  for i = 1, #kept, 2 do
    if tonumber(string.match(kept[i + 1], '|(%d+)$')) <= now then
      redis.call('HDEL', key, kept[i])
    elseif kept[i] ~= call then
      others[#others + 1] = kept[i + 1]
    end
  end
  return others
end

-- 'held' or 'taken'. A call holds one slot: a new one lets go of the former.
local function hold(key, call, wish, others, now)
  local taken = 0
  for _, other in ipairs(others) do
    local calendar, from, to = string.match(other, '^(.-)|(%d+)|(%d+)|')
    if calendar == wish.calendar and wish.from < tonumber(to) and tonumber(from) < wish.to then
      taken = taken + 1
    end
  end
  if taken >= wish.seats then return 'taken' end
  redis.call('HSET', key, call, string.format('%s|%.0f|%.0f|%.0f', wish.calendar, wish.from,
    wish.to, now + wish.hold_ms))
  redis.call('PEXPIRE', key, wish.hold_ms)
  return 'held'
end

-- What this call remembers. ARGV from `at`: time to live in ms, number of pairs, field, value, ...
local function remember(key, at)
  local pairs_ = tonumber(ARGV[at + 1])
  if pairs_ > 0 then
    redis.call('HSET', key, unpack(ARGV, at + 2, at + 1 + pairs_ * 2))
    redis.call('PEXPIRE', key, ARGV[at])
  end
end

-- ARGV from `at`: call, calendar, start, end, seats, ms of the hold, what the start looks like in
-- the cached value, then as for `remember`. No call = no wish.
local function wish_from(at)
  if ARGV[at] == '' then return nil end
  return {call = ARGV[at], calendar = ARGV[at + 1], from = tonumber(ARGV[at + 2]),
    to = tonumber(ARGV[at + 3]), seats = tonumber(ARGV[at + 4]), hold_ms = tonumber(ARGV[at + 5]),
    written = ARGV[at + 6], remember_at = at + 7}
end
