-- Callbacks: callers who have hung up, and whose places wait for them. Such a call is of
-- no node while nobody is reserved for it; the node that is given an offer for it places
-- the call. c.back is what that needs, c.to the number, c.ends when it is given up,
-- c.rings how often the caller's phone was rung, c.most how often it may be, c.rung when
-- it was last, c.met that somebody answered there and
-- has not been put off since, c.seen that somebody ever did.
local REGAIN = 600000 -- ms for which who was cut off may have the place back
local NOBODY = '-'
local RANG = 90000 -- ms for which a phone may ring on after the node that rang it died

-- rest keeps a callback at its place and offers it to nobody until at.
local function rest(c, at)
  c.st, c.node, c.due = 'callback', NOBODY, int(at)
  c.offer, c.agent, c.answered = nil, nil, nil
  redis.call('ZREM', TIMERS, 'l ' .. c.id)
  redis.call('ZADD', WAIT, c.score, c.place)
  timer('b ' .. c.id, math.min(at, tonumber(c.ends)))
  write(CALLS, c)
  event('resting', about(c))
end

-- holder gives the node that is to place a callback: the one that was called, if it lives.
local function holder(c)
  if redis.call('HEXISTS', NODES, c.home) == 1 then return c.home end
  local nodes = {}
  for _, node in ipairs(redis.call('HKEYS', NODES)) do
    if string.sub(node, 1, 1) ~= '@' then nodes[#nodes + 1] = node end
  end
  table.sort(nodes)
  return nodes[1 + tonumber(c.offer) % math.max(#nodes, 1)] or NOBODY
end
