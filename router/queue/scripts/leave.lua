-- leave ends a call whatever its state: a caller who hangs up while waiting, in
-- an open offer (the agent is free again, in their old place) or in a talk.
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] node  [8] epoch  [9] call  [10] reason
-- Returns 1, 0 if there is no such call (any more), -1 if the node was fenced.
if fenced(ARGV[7], ARGV[8]) then return -1 end
local c = read(CALLS, ARGV[9])
if not c then return 0 end
finish(c, c.st == 'talking' and 'completed' or 'left', ARGV[10])
match()
return 1
