-- part takes leave of a node that stops in good order.
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] node  [8] epoch
-- Returns 1, or -1 if the node was fenced.
if fenced(ARGV[7], ARGV[8]) then return -1 end
redis.call('HDEL', NODES, ARGV[7])
redis.call('ZREM', TIMERS, 'n ' .. ARGV[7])
event('node', {'node', ARGV[7], 'state', 'parted'})
sweep(ARGV[7])
match()
return 1
