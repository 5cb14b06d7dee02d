-- leftovers counts what calls hold; all 0 when there is no call and no wrap-up.
-- KEYS as in keys.lua
-- Returns {calls, offers, timers}; the lease of a living node is not counted.
local timers = 0
for _, member in ipairs(redis.call('ZRANGE', TIMERS, 0, -1)) do
  if string.sub(member, 1, 2) ~= 'n ' then timers = timers + 1 end
end
local calls = math.max(redis.call('HLEN', CALLS), redis.call('ZCARD', WAIT))
return {calls, redis.call('ZCARD', OFFERS), timers}
