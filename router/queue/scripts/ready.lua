-- Who is new since the last match: only they can make a pair, as whoever waited beside
-- whoever was free before could not be paired.

local fresh = {} -- ids of callers who wait anew, or want less
local freed = {} -- ids of agents who are free anew, each once

-- settled reports that nobody is new.
local function settled() return #fresh + #freed == 0 end

-- found lists under what an agent is found: each queue, by penalty and by how long the
-- agent is idle, and each skill, by level.
local function found(a)
  local list = {}
  for queue, penalty in string.gmatch(a.queues, '(%S+)=(%d)') do
    list[#list + 1] = string.format('q %s %s %016.0f %s', queue, penalty, a.since, a.id)
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
  redis.call('ZADD', IDLE, int(a.since), a.id)
  local list = {}
  for _, member in ipairs(found(a)) do
    list[#list + 1] = 0
    list[#list + 1] = member
  end
  if #list > 0 then redis.call('ZADD', READY, unpack(list)) end
end

local function vanish(a)
  redis.call('ZREM', IDLE, a.id)
  local list = found(a)
  if #list > 0 then redis.call('ZREM', READY, unpack(list)) end
end
