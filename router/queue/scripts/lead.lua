-- lead says whether a node writes the outputs of the pool: one that is alive does, and
-- another takes its place when it is not.
-- KEYS as in keys.lua
-- ARGV[1] node  [2] epoch
-- Returns 1, 0 if another node does, -1 if the node was fenced.
if redis.call('HGET', NODES, ARGV[1]) ~= ARGV[2] then return -1 end
local me, leader = ARGV[1] .. ' ' .. ARGV[2], redis.call('HGET', OUTS, 'leader')
if leader and leader ~= me then
  local node, epoch = string.match(leader, '^(%S+) (%S+)$')
  if node and redis.call('HGET', NODES, node) == epoch then return 0 end
end
if leader ~= me then redis.call('HSET', OUTS, 'leader', me) end
return 1
