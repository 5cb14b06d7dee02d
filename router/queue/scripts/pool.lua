-- What the scripts that change something share.
-- ARGV[1] now, ms of Redis's clock   ARGV[2] channel for hints   ARGV[3] events kept
-- ARGV[4] time to answer an offer    ARGV[5] wrap-up             ARGV[6] rest after a failed offer (all ms)
-- ARGV[7] today, days since 1970 where the pool is
-- ARGV[8] "MISSES PAUSE": offers an agent may miss in a row, 0 for any, and the pause after them, ms, 0 for no end
-- ARGV[9] of a node that had lost sight of Redis the highest number it knows, else ""
-- A script's own arguments follow from ARGV[10].
local HINTS, KEPT = ARGV[2], ARGV[3]
local RING, WRAPUP, REST = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

-- int prints a whole number: tostring(2^53) differs between Redis and miniredis. Printing
-- costs as much as a command, so documents keep times and numbers as text.
local function int(n)
  if n == 1 then return '1' end
  return type(n) == 'string' and n or string.format('%.0f', n)
end

-- wide prints a number so that bytes compare as numbers do.
local function wide(n)
  local text = int(n)
  return string.sub('0000000000000000', #text + 1) .. text
end

-- What nearly every script must know, read at once.
local known = redis.call('HMGET', NODES, ARGV[10] or '', '@clock', '@day', '@hold', '@whole', '@back')

-- now never runs backwards: if the clock was set back for good, reap moves all that is noted,
-- see clock.lua. Nodes ask Redis what time it is once a second; one that has not since must not
-- have everything due at once. backAt and backBy are when, and by how much, it was set back
-- last, backAll is by how much in all.
local now = tonumber(ARGV[1])
local latest = tonumber(known[2] or 0)
local backAt, backBy, backAll = string.match(known[6] or '0 0 0', '^(%d+) (%d+) (%d+)$')
local function unaware()
  local old = backAt + backBy -- what the clock showed before
  return latest - backAt < 10000 and math.abs(now - old) < 10000 and now - latest > backBy / 2
end
if now < latest or unaware() then
  now = latest
elseif now ~= latest then
  redis.call('HSET', NODES, '@clock', ARGV[1])
end
local NOW = now == latest and known[2] or ARGV[1]

-- Documents are read once, and written once, by save. false: there is none.
local docs = {[CALLS] = {}, [AGENTS] = {}}
local changed = {[CALLS] = {}, [AGENTS] = {}}

local function read(key, id)
  local doc = docs[key][id]
  if doc == nil then
    local text = redis.call('HGET', key, id)
    doc = text and cjson.decode(text)
    docs[key][id] = doc
  end
  return doc
end

local function write(key, doc) docs[key][doc.id], changed[key][doc.id] = doc, doc end

local function forget(key, id)
  docs[key][id], changed[key][id] = false, nil
  redis.call('HDEL', key, id)
end

-- store writes a document as JSON.
local function store(key, id, text)
  changed[key][id] = nil
  redis.call('HSET', key, id, text)
end

-- save writes what has changed; it ends every script.
local function save()
  for key, list in pairs(changed) do
    for id, doc in pairs(list) do store(key, id, cjson.encode(doc)) end
  end
end

-- every gives all documents of a key.
local function every(key)
  save()
  local list = redis.call('HVALS', key)
  for i, text in ipairs(list) do
    local doc = cjson.decode(text)
    doc = docs[key][doc.id] or doc
    docs[key][doc.id], list[i] = doc, doc
  end
  return list
end

local function timer(member, due) redis.call('ZADD', TIMERS, int(due), member) end

-- event appends to the stream; about is a list of names and values.
local function event(kind, about)
  redis.call('XADD', EVENTS, 'MAXLEN', '~', KEPT, '*', 'at', NOW, 'kind', kind, unpack(about))
end

-- about tells an event which call it concerns.
local function about(c, reason)
  local list = {'call', c.id, 'queue', c.queue}
  if c.offer then list[5], list[6], list[7], list[8] = 'offer', int(c.offer), 'agent', c.agent or '' end
  if reason and reason ~= '' then
    list[#list + 1] = 'reason'
    list[#list + 1] = reason
  end
  return list
end

-- fenced reports that node was declared dead, or replaced, since it got epoch.
-- node is the one the script speaks for, and asks before it changes NODES.
local function fenced(_, epoch) return known[1] ~= epoch end

-- After an outage Redis may know less than the nodes do: not what its primary was told last.
-- Until each has said again who waits there, or has taken too long, nobody is offered to
-- anybody: a caller would be passed over who is about to be put back. "UNTIL NODE NODE "
-- says until when, and who is awaited; '*' stands for nodes that this Redis does not know.
local hold = known[4]

local function holding()
  local ends = hold and tonumber(string.match(hold, '^%d+'))
  return ends and now < ends and ends - now <= 3000
end

local function awaited(node)
  if not holding() then return nil end
  return string.find(hold, ' ' .. node .. ' ', 1, true)
end

-- here notes that a node is awaited no longer.
local function here(node)
  local from, to = awaited(node)
  if not from then return end
  hold = string.sub(hold, 1, from) .. string.sub(hold, to + 1)
  if not string.match(hold, '^%d+ $') then return redis.call('HSET', NODES, '@hold', hold) end
  hold = nil
  redis.call('HDEL', NODES, '@hold')
end

-- resume goes on after an outage, or with a Redis that knows of no number as high as a node
-- does: none is given twice. Every node does something four times a second. A second without
-- is one in which Redis was away, or the clock jumped: it does not count against the nodes, of
-- which the first to come back would bury all others. They have six seconds to follow: the
-- clients of a Cluster take longest.
local function resume(highest, away)
  local who, ends = {'*'}, now + 1000
  if away then
    who, ends = {}, now + 3000
    for _, node in ipairs(redis.call('HKEYS', NODES)) do
      if string.sub(node, 1, 1) ~= '@' then
        who[#who + 1] = node
        redis.call('ZINCRBY', TIMERS, int(now - latest + 6000), 'n ' .. node)
      end
    end
  end
  if highest == '' then return end
  local lacks = tonumber(redis.call('GET', SEQ) or 0) < tonumber(highest)
  if lacks then redis.call('SET', SEQ, highest) end
  if #who > 0 and (away or lacks and not hold) then
    hold = int(ends) .. ' ' .. table.concat(who, ' ') .. ' '
    redis.call('HSET', NODES, '@hold', hold)
  end
end
local away = latest > 0 and now - latest > 1000
if away or ARGV[9] ~= '' then resume(ARGV[9], away) end
