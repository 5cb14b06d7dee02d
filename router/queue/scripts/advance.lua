-- advance notes how far an output has come, if it is this node that writes it.
-- KEYS as in keys.lua
-- ARGV[1] node  [2] epoch  [3] field of the output  [4] id of the last event it has dealt with
-- Returns 1, 0 if another node writes the outputs.
if redis.call('HGET', OUTS, 'leader') ~= ARGV[1] .. ' ' .. ARGV[2] then return 0 end
redis.call('HSET', OUTS, ARGV[3], ARGV[4])
return 1
