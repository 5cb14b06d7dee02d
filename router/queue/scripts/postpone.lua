-- postpone ends the offer of a callback whose caller was not reached: the agent, whose
-- fault it is not, is free, and the callback keeps its place until it is tried again.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] offer  [14] why  [15] ms until it may be offered again
-- Returns 1, 2 if it was rung as often as may be and is given up, 0 if that offer is over
-- already, -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if not holds(c, ARGV[13]) or not c.back or not c.agent then return 0 end
c.met = nil -- a caller who answered may not have been connected
local over = astray(c, ARGV[14], now + tonumber(ARGV[15]))
match()
return over and 2 or 1
