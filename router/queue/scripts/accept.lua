-- accept gives the caller to the agent who answered, if the offer still stands.
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] node  [8] epoch  [9] call  [10] offer
-- Returns 1, 0 if the offer is no longer open, -1 if the node was fenced.
if fenced(ARGV[7], ARGV[8]) then return -1 end
local c = read(CALLS, ARGV[9])
if not c or c.offer ~= tonumber(ARGV[10]) then return 0 end
if open(c) then
  local a = read(AGENTS, c.agent)
  close(c)
  c.st, c.due = 'talking', nil
  a.st, a.since, a.idle = 'busy', now, nil
  redis.call('ZREM', WAIT, c.place)
  write(CALLS, c)
  write(AGENTS, a)
  event('answered', about(c))
end
return 1
