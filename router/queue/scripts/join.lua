-- join gives a node its epoch. What an earlier process of that name left is lost.
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] node  [8] lease, ms  [9] the highest number the node has seen
-- Returns the epoch.
if tonumber(redis.call('GET', SEQ) or 0) < tonumber(ARGV[9]) then redis.call('SET', SEQ, ARGV[9]) end
sweep(ARGV[7])
local epoch = redis.call('INCR', SEQ)
redis.call('HSET', NODES, ARGV[7], int(epoch))
timer('n ' .. ARGV[7], now + tonumber(ARGV[8]))
event('node', {'node', ARGV[7], 'state', 'joined'})
match()
return epoch
