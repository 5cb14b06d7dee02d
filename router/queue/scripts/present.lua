-- present notes that a node has said again all it knows, after an outage.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch
-- Returns 1, or -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
here(ARGV[10])
match(true)
return 1
