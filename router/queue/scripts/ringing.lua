-- ringing notes that the agent's phone rings.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] offer  [14] agent, "" for the only one
-- Returns 1, 0 if the offer is no longer open, -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if not holds(c, ARGV[13]) or not open(c) then return 0 end
local agent = ARGV[14] ~= '' and ARGV[14] or c.agent
local a = among(c, agent) and read(AGENTS, agent)
if not a then return 0 end
if a.st == 'reserved' then
  account(a)
  c.st, a.st, a.since = 'ringing', 'ringing', NOW
  write(CALLS, c)
  write(AGENTS, a)
  event('ringing', {'call', c.id, 'queue', c.queue, 'offer', int(c.offer), 'agent', agent})
end
return 1
