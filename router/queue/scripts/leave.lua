-- leave ends a call whatever its state: a caller who hangs up while waiting, in
-- an open offer (the agent is free again, in their old place) or in a talk.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] reason
-- Returns 1, 0 if there is no such call (any more), -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if not c then return 0 end
finish(c, c.st == 'talking' and 'completed' or 'left', ARGV[13])
match()
return 1
