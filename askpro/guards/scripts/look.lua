-- The cached slots, the holds of others, a hold on the wished slot, and, when the slots must be
-- fetched, the lock and the permit to do so: all in one. ARGV:
--  1 token of the lock, 2 its ms, 3 ms before which entries and locks are not trusted, 4 whose holds
--  are not others', 5 token and 6 reserve of the read, 7 token ('' = none) and 8 reserve of the write that
--  follows, 9-14 the rules, 15... a wish.
-- {entry or false, fresh 0|1, age in ms, generation, '' 'mine' 'busy' or 'refused', token of the
--  lock, held, holds of others, read permit, write permit}
local now, rules, wish = now_ms(), rules_from(9), wish_from(15)
local kept = redis.call('MGET', KEYS[1], KEYS[2])
local current = generation()
local entry, fresh, age = false, 0, 0
if kept[1] then
  local at, till, of = string.match(kept[1], '^{"at":(%d+),"fresh":(%d+),"of":"(.-)",')
  if of == current and tonumber(at) >= tonumber(ARGV[3]) then
    entry, age = kept[1], math.max(now - at, 0)
    if tonumber(till) > now then fresh = 1 end
  end
end
local others = holds_of_others(KEYS[5], ARGV[4], now)
if fresh == 1 then
  local held = hold_if_free(wish, entry, others, now)
  local permit = permit_after(held, ARGV[7], tonumber(ARGV[8]), rules, now)
  return {entry, 1, age, current, '', '', held, others, false, permit}
end

local of, token, since = holder(kept[2])
if of == current and tonumber(since) >= tonumber(ARGV[3]) then
  return {entry, 0, age, current, 'busy', token, '', others, false, false}
end
local permit = false
if ARGV[5] ~= '' then
  permit = acquire(KEYS[7], ARGV[5], tonumber(ARGV[6]), rules, now)
  if permit[1] ~= 'ok' then
    return {entry, 0, age, current, 'refused', '', '', others, permit, false}
  end
end
redis.call('SET', KEYS[2], current .. '|' .. ARGV[1] .. string.format('|%.0f', now), 'PX', ARGV[2])
return {entry, 0, age, current, 'mine', ARGV[1], '', others, permit, false}
