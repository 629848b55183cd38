-- The cached slots, the holds of others, a hold on the wished slot, and, when the slots must be
-- fetched, the lock and the permit to do so: all in one. KEYS as in slots.lua. ARGV: the question,
-- rules, a wish. The question: token and lock_ms of the lock, trusted_ms (what is older is not
-- trusted), call (whose holds are not others'), again (true: what is cached is not enough), read and
-- write (token and reserve of the permit for
-- the fetch, and for the write that follows; absent = none).
-- {entry or false, fresh 0|1, age in ms, generation, '' 'mine' 'busy' or 'refused', token of the
--  lock, held, holds of others, read permit, write permit, booked since then}
local now, asked, rules = now_ms(), cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
local wish = wish_from(ARGV[3])
local kept = redis.call('MGET', KEYS[1], KEYS[2])
local current = generation()
local entry, fresh, age = false, 0, 0
if kept[1] then
  local at, till, of = string.match(kept[1], '^{"at":(%d+),"fresh":(%d+),"of":"(.-)",')
  if of == current and tonumber(at) >= asked.trusted_ms then
    entry, age = kept[1], math.max(now - at, 0)
    if tonumber(till) > now and not asked.again then fresh = 1 end
  end
end
local booked, hits = booked_since(now - age, wish, now)
local others = holds_of_others(KEYS[5], asked.call, now)
if fresh == 1 then
  local held = hold_if_free(wish, entry, hits, others, now)
  local permit = permit_after(held, asked.write, rules, now)
  return {entry, 1, age, current, '', '', held, others, false, permit, booked}
end

local of, token, since = holder(kept[2])
if of == current and tonumber(since) >= asked.trusted_ms then
  return {entry, 0, age, current, 'busy', token, '', others, false, false, booked}
end
local permit = false
if asked.read then
  permit = acquire(KEYS[7], asked.read.token, asked.read.reserve, rules, now)
  if permit[1] ~= 'ok' then
    return {entry, 0, age, current, 'refused', '', '', others, permit, false, booked}
  end
end
redis.call('SET', KEYS[2], current .. '|' .. asked.token .. string.format('|%.0f', now), 'PX',
  asked.lock_ms)
return {entry, 0, age, current, 'mine', asked.token, '', others, permit, false, booked}
