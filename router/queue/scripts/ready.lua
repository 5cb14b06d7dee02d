-- Who is new since the last match: only they can make a pair, as whoever waited beside
-- whoever was free before could not be paired.

local fresh = {} -- ids of callers who wait anew, or want less
local freed = {} -- ids of agents who are free anew, each once
local told -- the call of whose offer the node hears by the reply of the script

-- settled reports that nobody is new.
local function settled() return #fresh + #freed == 0 end

-- found lists under what an agent is found: each queue, by penalty and by how long the
-- agent is idle, and each skill, by level.
local function found(a)
  local list, since = {}, ' ' .. wide(a.since) .. ' ' .. a.id
  for queue, penalty in string.gmatch(a.queues, '(%S+)=(%d)') do
    list[#list + 1] = 'q ' .. queue .. ' ' .. penalty .. since
  end
  for skill, level in string.gmatch(a.skills, '(%S+)=(%d)') do
    list[#list + 1] = 's ' .. skill .. ' ' .. level .. ' ' .. a.id
  end
  return list
end

-- appear and vanish put an agent where match looks for them, and take them away. Until
-- they vanish, what they are found by must not change.
local function appear(a)
  if not freed[a.id] then freed[#freed + 1] = a.id end
  freed[a.id] = true
  local list = {}
  for _, member in ipairs(found(a)) do
    list[#list + 1] = 0
    list[#list + 1] = member
  end
  if #list > 0 then redis.call('ZADD', READY, unpack(list)) end
end

local function vanish(a)
  local list = found(a)
  if #list > 0 then redis.call('ZREM', READY, unpack(list)) end
end
