-- dial notes that the phone of a caller who is called back is about to ring. Who is told
-- no must not call: another node does, or the callback is over.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] offer
-- Returns 1, 0 if the agent is not (any more) held for it, -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if not holds(c, ARGV[13]) or not c.back or c.st ~= 'talking' then return 0 end
if c.dialled == c.offer then return 1 end
c.dialled, c.rings, c.rung = c.offer, c.rings + 1, NOW
write(CALLS, c)
event('dialled', about(c))
return 1
