-- The agents: what becomes of them when an offer or a call ends.

local SUMS = {busy = 'talk', wrapup = 'wrap', available = 'free'} -- states whose time is added up

-- account adds the time in the state that ends to the agent's day.
local function account(a)
  if a.day ~= TODAY then a.day, a.calls, a.talk, a.wrap, a.free = TODAY, '0', '0', '0', '0' end
  local sum, spent = SUMS[a.st], now - (a.mark or now)
  if sum and spent > 0 then a[sum] = int(a[sum] + spent) end
  a.mark = NOW
end

-- announce tells what an agent does, and for whom.
local function announce(a) event('agent', {'agent', a.id, 'state', a.st, 'reason', a.reason or '', 'queues', a.queues}) end

-- settle puts an agent who has no offer and no call into st: what the agent
-- asked for meanwhile comes first. due, if given, is when it ends by itself.
local function settle(a, st, reason, since, due)
  account(a)
  if a.st == 'wrapup' and a.served then
    tally(a.served, 'wrap_ms', now - a.since)
    pace(a.served, 'handle_ms', now - a.since)
  end
  if a.want then
    st, reason, since, due = a.want, a.wantreason, nil, nil
  end
  if a.st == 'available' then vanish(a) end
  if a.due then redis.call('ZREM', TIMERS, 'w ' .. a.id) end
  a.want, a.wantreason, a.offer, a.call, a.idle = nil, nil, nil, nil, nil
  a.st, a.reason, a.since, a.due = st, reason, since or NOW, due and int(due)
  if st == 'available' then appear(a) end
  if due then timer('w ' .. a.id, due) end
  write(AGENTS, a)
  announce(a)
end

-- withdrawn, failed and done free an agent in the three ways an offer or a call
-- can end for them: no fault of theirs, theirs, after a talk.
local function withdrawn(id)
  local a = read(AGENTS, id)
  settle(a, 'available', nil, a.idle)
end

local function failed(c, id, why)
  local a = read(AGENTS, id)
  local misses, pause = string.match(ARGV[8], '^(%d+) (%d+)$')
  misses, pause = tonumber(misses), tonumber(pause)
  if why == 'timeout' or why == 'no_answer' then
    tally(c.queue, 'rona')
    a.missed = (a.missed or 0) + 1
  end
  if not string.find(c.tried, ' ' .. id .. ' ', 1, true) then c.tried = c.tried .. id .. ' ' end
  if misses > 0 and (a.missed or 0) >= misses then
    a.missed = 0
    settle(a, 'paused', 'rona', nil, pause > 0 and now + pause or nil)
  elseif REST > 0 then
    settle(a, 'paused', why, nil, now + REST)
  else
    settle(a, 'available')
  end
end

local function done(c)
  local a = read(AGENTS, c.agent)
  local wrapup = conf(c.queue).wrapup
  a.served = c.queue
  handled(c)
  if wrapup > 0 then settle(a, 'wrapup', nil, nil, now + wrapup) else settle(a, 'available') end
end

-- putback ends an offer, or a talk that never began, without success: the
-- caller is where they were, the agents rest.
local function putback(c, why)
  close(c)
  if c.st == 'talking' and not c.back then tally(c.queue, 'unbridged') end
  event('returned', about(c, why))
  for id in string.gmatch(c.agent, '%S+') do failed(c, id, why) end
  if c.back then c.node = NOBODY end
  queued(c)
end

