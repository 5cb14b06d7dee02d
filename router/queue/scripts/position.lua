-- position counts the callers of the same queue up to and with this one; a
-- caller being offered still holds the place.
-- KEYS as in keys.lua
-- ARGV[1] call
-- Returns the position from 1, 0 for a call that no longer waits, -1 for no such call.
local doc = redis.call('HGET', CALLS, ARGV[1])
if not doc then return -1 end
local c = cjson.decode(doc)
local rank = redis.call('ZRANK', WAIT, c.place)
if not rank then return 0 end
local n = 0
for _, place in ipairs(redis.call('ZRANGE', WAIT, 0, rank)) do
  if string.match(place, '^%S+ (%S+)') == c.queue then n = n + 1 end
end
return n
