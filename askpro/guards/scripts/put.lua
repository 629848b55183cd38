-- Fetched slots go into the cache if nothing was changed since their fetch began, and nothing newer
-- lies there; the wished slot is held. KEYS as in slots.lua. ARGV:
--  1 token of the lock, 2 generation when the fetch began, 3 JSON, 4 ms that the fetch took, 5 ms
--  fresh, 6 ms kept, 7 whose holds are not others', 8 token and 9 reserve of the write that
--  follows, 10-15 the rules, 16... a wish.
-- {outdated 0|1, held, holds of others, write permit}
local now, rules, wish = now_ms(), rules_from(10), wish_from(16)
local kept = redis.call('MGET', KEYS[1], KEYS[2])
local of, token = holder(kept[2])
if of == ARGV[2] and token == ARGV[1] then redis.call('DEL', KEYS[2]) end
local others = holds_of_others(KEYS[5], ARGV[7], now)
if generation() ~= ARGV[2] then return {1, '', others, false} end
local begun = now - tonumber(ARGV[4])
local at, entry_of = string.match(kept[1] or '', '^{"at":(%d+),"fresh":%d+,"of":"(.-)",')
if entry_of ~= ARGV[2] or tonumber(at) < begun then
  redis.call('SET', KEYS[1], string.format('{"at":%.0f,"fresh":%.0f,"of":"%s","value":', begun,
    now + tonumber(ARGV[5]), ARGV[2]) .. ARGV[3] .. '}', 'PX', ARGV[6])
end
local held = hold_if_free(wish, ARGV[3], others, now)
return {0, held, others, permit_after(held, ARGV[8], tonumber(ARGV[9]), rules, now)}
