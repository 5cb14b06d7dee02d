-- mine lists the calls that a node holds, as far as Redis knows.
-- KEYS as in keys.lua
-- ARGV[1] node
-- Returns their documents, in no order.
local list = {}
for _, doc in ipairs(redis.call('HVALS', CALLS)) do
  if cjson.decode(doc).node == ARGV[1] then list[#list + 1] = doc end
end
return list
