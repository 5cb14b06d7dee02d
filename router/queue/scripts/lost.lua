-- lost reads the place that a caller lost with a node.
-- KEYS as in keys.lua
-- ARGV[1] caller  [2] now, ms
-- Returns its document, "" if there is none (any more).
local doc = redis.call('HGET', LOST, ARGV[1])
if not doc or cjson.decode(doc).ends <= tonumber(ARGV[2]) then return '' end
return doc
