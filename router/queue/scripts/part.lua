-- part takes leave of a node that stops in good order.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch
-- Returns 1, or -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
redis.call('HDEL', NODES, ARGV[10], '@of ' .. ARGV[10])
redis.call('ZREM', TIMERS, 'n ' .. ARGV[10])
here(ARGV[10])
event('node', {'node', ARGV[10], 'state', 'parted'})
sweep(ARGV[10])
shutter()
match()
return 1
