-- Fetched slots go into the cache if nothing was changed since their fetch began, and nothing newer
-- lies there; the wished slot is held. KEYS as in slots.lua. ARGV: the question, rules, a wish, the
-- slots as JSON. The question: token of the lock, generation when the fetch began, took_ms,
-- fresh_ms, kept_ms, call (whose holds are not others'), write as for look.
-- {outdated 0|1, held, holds of others, write permit, booked since it began}
local now, asked, rules = now_ms(), cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
local wish = wish_from(ARGV[3])
local kept = redis.call('MGET', KEYS[1], KEYS[2])
local of, token = holder(kept[2])
if of == asked.generation and token == asked.token then redis.call('DEL', KEYS[2]) end
local others = holds_of_others(KEYS[5], asked.call, now)
if generation() ~= asked.generation then return {1, '', others, false, {}} end
local begun = now - asked.took_ms
local at, entry_of = string.match(kept[1] or '', '^{"at":(%d+),"fresh":%d+,"of":"(.-)",')
if entry_of ~= asked.generation or tonumber(at) < begun then
  redis.call('SET', KEYS[1], string.format('{"at":%.0f,"fresh":%.0f,"of":"%s","value":', begun,
    now + asked.fresh_ms, asked.generation) .. ARGV[4] .. '}', 'PX', asked.kept_ms)
end
local booked, hits = booked_since(begun, wish, now)
local held = hold_if_free(wish, ARGV[4], hits, others, now)
return {0, held, others, permit_after(held, asked.write, rules, now), booked}
