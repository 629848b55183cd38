-- Counts one request on several pages, or refuses it and counts it on none.
--
-- A page is one hash; its fields are '<count>|<end of the window in ms>', and 'silence' is
-- '<names>|<end>' while its owner is not heard. KEYS: the pages. ARGV: subject (for the violations);
-- what the pages limit, each {silence_ms, limits = {{field, name, amount, window_ms}, ...}}.
-- {'ok', count, ms left, count, ms left, ...}: every limit in order
-- {'refused', ms until it makes sense to ask again, silenced 0|1, first 0|1, page, limit, ...}
local now, pages = now_ms(), cjson.decode(ARGV[2])
local refused_for, over = 0, {}

for number, page in ipairs(pages) do
  local limits, fields = page.limits, {'silence', 'told'}
  page.key, page.longest = KEYS[number], 0
  for i, limit in ipairs(limits) do
    fields[i + 2] = limit.field
    page.longest = math.max(page.longest, limit.window_ms)
  end
  local kept = redis.call('HMGET', page.key, unpack(fields))
  page.told = tonumber(kept[2]) or 0
  if kept[1] then
    local names, ends = string.match(kept[1], '^(.-)|(%d+)$')
    if tonumber(ends) > now then
      local reply = {'refused', tonumber(ends) - now, 1, 0}
      for i, limit in ipairs(limits) do
        if string.find(',' .. names .. ',', ',' .. limit.name .. ',', 1, true) then
          reply[#reply + 1] = number
          reply[#reply + 1] = i
        end
      end
      return reply
    end
  end
  for i, limit in ipairs(limits) do
    local count, ends = string.match(kept[i + 2] or '', '^(%d+)|(%d+)$')
    count, ends = tonumber(count) or 0, tonumber(ends) or 0
    if ends <= now then count, ends = 0, now + limit.window_ms end
    limit.count, limit.ends = count, ends
    if count >= limit.amount then
      over[#over + 1] = {number, i}
      if page.silence_ms > 0 then page.breached = true end
      refused_for = math.max(refused_for, ends - now)
    end
  end
end

if #over == 0 then
  local reply = {'ok'}
  for _, page in ipairs(pages) do
    local values = {}
    for _, limit in ipairs(page.limits) do
      values[#values + 1] = limit.field
      values[#values + 1] = string.format('%d|%.0f', limit.count + 1, limit.ends)
      reply[#reply + 1] = limit.count + 1
      reply[#reply + 1] = limit.ends - now
    end
    redis.call('HSET', page.key, unpack(values))
    redis.call('PEXPIRE', page.key, page.longest)
  end
  return reply
end

local names, first, reply = {}, 0, {}
for _, each in ipairs(over) do
  local page, limit = pages[each[1]], pages[each[1]].limits[each[2]]
  -- A breach of the call's limits silences the call; the company's are only told beside it.
  names[#names + 1] = limit.name
  reply[#reply + 1] = each[1]
  reply[#reply + 1] = each[2]
  if not page.breached and page.told <= now then
    first = 1
    redis.call('HSET', page.key, 'told', string.format('%.0f', limit.ends))
  end
end
for number, page in ipairs(pages) do
  if page.breached then
    local own = {}
    for _, each in ipairs(over) do
      if each[1] == number then own[#own + 1] = page.limits[each[2]].name end
    end
    redis.call('DEL', page.key)
    redis.call('HSET', page.key, 'silence',
      table.concat(own, ',') .. string.format('|%.0f', now + page.silence_ms))
    redis.call('PEXPIRE', page.key, page.silence_ms)
    refused_for, first = page.silence_ms, 1
  end
end
if first == 1 then
  redis.call('LPUSH', 'askpro_limit_violations',
    string.format('%.0f|', now) .. table.concat(names, ',') .. '|' .. ARGV[1])
  redis.call('LTRIM', 'askpro_limit_violations', 0, 199)
end
return {'refused', refused_for, 0, first, unpack(reply)}
