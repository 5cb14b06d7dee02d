-- snapshot reads everything at one moment.
-- KEYS as in keys.lua
-- Returns {documents of calls, documents of agents}.
return {redis.call('HVALS', CALLS), redis.call('HVALS', AGENTS)}
