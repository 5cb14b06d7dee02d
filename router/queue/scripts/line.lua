-- The line of callers: their places, the queue's settings, the ladder they climb
-- while they wait, and the agents of their offers.

local settings = {}

-- conf gives the settings of a queue, the pool's where the queue has none.
local function conf(queue)
  local s = settings[queue]
  if not s then
    local doc = redis.call('HGET', QUEUES, queue)
    s = doc and cjson.decode(doc) or {}
    s.ring, s.wrapup = s.ring or RING, s.wrapup or WRAPUP
    s.target, s.short = s.target or 20000, s.short or 5000
    s.skills, s.ladder, s.ageing = s.skills or '', s.ladder or {}, s.ageing or 0
    settings[queue] = s
  end
  return s
end

-- score orders callers: higher priority first, then who entered first. Where waiting
-- makes up for priority, a step of it is worth so many ms. 43 + 10 bits fit the 53 of
-- a double. It is kept as text, as documents keep 14 digits of a number.
local function score(c)
  local at, ageing = c.enq - c.boost, conf(c.queue).ageing
  if ageing > 0 then return int(1023 * 8796093022208 + at - c.prio * ageing) end
  return int((1023 - c.prio) * 8796093022208 + at)
end

-- place names a caller in WAIT: equal scores go by number, and who wants the same of
-- agents has the same words between.
local function place(c)
  local skills = c.skills == '' and '-' or c.skills
  return wide(c.seq) .. ' ' .. c.queue .. ' ' .. int(c.step) .. ' ' .. skills .. ' ' .. c.id
end

-- due gives when something happens to a caller who waits on; nil if nothing does.
local function due(c)
  local s = conf(c.queue)
  local rung = s.ladder[c.step + 1]
  if rung then return int(c.joined + rung.after) end
  if s.max_wait and not c.back then return int(c.joined + s.max_wait) end
  return nil
end

-- queued makes c wait at the place its score and number give, now as before.
local function queued(c)
  c.st = 'waiting'
  c.offer, c.agent, c.answered = nil, nil, nil
  c.due = due(c)
  c.place = place(c)
  if c.due then timer('l ' .. c.id, c.due) end
  if c.back then timer('b ' .. c.id, c.ends) end
  write(CALLS, c)
  redis.call('ZADD', WAIT, c.score, c.place)
  fresh[#fresh + 1] = c.id
end

-- enter puts c into a queue.
local function enter(c, queue)
  c.queue, c.step, c.joined = queue, 0, NOW
  c.score = score(c)
  entered(c)
  local list = about(c)
  for _, v in ipairs({'node', c.node, 'score', c.score, 'enq', int(c.enq)}) do list[#list + 1] = v end
  event('entered', list)
  queued(c)
end

-- open reports that c is offered and not yet accepted.
local function open(c) return c.st == 'reserved' or c.st == 'ringing' end

-- holds reports that the last offer for c is the one of a number, as text.
local function holds(c, offer) return c and c.offer and int(c.offer) == offer end

-- among reports that agent is one of those whom c is offered to.
local function among(c, agent)
  return c.agent == agent or string.find(' ' .. c.agent .. ' ', ' ' .. agent .. ' ', 1, true) ~= nil
end

-- close takes the open offer of c off the books; c still names it. That of a talk
-- was closed when the agent answered.
local function close(c)
  if c.st == 'talking' then return end
  local named = int(c.offer) .. ' ' .. c.id
  redis.call('ZREM', OFFERS, c.node .. ' ' .. named)
  redis.call('ZREM', TIMERS, 'o ' .. named)
end

-- length counts the callers of a queue whom no agent has accepted.
local function length(queue)
  local n = 0
  for _, p in ipairs(redis.call('ZRANGE', WAIT, 0, -1)) do
    if queueof(p) == queue then n = n + 1 end
  end
  return n
end

-- staffed reports that somebody who is at work serves a queue.
local function staffed(queue, paused)
  for _, a in ipairs(every(AGENTS)) do
    local absent = a.st == 'offline' or a.st == 'paused' and not a.due and not paused
    if not absent and string.find(a.queues, ' ' .. queue .. '=', 1, true) then return true end
  end
  return false
end

-- refusal says why a queue takes no more callers: full, empty, or nil.
local function refusal(queue)
  local s = conf(queue)
  if s.max_length and length(queue) >= s.max_length then return 'full' end
  if s.join_empty and not staffed(queue, s.join_empty == 'paused') then return 'empty' end
  return nil
end

local HOPS = 4 -- queues a caller may be moved through

-- room gives the first queue that takes a caller, from queue on where its overflow
-- leads, and why the first did not, if it did not.
local function room(queue, hops)
  local why
  while hops <= HOPS do
    local no = refusal(queue)
    if not no then return queue, why end
    tally(queue, no)
    why = why or no
    queue, hops = conf(queue).overflow, hops + 1
    if not queue then break end
  end
  return nil, why
end
