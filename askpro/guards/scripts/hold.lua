-- Holds a slot for a call unless others hold it. KEYS: holds, memory. ARGV: a wish.
-- {'held' or 'taken', the holds of others}
local wish, now = wish_from(ARGV[1]), now_ms()
local others = holds_of_others(KEYS[1], wish.call, now)
local outcome = hold(KEYS[1], wish.call, wish, others, now)
if outcome == 'held' then remember(KEYS[2], wish) end
return {outcome, others}
