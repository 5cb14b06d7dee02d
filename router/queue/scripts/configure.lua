-- configure sets what the queues of the pool are like; those not named have no
-- settings of their own. Who waits keeps place and score.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] queue  [11] its settings, JSON, and so on in pairs
-- Returns 1.
local same = redis.call('HLEN', QUEUES) == (#ARGV - 9) / 2
for i = 10, #ARGV - 1, 2 do
  if redis.call('HGET', QUEUES, ARGV[i]) ~= ARGV[i + 1] then same = false end
end
if same then return 1 end
redis.call('DEL', QUEUES)
for i = 10, #ARGV - 1, 2 do redis.call('HSET', QUEUES, ARGV[i], ARGV[i + 1]) end
event('configured', {})
match(true)
return 1
