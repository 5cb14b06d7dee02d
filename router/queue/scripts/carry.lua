-- Which queues nodes have in their configuration: "@of NODE" of NODES names them. While nodes
-- are reloaded one after the other they differ, and a queue that one of them has goes on.
local CLOSED = '{"max_wait":1}' -- the settings of a queue that no node has any more

-- carriers gives the queues of each node that is alive, those of node as it says now.
local function carriers(node, list)
  local alive, found = {}, {}
  local all = redis.call('HGETALL', NODES)
  for i = 1, #all, 2 do alive[all[i]] = true end
  for i = 1, #all, 2 do
    local name = string.match(all[i], '^@of (.+)$')
    if name and alive[name] then found[name] = all[i + 1] end
  end
  if node then found[node] = list or found[node] end
  return found
end

-- elsewhere gives of an agent's queues those that only other nodes have, for which node does
-- not speak. One that has not said what it has speaks for all.
local function elsewhere(queues, node)
  local found, kept = carriers(), ''
  local own = found[node]
  if not own then return '' end
  for queue, penalty in string.gmatch(queues, '(%S+)=(%d)') do
    local needle, others = ' ' .. queue .. ' ', false
    for _, list in pairs(found) do others = others or string.find(list, needle, 1, true) end
    if others and not string.find(own, needle, 1, true) then kept = kept .. queue .. '=' .. penalty .. ' ' end
  end
  return kept
end

-- shut has the reaper end the wait of a caller; one who is offered to somebody may be taken.
local function shut(c)
  if c.back then
    c.ends = NOW
  elseif c.st == 'waiting' then
    c.due = NOW
    timer('l ' .. c.id, c.due)
  end
  if c.st == 'callback' or c.back and c.st == 'waiting' then timer('b ' .. c.id, c.ends) end
  write(CALLS, c)
end

-- shutter closes the queues that no node has any more, and reports whether there are some.
-- While nobody says what it has, nothing is known.
local function shutter(node, list)
  local carried, gone = nil, {}
  for _, queues in pairs(carriers(node, list)) do
    carried = carried or {}
    for queue in string.gmatch(queues, '%S+') do carried[queue] = true end
  end
  for _, queue in ipairs(carried and redis.call('HKEYS', QUEUES) or {}) do
    if not carried[queue] and redis.call('HGET', QUEUES, queue) ~= CLOSED then
      redis.call('HSET', QUEUES, queue, CLOSED)
      gone[queue] = true
    end
  end
  if not next(gone) then return false end
  for _, c in ipairs(every(CALLS)) do
    if gone[c.queue] and not c.met then shut(c) end
  end
  event('configured', {})
  return true
end
