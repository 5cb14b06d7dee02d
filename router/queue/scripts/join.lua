-- join gives a node its epoch. What an earlier process of that name left is lost.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] lease, ms  [12] the highest number the node has seen
-- Returns the epoch.
resume(ARGV[12], false)
sweep(ARGV[10])
local epoch = redis.call('INCR', SEQ)
redis.call('HSET', NODES, ARGV[10], int(epoch))
timer('n ' .. ARGV[10], now + tonumber(ARGV[11]))
event('node', {'node', ARGV[10], 'state', 'joined'})
match()
return epoch
