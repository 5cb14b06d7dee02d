-- outlook reads what the wait of a caller hangs on.
-- KEYS as in keys.lua
-- ARGV[1] call
-- Returns {document of the call, "" if there is none, members of WAIT before it,
-- documents of agents, names and values of PACE}.
local doc = redis.call('HGET', CALLS, ARGV[1])
if not doc then return {'', {}, {}, {}} end
local rank = redis.call('ZRANK', WAIT, cjson.decode(doc).place)
local ahead = rank and rank > 0 and redis.call('ZRANGE', WAIT, 0, rank - 1) or {}
return {doc, ahead, redis.call('HVALS', AGENTS), redis.call('HGETALL', PACE)}
