-- heartbeat renews the lease of a node.
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] node  [8] epoch  [9] lease, ms
-- Returns 1, or -1 if the node was fenced.
if fenced(ARGV[7], ARGV[8]) then return -1 end
timer('n ' .. ARGV[7], now + tonumber(ARGV[9]))
return 1
