-- heartbeat renews the lease of a node.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] lease, ms
-- Returns 1, or -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
timer('n ' .. ARGV[10], now + tonumber(ARGV[12]))
return 1
