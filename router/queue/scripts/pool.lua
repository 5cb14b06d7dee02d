-- What the scripts that change something share.
-- ARGV[1] now, ms of Redis's clock   ARGV[2] channel for hints   ARGV[3] events kept
-- ARGV[4] time to answer an offer    ARGV[5] wrap-up             ARGV[6] rest after a failed offer (all ms)
-- A script's own arguments follow from ARGV[7].
local HINTS, KEPT = ARGV[2], ARGV[3]
local RING, WRAPUP, REST = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

-- int prints a whole number: tostring(2^53) differs between Redis and miniredis.
local function int(n) return string.format('%.0f', n) end

-- now never runs backwards, unless the clock was set back for good.
local now = tonumber(ARGV[1])
local latest = tonumber(redis.call('GET', CLOCK) or 0)
if now < latest and latest - now < 10000 then
  now = latest
elseif now ~= latest then
  redis.call('SET', CLOCK, int(now))
end

local function write(key, doc) redis.call('HSET', key, doc.id, cjson.encode(doc)) end

local function timer(member, due) redis.call('ZADD', TIMERS, int(due), member) end

-- event appends to the stream; about is a list of names and values.
local function event(kind, about)
  redis.call('XADD', EVENTS, 'MAXLEN', '~', KEPT, '*', 'at', int(now), 'kind', kind, unpack(about))
end

-- about tells an event which call it concerns.
local function about(c, reason)
  local list = {'call', c.id, 'queue', c.queue, 'node', c.node}
  if c.offer then
    for _, v in ipairs({'offer', int(c.offer), 'agent', c.agent}) do list[#list + 1] = v end
  end
  if reason and reason ~= '' then
    list[#list + 1] = 'reason'
    list[#list + 1] = reason
  end
  return list
end

-- fenced reports that node was declared dead, or replaced, since it got epoch.
local function fenced(node, epoch) return redis.call('HGET', NODES, node) ~= epoch end

-- score orders callers: higher priority first, then who entered first. 43 + 10
-- bits fit the 53 of a double.
local function score(c) return int((1023 - c.prio) * 8796093022208 + c.enq) end

-- queued makes c wait at the place its score and number give, now as before.
local function queued(c)
  c.st = 'waiting'
  c.offer, c.agent, c.due = nil, nil, nil
  write(CALLS, c)
  redis.call('ZADD', WAIT, score(c), c.place)
end

-- settle puts an agent who has no offer and no call into st: what the agent
-- asked for meanwhile comes first. due, if given, is when it ends by itself.
local function settle(a, st, reason, since, due)
  if a.want then
    st, reason, since, due = a.want, a.wantreason, nil, nil
  end
  a.want, a.wantreason, a.offer, a.call, a.idle = nil, nil, nil, nil, nil
  a.st, a.reason, a.since, a.due = st, reason, since or now, due
  redis.call('ZREM', IDLE, a.id)
  redis.call('ZREM', TIMERS, 'w ' .. a.id)
  if st == 'available' then redis.call('ZADD', IDLE, int(a.since), a.id) end
  if due then timer('w ' .. a.id, due) end
  write(AGENTS, a)
  event('agent', {'agent', a.id, 'state', st, 'reason', reason or ''})
end

-- withdrawn, failed and done free the agent of c in the three ways an offer or
-- a call can end for them: no fault of theirs, theirs, after a talk.
local function withdrawn(c)
  local a = read(AGENTS, c.agent)
  settle(a, 'available', nil, a.idle)
end

local function failed(c, why)
  local a = read(AGENTS, c.agent)
  if REST > 0 then settle(a, 'paused', why, nil, now + REST) else settle(a, 'available') end
end

local function done(c)
  local a = read(AGENTS, c.agent)
  if WRAPUP > 0 then settle(a, 'wrapup', nil, nil, now + WRAPUP) else settle(a, 'available') end
end

-- open reports that c is offered and not yet accepted.
local function open(c) return c.st == 'reserved' or c.st == 'ringing' end

-- close takes the open offer of c off the books; c still names it.
local function close(c)
  redis.call('ZREM', OFFERS, c.node .. ' ' .. int(c.offer) .. ' ' .. c.id)
  redis.call('ZREM', TIMERS, 'o ' .. int(c.offer) .. ' ' .. c.id)
end

-- putback ends an offer, or a talk that never began, without success: the
-- caller is where they were, the agent rests.
local function putback(c, why)
  close(c)
  failed(c, why)
  event('returned', about(c, why))
  if not string.find(c.tried, ' ' .. c.agent .. ' ', 1, true) then c.tried = c.tried .. c.agent .. ' ' end
  queued(c)
end

-- finish ends a call in any state and forgets it.
local function finish(c, kind, reason)
  if open(c) then
    close(c)
    withdrawn(c)
  elseif c.st == 'talking' then
    done(c)
  end
  redis.call('ZREM', WAIT, c.place)
  redis.call('HDEL', CALLS, c.id)
  event(kind, about(c, reason))
end

-- sweep ends the calls of a node whose media is gone.
local function sweep(node)
  for _, doc in ipairs(redis.call('HVALS', CALLS)) do
    local c = cjson.decode(doc)
    if c.node == node then finish(c, 'lost', 'lost_node') end
  end
end
