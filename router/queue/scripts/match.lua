-- match offers callers to agents until no pair is left. It walks the callers
-- from the head, over all queues of the pool, and skips whom nobody can serve;
-- among the agents who can, those who have not failed this caller come first,
-- then those of the lowest penalty, then as the queue's strategy says. It ends
-- every script that can make a pair, so between scripts no caller waits beside an
-- agent who could take them.
-- Its cost: a line of callers is walked once, a document is read for each kind of
-- caller and not for each, and an agent is looked at only for the rarest thing that
-- is wanted of them.

local CREW = 1000 -- agents looked at, those longest idle
local FAN = 8 -- agents rung at once, unless the queue says otherwise

-- weight gives the digit behind a name in a list such as " gas=3 fr=1 ".
local function weight(list, needle)
  local _, last = string.find(list, needle, 1, true)
  return last and tonumber(string.sub(list, last + 1, last + 1))
end

-- wants gives what c needs of an agent as far up the ladder as it is: skills with
-- their least levels, and the highest penalty, nil for any.
local function wants(c)
  local s, need = conf(c.queue), {}
  local most = s.penalty
  for skill, level in string.gmatch(s.skills .. ' ' .. string.gsub(c.skills, ',', ' '), '(%S+)=(%d)') do
    need[skill] = math.max(need[skill] or 0, tonumber(level))
  end
  for i = 1, c.step do
    local rung = s.ladder[i] or {}
    if rung.level then
      for skill, level in pairs(need) do need[skill] = math.min(level, rung.level) end
    end
    for skill in string.gmatch(rung.drop or '', '%S+') do need[skill] = nil end
    if rung.penalty then most = rung.penalty end
  end
  local list = {}
  for skill, level in pairs(need) do list[#list + 1] = {name = skill, needle = ' ' .. skill .. '=', level = level} end
  return list, most
end

-- able gives the penalty of an agent for a queue and the sum of the levels that are
-- wanted; nil if the agent cannot take its callers.
local function able(a, queue, need, most)
  local penalty, total = weight(a.queues, queue), 0
  if not penalty or most and penalty > most then return nil end
  for _, n in ipairs(need) do
    local level = weight(a.skills, n.needle)
    if not level or level < n.level then return nil end
    total = total + level
  end
  return penalty, total
end

-- KEY gives what a strategy compares agents by; the lowest is picked.
local KEY = {
  longest_idle = function() return 0 end,
  round_robin = function(a) return a.turn or 0 end,
  fewest_calls = function(a) return a.day == TODAY and a.calls or 0 end,
  least_talk = function(a) return a.day == TODAY and a.talk or 0 end,
  skill_first = function(_, total) return -total end,
  linear = function() return 0 end,
  ring_all = function() return 0 end,
}

local function before(x, y)
  for i = 1, 4 do
    if x[i] ~= y[i] then return x[i] < y[i] end
  end
  return x.agent.id < y.agent.id
end

-- shortest gives the fewest agents of whom one must be among; nil if there is none.
local function shortest(crew, c, need)
  local list = crew.by['q ' .. c.queue]
  for _, n in ipairs(need) do
    local with = crew.by['s ' .. n.name]
    if not with or not list then return nil end
    if #with < #list then list = with end
  end
  return list
end

-- pick gives the agents for c, one unless the queue rings all; nil if nobody can.
local function pick(crew, c)
  local s, need, most = conf(c.queue), wants(c)
  local key = KEY[s.strategy] or KEY.longest_idle
  local queue, found, best = ' ' .. c.queue .. '=', {}, nil
  for _, a in ipairs(shortest(crew, c, need) or {}) do
    local penalty, total = nil, nil
    if a.st == 'available' then penalty, total = able(a, queue, need, most) end
    if penalty then
      local tried = string.find(c.tried, ' ' .. a.id .. ' ', 1, true) and 1 or 0
      local r = {tried, penalty, key(a, total), s.strategy == 'linear' and 0 or a.since, agent = a}
      found[#found + 1] = r
      if not best or before(r, best) then best = r end
    end
  end
  if not best then return nil end
  if s.strategy ~= 'ring_all' then return {best.agent} end
  table.sort(found, before)
  local chosen = {}
  for i = 1, math.min(#found, s.fan or FAN) do chosen[i] = found[i].agent end
  return chosen
end

local function reserve(c, agents)
  local names = {}
  c.offer = redis.call('INCR', SEQ)
  for i, a in ipairs(agents) do
    names[i] = a.id
    account(a)
    a.st, a.reason, a.offer, a.call, a.idle, a.since = 'reserved', nil, c.offer, c.id, a.since, now
    a.turn = c.offer
    redis.call('ZREM', IDLE, a.id)
    write(AGENTS, a)
  end
  if c.due then redis.call('ZREM', TIMERS, 'l ' .. c.id) end
  c.st, c.agent, c.due = 'reserved', table.concat(names, ' '), now + conf(c.queue).ring
  redis.call('ZADD', OFFERS, 0, c.node .. ' ' .. int(c.offer) .. ' ' .. c.id)
  timer('o ' .. int(c.offer) .. ' ' .. c.id, c.due)
  write(CALLS, c)
  tally(c.queue, 'offers')
  event('offered', about(c))
  redis.call('PUBLISH', HINTS, c.node)
end

-- idle reads the available agents and lists them by each queue and skill they have.
local function idle()
  local crew = {free = 0, by = {}}
  local function list(a, kind, words)
    for word in string.gmatch(words, '(%S+)=') do
      local with = crew.by[kind .. word] or {}
      with[#with + 1] = a
      crew.by[kind .. word] = with
    end
  end
  local ids = redis.call('ZRANGE', IDLE, 0, CREW - 1)
  for _, doc in ipairs(#ids > 0 and redis.call('HMGET', AGENTS, unpack(ids)) or {}) do
    if doc then
      local a = cjson.decode(doc)
      crew.free = crew.free + 1
      list(a, 'q ', a.queues)
      list(a, 's ', a.skills)
    end
  end
  return crew
end

local function match()
  if redis.call('ZCARD', IDLE) == 0 then return end
  local crew, hopeless, from = nil, {}, 0
  repeat
    local page = redis.call('ZRANGE', WAIT, from, from + 63)
    for _, where in ipairs(page) do
      local kind, id = string.match(where, '^%S+ (.+) (%S+)$') -- who wants the same fares the same
      if not hopeless[kind or ''] then
        local c = kind and read(CALLS, id)
        if not c then
          redis.call('ZREM', WAIT, where) -- never written by us, but it must not stop the line
        elseif c.st == 'waiting' then
          crew = crew or idle()
          local agents = pick(crew, c)
          if agents then
            reserve(c, agents)
            crew.free = crew.free - #agents
          else
            hopeless[kind] = true
          end
          if crew.free == 0 then return end
        end
      end
    end
    from = from + 64
  until #page < 64
end
