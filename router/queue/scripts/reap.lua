-- reap does what is due, whoever's node it concerns, and looks for pairs.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] lease, ms, of who asks, and so is alive  [13] how many timers at most
-- Returns how many timers were due, or -1 if the node that asks was fenced.
if not fenced(ARGV[10], ARGV[11]) then timer('n ' .. ARGV[10], now + tonumber(ARGV[12])) end

-- expire ends an offer nobody answered in time.
local function expire(offer, call)
  local c = read(CALLS, call)
  if c and open(c) and c.offer == tonumber(offer) then putback(c, 'timeout') end
end

local function back(agent)
  local a = read(AGENTS, agent)
  if a and a.due then settle(a, 'available') end
end

-- bury ends the calls of a node that stopped beating and bars its epoch.
local function bury(node)
  redis.call('HDEL', NODES, node)
  event('node', {'node', node, 'state', 'lost'})
  sweep(node)
end

-- What is done may be due again at once, as the next rung of somebody long overdue.
local budget, done = tonumber(ARGV[13]), 0
repeat
  local due = redis.call('ZRANGEBYSCORE', TIMERS, '-inf', int(now), 'LIMIT', 0, budget - done)
  for _, member in ipairs(due) do
    local kind, first, second = string.match(member, '^(%S+) (%S+) ?(%S*)$')
    redis.call('ZREM', TIMERS, member)
    if kind == 'o' then expire(first, second) end
    if kind == 'l' then climb(first) end
    if kind == 'b' then wake(first) end
    if kind == 'w' then back(first) end
    if kind == 'n' then bury(first) end
    if kind == 'r' then redis.call('HDEL', LOST, first) end
  end
  done = done + #due
until #due == 0 or done >= budget
match(true)
return fenced(ARGV[10], ARGV[11]) and -1 or done
