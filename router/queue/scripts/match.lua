-- match offers callers to agents until no pair is left. It walks the callers
-- from the head, over all queues of the pool, and skips whom nobody can serve;
-- among the agents who can, those who have not failed this caller come first,
-- then who is idle longest. It ends every script that can make a pair, so
-- between scripts no caller waits beside an agent who could take them.

-- wants gives what c needs of an agent, each word between spaces.
local function wants(c)
  local skills = {}
  for skill in string.gmatch(c.skills, '%S+') do skills[#skills + 1] = ' ' .. skill .. ' ' end
  return ' ' .. c.queue .. ' ', skills
end

local function serves(a, queue, skills)
  if not string.find(a.queues, queue, 1, true) then return false end
  for _, skill in ipairs(skills) do
    if not string.find(a.skills, skill, 1, true) then return false end
  end
  return true
end

-- pick gives the index of the agent for c in free, which is longest idle first.
local function pick(free, c)
  local queue, skills = wants(c)
  local second
  for i, a in ipairs(free) do
    if serves(a, queue, skills) then
      if not string.find(c.tried, ' ' .. a.id .. ' ', 1, true) then return i end
      second = second or i
    end
  end
  return second
end

local function reserve(c, a)
  c.offer = redis.call('INCR', SEQ)
  c.st, c.agent, c.due = 'reserved', a.id, now + RING
  a.st, a.reason, a.offer, a.call, a.idle, a.since = 'reserved', nil, c.offer, c.id, a.since, now
  redis.call('ZREM', IDLE, a.id)
  redis.call('ZADD', OFFERS, 0, c.node .. ' ' .. int(c.offer) .. ' ' .. c.id)
  timer('o ' .. int(c.offer) .. ' ' .. c.id, c.due)
  write(CALLS, c)
  write(AGENTS, a)
  event('offered', about(c))
  redis.call('PUBLISH', HINTS, c.node)
end

local function idle()
  local free = {}
  for _, id in ipairs(redis.call('ZRANGE', IDLE, 0, -1)) do free[#free + 1] = read(AGENTS, id) end
  return free
end

local function match()
  if redis.call('ZCARD', IDLE) == 0 then return end
  local free, hopeless, from = nil, {}, 0
  repeat
    local page = redis.call('ZRANGE', WAIT, from, from + 63)
    for _, place in ipairs(page) do
      local c = read(CALLS, string.match(place, '%S+$'))
      local kind = c and c.queue .. ' ' .. c.skills -- who wants the same fares the same
      if not c then
        redis.call('ZREM', WAIT, place) -- never written by us, but it must not stop the line
      elseif c.st == 'waiting' and not hopeless[kind] then
        free = free or idle()
        local i = pick(free, c)
        if i then reserve(c, table.remove(free, i)) else hopeless[kind] = true end
        if #free == 0 then return end
      end
    end
    from = from + 64
  until #page < 64
end
