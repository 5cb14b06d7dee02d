-- reached notes that a caller who is called back has answered.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] offer
-- Returns 1, 0 if the agent is not (any more) held for it, -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if not holds(c, ARGV[13]) or not c.back or c.st ~= 'talking' then return 0 end
if c.met then return 1 end
if not c.seen then tally(c.queue, 'called_back') end
c.met, c.seen = true, true
write(CALLS, c)
event('reached', about(c))
return 1
