-- What the scripts that change something share.
-- ARGV[1] now, ms of Redis's clock   ARGV[2] channel for hints   ARGV[3] events kept
-- ARGV[4] time to answer an offer    ARGV[5] wrap-up             ARGV[6] rest after a failed offer (all ms)
-- ARGV[7] today, days since 1970 where the pool is
-- ARGV[8] offers an agent may miss in a row, 0 for any   ARGV[9] pause after them, ms, 0 for no end
-- A script's own arguments follow from ARGV[10].
local HINTS, KEPT = ARGV[2], ARGV[3]
local RING, WRAPUP, REST = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local MISSES, PENANCE = tonumber(ARGV[8]), tonumber(ARGV[9])

-- int prints a whole number: tostring(2^53) differs between Redis and miniredis.
local function int(n) return string.format('%.0f', n) end

-- What nearly every script must know, read at once.
local known = redis.call('HMGET', NODES, ARGV[10] or '', '@clock', '@day')

-- now never runs backwards, unless the clock was set back for good.
local now = tonumber(ARGV[1])
local latest = tonumber(known[2] or 0)
if now < latest and latest - now < 10000 then
  now = latest
elseif now ~= latest then
  redis.call('HSET', NODES, '@clock', ARGV[1])
end
local NOW = now == latest and known[2] or ARGV[1] -- printing a number costs more than a command

local function write(key, doc) redis.call('HSET', key, doc.id, cjson.encode(doc)) end

local function timer(member, due) redis.call('ZADD', TIMERS, int(due), member) end

-- event appends to the stream; about is a list of names and values.
local function event(kind, about)
  redis.call('XADD', EVENTS, 'MAXLEN', '~', KEPT, '*', 'at', NOW, 'kind', kind, unpack(about))
end

-- about tells an event which call it concerns.
local function about(c, reason)
  local list = {'call', c.id, 'queue', c.queue, 'node', c.node}
  if c.offer then
    for _, v in ipairs({'offer', int(c.offer), 'agent', c.agent or ''}) do list[#list + 1] = v end
  end
  if reason and reason ~= '' then
    list[#list + 1] = 'reason'
    list[#list + 1] = reason
  end
  return list
end

-- fenced reports that node was declared dead, or replaced, since it got epoch.
-- node is the one the script speaks for, and asks before it changes NODES.
local function fenced(_, epoch) return known[1] ~= epoch end

-- Every node does something four times a second. A second without is one in which Redis
-- was away, or the clock jumped: it does not count against the nodes, of which the first
-- to come back would bury all others, with their talks. They have three seconds to follow.
if latest > 0 and now - latest > 1000 then
  for _, node in ipairs(redis.call('HKEYS', NODES)) do
    if string.sub(node, 1, 1) ~= '@' then redis.call('ZINCRBY', TIMERS, int(now - latest + 3000), 'n ' .. node) end
  end
end
