-- reap does what is due, whoever's node it concerns, and looks for pairs; once a second among
-- all, so that what a full Redis cut short does not last.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] lease, ms, of who asks, and so is alive  [13] how many timers at most
-- Returns how many timers were due, -1 if the node that asks was fenced, or -2 if it is to say
-- again what it knows, as after an outage.
setback()
if not fenced(ARGV[10], ARGV[11]) then timer('n ' .. ARGV[10], now + tonumber(ARGV[12])) end
local all = now - (known[5] or 0) >= 1000 or now < tonumber(known[5])

-- expire ends an offer nobody answered in time.
local function expire(offer, call)
  local c = read(CALLS, call)
  if holds(c, offer) and open(c) then putback(c, 'timeout') end
end

local function back(agent)
  local a = read(AGENTS, agent)
  if not a or not a.due then return end
  a.due = nil -- its timer is gone
  settle(a, 'available')
end

-- bury ends the calls of a node that stopped beating and bars its epoch.
local function bury(node)
  redis.call('HDEL', NODES, node, '@of ' .. node)
  event('node', {'node', node, 'state', 'lost'})
  here(node)
  sweep(node)
  shutter()
end

-- What is done may be due again at once, as the next rung of somebody long overdue; not so
-- where an agent is back, or a place is forgotten.
local budget, done, again = tonumber(ARGV[13]), 0, false
repeat
  local due = redis.call('ZRANGEBYSCORE', TIMERS, '-inf', NOW, 'LIMIT', 0, budget - done)
  again = false
  for _, member in ipairs(due) do
    local kind, first, second = string.match(member, '^(%S+) (%S+) ?(%S*)$')
    redis.call('ZREM', TIMERS, member)
    if kind == 'o' then expire(first, second) end
    if kind == 'l' then climb(first) end
    if kind == 'b' then wake(first) end
    if kind == 'w' then back(first) end
    if kind == 'n' then bury(first) end
    if kind == 'r' then redis.call('HDEL', LOST, first) end
    again = again or kind ~= 'w' and kind ~= 'r'
  end
  done = done + #due
until not again or done >= budget
if all then redis.call('HSET', NODES, '@whole', NOW) end
match(all)
if fenced(ARGV[10], ARGV[11]) then return -1 end
return awaited(ARGV[10]) and -2 or done
