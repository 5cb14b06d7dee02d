-- configure sets what the queues of a node are like; those never named have no settings of
-- their own. Who waits keeps place and score. A queue that was named, and that no node that is
-- alive names any more, has nobody to serve it: who waits there is told so, and nobody is
-- called back.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] queue  [12] its settings, JSON, and so on in pairs
-- Returns 1.
local list, same, field = ' ', true, '@of ' .. ARGV[10]
for i = 11, #ARGV - 1, 2 do
  list = list .. ARGV[i] .. ' '
  if redis.call('HGET', QUEUES, ARGV[i]) ~= ARGV[i + 1] then
    redis.call('HSET', QUEUES, ARGV[i], ARGV[i + 1])
    same = false
  end
end
if same and redis.call('HGET', NODES, field) == list then return 1 end
redis.call('HSET', NODES, field, list)
if not same then event('configured', {}) end
if shutter(ARGV[10], list) or not same then match(true) end
return 1
