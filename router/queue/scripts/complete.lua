-- complete ends a talk: the call is forgotten, the agent wraps up.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] offer  [14] who ended it, or ""  [15] where the caller went, or ""
-- Returns 1, 0 if there is no such talk (any more), -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if not holds(c, ARGV[13]) or c.st ~= 'talking' then return 0 end
done(c)
parted(c, 'completed', ARGV[14], ARGV[15])
match()
return 1
