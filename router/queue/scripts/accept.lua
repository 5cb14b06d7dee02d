-- accept gives the caller to the agent who answered first, if the offer still
-- stands; whoever else was rung is free again.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] offer  [14] agent, "" for the only one
-- Returns 1, 0 if the offer is no longer theirs to take, -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if not holds(c, ARGV[13]) or not c.agent then return 0 end
local agent = ARGV[14] ~= '' and ARGV[14] or c.agent
if c.st == 'talking' then return c.agent == agent and 1 or 0 end
if not among(c, agent) or string.find(agent, ' ', 1, true) then return 0 end
local others = c.agent ~= agent
close(c)
if others then
  for id in string.gmatch(c.agent, '%S+') do
    if id ~= agent then withdrawn(id) end
  end
end
local a = read(AGENTS, agent)
account(a)
c.st, c.agent, c.due, c.answered = 'talking', agent, nil, NOW
a.st, a.since, a.idle, a.missed, a.calls = 'busy', NOW, nil, nil, int(a.calls + 1)
redis.call('ZREM', WAIT, c.place)
write(CALLS, c)
write(AGENTS, a)
served(c, conf(c.queue).target)
event('answered', about(c))
if others then match() end
return 1
