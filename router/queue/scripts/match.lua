-- match offers callers to agents until no pair is left. It ends every script that can
-- make a pair, so between scripts no caller waits beside an agent who could take them:
-- a pair needs somebody who is new since. It goes through the callers from the head, over
-- all queues of the pool, and skips whom nobody can serve.
-- Its cost: where only callers are new, they alone are looked at; for an agent who is
-- new the line is walked once, and what is wanted is weighed for each kind of caller
-- and not for each.

local function reserve(c, agents)
  local names = {}
  c.offer = int(redis.call('INCR', SEQ))
  for i, a in ipairs(agents) do
    names[i] = a.id
    vanish(a)
    account(a)
    a.st, a.reason, a.offer, a.call, a.idle, a.since = 'reserved', nil, c.offer, c.id, a.since, NOW
    a.turn = c.offer
    write(AGENTS, a)
  end
  if c.due then redis.call('ZREM', TIMERS, 'l ' .. c.id) end
  if c.back then
    c.node = holder(c)
    redis.call('ZREM', TIMERS, 'b ' .. c.id)
  end
  local named = c.offer .. ' ' .. c.id
  c.st, c.agent, c.due = 'reserved', table.concat(names, ' '), int(now + conf(c.queue).ring)
  redis.call('ZADD', OFFERS, 0, c.node .. ' ' .. named)
  timer('o ' .. named, c.due)
  write(CALLS, c)
  tally(c.queue, 'offers')
  event('offered', about(c))
  if c.id ~= told then redis.call('PUBLISH', HINTS, c.node) end
end

-- newcomers gives the callers who are new, from the head of the line.
local function newcomers()
  local seen, list = {}, {}
  for _, id in ipairs(fresh) do
    local c = not seen[id] and read(CALLS, id)
    if c and c.st == 'waiting' then list[#list + 1] = c end
    seen[id] = true
  end
  table.sort(list, function(a, b)
    local x, y = tonumber(a.score), tonumber(b.score)
    if x ~= y then return x < y end
    return tonumber(a.seq) < tonumber(b.seq)
  end)
  return list
end

-- serve offers agents to c, if any can take c, and says how many.
local function serve(c, want, among)
  local agents = pick(c, want, among)
  if agents then reserve(c, agents) end
  return agents and #agents or 0
end

-- servable reports whether one of some agents can take such callers.
local function servable(want, agents)
  for _, a in ipairs(agents) do
    if able(a, want) then return true end
  end
  return false
end

-- offer serves the caller of a member of WAIT and says to how many agents; nil if nobody
-- can take who wants the same.
local function offer(where, kind, id, crew)
  local queue, step, skills = string.match(kind, '^(%S+) (%S+) (%S+)$')
  local want = wants(queue, tonumber(step), skills)
  if crew and not servable(want, crew) then return nil end
  local c = read(CALLS, id)
  if not c then redis.call('ZREM', WAIT, where) end -- never so by us, but it must not stop the line
  if not c or c.st ~= 'waiting' then return 0 end
  local n = serve(c, want, crew)
  return n > 0 and n or nil
end

-- anybody reports that an agent is free.
local function anybody() return redis.call('ZCARD', READY) > 0 end

-- walk goes through the whole line, until the free agents are reserved. among, if
-- given, are the agents who are new: only they can take whoever is not new.
local function walk(among)
  local new, hopeless, from = {}, {[true] = {}, [false] = {}}, 0
  for _, id in ipairs(fresh) do new[id] = true end
  repeat
    local page = redis.call('ZRANGE', WAIT, from, from + 63)
    if from == 0 and #page > 0 and not anybody() then return end
    for _, where in ipairs(page) do
      local kind, id = string.match(where, '^%S+ (.+) (%S+)$') -- who wants the same fares the same
      local past = hopeless[new[id or ''] or false]
      if not kind then
        redis.call('ZREM', WAIT, where)
      elseif not past[kind] then
        local n = offer(where, kind, id, not new[id] and among or nil)
        past[kind] = not n
        if n and n > 0 and not anybody() then return end
      end
    end
    from = from + 64
  until #page < 64
end

-- pair makes the pairs; all: of whoever can be in one, new or not.
local function pair(all)
  if all or #freed > 0 then
    walk(not all and load(freed) or nil)
  else
    for _, c in ipairs(newcomers()) do serve(c, wants(c.queue, c.step, c.skills)) end
  end
  fresh, freed = {}, {}
end

-- match makes them, unless nodes are awaited; when they are no longer, of those whom that
-- held back too.
local function match(all)
  if holding() then return end
  if hold then
    hold, all = nil, true
    redis.call('HDEL', NODES, '@hold')
  end
  if all or not settled() then pair(all) end
end
