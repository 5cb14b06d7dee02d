-- complete ends a talk: the call is forgotten, the agent wraps up.
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] node  [8] epoch  [9] call  [10] offer
-- Returns 1, 0 if there is no such talk (any more), -1 if the node was fenced.
if fenced(ARGV[7], ARGV[8]) then return -1 end
local c = read(CALLS, ARGV[9])
if not c or c.st ~= 'talking' or c.offer ~= tonumber(ARGV[10]) then return 0 end
finish(c, 'completed')
match()
return 1
