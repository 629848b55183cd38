-- What is cached is '{"at":<ms>,"fresh":<ms>,"of":"<generation>","value":<json>}'. The generation
-- is of company and event type: whoever changes a booking replaces it, and what was fetched before
-- is not there any more, wherever it is kept. KEYS: entry, lock, generation of the company, of the
-- event type, holds, memory, circuit, booked.
local function generation()
  local kept = redis.call('MGET', KEYS[3], KEYS[4])
  return (kept[1] or '0') .. '.' .. (kept[2] or '0')
end

-- Who fetches: '<generation>|<token>|<ms>', for as long as its worker says that it is alive.
local function holder(lock)
  return string.match(lock or '', '^(.-)|(.-)|(%d+)$')
end

-- Appointments that were made since the slots were fetched, at so many ms: '<noted>|<start>|<end>|
-- <expiry>' as they are kept, and whether a wish overlaps one of them.
local function booked_since(at, wish, now)
  local spans, hits = {}, false
  for _, kept in ipairs(redis.call('HVALS', KEYS[8])) do
    local noted, from, to, till = string.match(kept, '^(%d+)|(%d+)|(%d+)|(%d+)$')
    if tonumber(noted) >= at and tonumber(till) > now then
      spans[#spans + 1] = kept
      hits = hits or wish and wish.from < tonumber(to) and tonumber(from) < wish.to or false
    end
  end
  return spans, hits
end

-- Holds the wished slot if the cached JSON has it: 'held', 'taken', 'not_free', '', or 'booked' if it
-- was given away after the slots were fetched.
local function hold_if_free(wish, json, hits, others, now)
  if not wish then return '' end
  if not string.find(json, wish.written, 1, true) then return 'not_free' end
  if hits then return 'booked' end
  local outcome = hold(KEYS[5], wish.call, wish, others, now)
  if outcome == 'held' then remember(KEYS[6], wish) end
  return outcome
end

-- A permit for the write that follows, if the slot is held and one is wanted.
local function permit_after(held, write, rules, now)
  if held ~= 'held' or not write then return false end
  return acquire(KEYS[7], write.token, write.reserve, rules, now)
end
