-- reject ends an offer that came to nothing, or an accepted one whose audio
-- never met: the caller is back at the old place, the agent rests. One of several
-- agents drops out, and the others ring on.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] offer  [14] why  [15] agent, "" for all of them
-- Returns 1, 0 if that offer is over already, -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if not holds(c, ARGV[13]) or not c.agent then return 0 end
local agent = ARGV[15]
if agent == '' or agent == c.agent then
  putback(c, ARGV[14])
elseif open(c) and among(c, agent) then
  drop(c, agent, ARGV[14])
else
  return 0
end
match()
return 1
