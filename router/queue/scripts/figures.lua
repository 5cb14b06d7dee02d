-- figures reads what was counted.
-- KEYS as in keys.lua
-- Returns {names and values of TALLY, names and values of PACE, documents of agents}.
return {redis.call('HGETALL', TALLY), redis.call('HGETALL', PACE), redis.call('HVALS', AGENTS)}
