-- reject ends an offer that came to nothing, or an accepted one whose audio
-- never met: the caller is back at the old place, the agent rests.
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] node  [8] epoch  [9] call  [10] offer  [11] why
-- Returns 1, 0 if that offer is over already, -1 if the node was fenced.
if fenced(ARGV[7], ARGV[8]) then return -1 end
local c = read(CALLS, ARGV[9])
if not c or c.offer ~= tonumber(ARGV[10]) then return 0 end
putback(c, ARGV[11])
match()
return 1
