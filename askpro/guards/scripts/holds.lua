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

-- What this call remembers from now on: the wish's notes.
local function remember(key, wish)
  local noted = false
  for field, value in pairs(wish.notes) do
    redis.call('HSET', key, field, value)
    noted = true
  end
  if noted then redis.call('PEXPIRE', key, wish.notes_ms) end
end

-- A wish, decoded: call, calendar, from and to in epoch seconds, seats, hold_ms, notes and notes_ms,
-- written (what the start looks like in the cached value).
local function wish_from(json)
  if json ~= '' then return cjson.decode(json) end
end