-- drop takes one of several agents out of an offer; the others ring on.
local function drop(c, agent, why)
  local rest = {}
  for id in string.gmatch(c.agent, '%S+') do
    if id ~= agent then rest[#rest + 1] = id end
  end
  c.agent = table.concat(rest, ' ')
  failed(c, agent, why)
  write(CALLS, c)
  event('dropped', {'call', c.id, 'queue', c.queue, 'offer', int(c.offer), 'agent', agent, 'reason', why})
end

-- remember keeps the place of a caller whose node has died; regain gives it back, once.
local function remember(c)
  if not c.who then return end
  redis.call('HSET', LOST, c.who, cjson.encode({
    enq = tonumber(c.enq), seq = tonumber(c.seq), queue = c.queue, prio = c.prio, note = c.note, ends = now + REGAIN,
  }))
  timer('r ' .. c.who, now + REGAIN)
end

local function regain(who, queue)
  local doc = redis.call('HGET', LOST, who)
  local lost = doc and cjson.decode(doc)
  if not lost or lost.queue ~= queue or lost.ends <= now then return nil end
  redis.call('HDEL', LOST, who)
  redis.call('ZREM', TIMERS, 'r ' .. who)
  return lost
end

-- parted forgets a call that has ended. to, if given, is where the caller went.
local function parted(c, kind, reason, to)
  if c.back then uncalled(c) end
  forget(CALLS, c.id)
  local list = about(c, reason)
  if to and to ~= '' then
    list[#list + 1] = 'to'
    list[#list + 1] = to
  end
  event(kind, list)
end

-- unserved ends a call that no agent has accepted.
local function unserved(c, kind, reason)
  local s = conf(c.queue)
  if not c.back and (c.st == 'waiting' or open(c)) then gone(c, kind, reason, s.target, s.short) end
  if c.offer then close(c) end
  if open(c) then
    for id in string.gmatch(c.agent, '%S+') do withdrawn(id) end
  end
  redis.call('ZREM', WAIT, c.place)
  if c.st == 'waiting' and c.due then redis.call('ZREM', TIMERS, 'l ' .. c.id) end
  if c.back then redis.call('ZREM', TIMERS, 'b ' .. c.id) end
end

-- finish ends a call in any state and forgets it.
local function finish(c, kind, reason)
  if c.st == 'talking' then done(c) else unserved(c, kind, reason) end
  if kind == 'lost' then remember(c) end
  parted(c, kind, reason)
end

-- astray ends the offer of a callback whose caller was not reached, for no fault of the
-- agent's; it is tried again from at on. Returns true if it was tried often enough.
local function astray(c, why, at)
  event('returned', about(c, why))
  close(c)
  if c.st == 'talking' then
    settle(read(AGENTS, c.agent), 'available')
  else
    for id in string.gmatch(c.agent, '%S+') do withdrawn(id) end
  end
  rest(c, at)
  if c.rings < c.most then return false end
  finish(c, 'left', 'callback_missed')
  return true
end

-- sweep ends the calls of a node whose media is gone. A callback is no call yet: another
-- node places it, once the caller's phone cannot ring any more.
local function sweep(node)
  for _, c in ipairs(every(CALLS)) do
    if c.node == node and c.back and not c.met then
      astray(c, 'lost_node', math.max(now, (c.rung or 0) + RANG))
    elseif c.node == node then
      finish(c, 'lost', 'lost_node')
    end
  end
end

-- wake does what is due for a callback that nobody is reserved for: it may be offered
-- again, or it is too late for it.
local function wake(id)
  local c = read(CALLS, id)
  if not c or not c.back or c.offer then return end
  if tonumber(c.ends) <= now then return finish(c, 'left', 'callback_late') end
  event('woken', about(c))
  queued(c)
end

-- giveup ends the wait of a caller whom the queue keeps no longer. The node that
-- holds the call finds it among its offers, and ends it.
local function giveup(c)
  redis.call('ZREM', WAIT, c.place)
  c.st, c.agent, c.due = 'expired', nil, nil
  c.offer = int(redis.call('INCR', SEQ))
  redis.call('ZADD', OFFERS, 0, c.node .. ' ' .. c.offer .. ' ' .. c.id)
  write(CALLS, c)
  tally(c.queue, 'expired')
  event('expired', about(c, 'max_wait'))
  redis.call('PUBLISH', HINTS, c.node)
end

-- overflow moves a caller who has waited long enough to the queue that this one
-- overflows to. Priority, age and number stay.
local function overflow(c)
  local hops = (c.hops or 0) + 1
  local to = conf(c.queue).overflow
  to = to and room(to, hops)
  if not to then return giveup(c) end
  redis.call('ZREM', WAIT, c.place)
  tally(c.queue, 'moved')
  event('moved', about(c, 'max_wait'))
  c.hops = hops
  enter(c, to)
end

-- climb does what is due for a caller who waits: the next rung of the ladder, or
-- the end of the wait.
local function climb(id)
  local c = read(CALLS, id)
  if not c or c.st ~= 'waiting' or not c.due or tonumber(c.due) > now then return end
  local rung = conf(c.queue).ladder[c.step + 1]
  if not rung then
    c.due = due(c)
    if c.due and tonumber(c.due) <= now then return overflow(c) end
    if c.due then timer('l ' .. c.id, c.due) end -- the ladder was another when this was set
    return write(CALLS, c)
  end
  redis.call('ZREM', WAIT, c.place)
  c.step = c.step + 1
  if rung.priority then
    c.prio = math.min(1023, c.prio + rung.priority)
    c.score = score(c)
  end
  event('widened', {'call', c.id, 'queue', c.queue, 'step', int(c.step), 'score', c.score})
  queued(c)
end
