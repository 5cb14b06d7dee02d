-- offers lists the open offers for the calls of a node.
-- KEYS as in keys.lua
-- ARGV[1] node
-- Returns the documents of the calls, in no order.
local docs = {}
local members = redis.call('ZRANGEBYLEX', OFFERS, '[' .. ARGV[1] .. ' ', '(' .. ARGV[1] .. '!')
for _, member in ipairs(members) do
  docs[#docs + 1] = redis.call('HGET', CALLS, string.match(member, '%S+$'))
end
return docs
