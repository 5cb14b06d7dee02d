-- resign lets another node write the outputs of the pool.
-- KEYS as in keys.lua
-- ARGV[1] node  [2] epoch
-- Returns 1, 0 if another node writes them.
if redis.call('HGET', OUTS, 'leader') ~= ARGV[1] .. ' ' .. ARGV[2] then return 0 end
redis.call('HDEL', OUTS, 'leader')
return 1
