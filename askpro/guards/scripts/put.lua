-- Fetched slots go into the cache, if this fetch still holds the lock and nothing was changed since
-- it began; the wished slot is held. KEYS as in slots.lua. ARGV:
--  1 token of the lock, 2 generation when the fetch began, 3 JSON, 4 ms that the fetch took, 5 ms
--  fresh, 6 ms kept, 7 whose holds are not others', 8 token and 9 reserve of the write that
--  follows, 10-15 the rules, 16... a wish.
-- {'stored', 'unlocked' or 'outdated', held, holds of others, write permit}
local now, rules, wish = now_ms(), rules_from(10), wish_from(16)
local mine = redis.call('GET', KEYS[2]) == ARGV[2] .. '|' .. ARGV[1]
if mine then redis.call('DEL', KEYS[2]) end
local others = holds_of_others(KEYS[5], ARGV[7], now)
if generation() ~= ARGV[2] then return {'outdated', '', others, false} end
if mine then
  redis.call('SET', KEYS[1], string.format('{"at":%.0f,"fresh":%.0f,"of":"%s","value":',
    now - tonumber(ARGV[4]), now + tonumber(ARGV[5]), ARGV[2]) .. ARGV[3] .. '}', 'PX', ARGV[6])
end
local held = hold_if_free(wish, ARGV[3], others, now)
local permit = permit_after(held, ARGV[8], tonumber(ARGV[9]), rules, now)
return {mine and 'stored' or 'unlocked', held, others, permit}
