-- A clock that was set back for good, by an operator or because another Redis took over whose
-- clock is behind. Where it is by less than ten seconds, time stands still until it has caught
-- up.

-- earlier moves times of a document.
local function earlier(doc, by, names)
  for _, name in ipairs(names) do
    if doc[name] then doc[name] = int(doc[name] - by) end
  end
end

-- moveCall keeps a caller's place: who comes from now on is behind.
local function moveCall(c, by)
  earlier(c, by, {'enq', 'joined', 'due', 'answered', 'ends', 'rung', 'score'})
  if c.place then redis.call('ZADD', WAIT, 'XX', c.score, c.place) end
  write(CALLS, c)
end

local function moveAgent(a, by)
  local listed = a.st == 'available'
  if listed then vanish(a) end
  earlier(a, by, {'since', 'due', 'mark', 'idle'})
  if listed then appear(a) end
  write(AGENTS, a)
end

local function moveLost(who, by)
  local lost = cjson.decode(redis.call('HGET', LOST, who))
  lost.enq, lost.ends = lost.enq - by, lost.ends - by
  redis.call('HSET', LOST, who, cjson.encode(lost))
end

-- move has all that is noted be as long ago, and as far ahead, as it was.
local function move(by)
  local due = redis.call('ZRANGE', TIMERS, 0, -1, 'WITHSCORES')
  for i = 1, #due, 2 do timer(due[i], due[i + 1] - by) end
  for _, c in ipairs(every(CALLS)) do moveCall(c, by) end
  for _, a in ipairs(every(AGENTS)) do moveAgent(a, by) end
  for _, who in ipairs(redis.call('HKEYS', LOST)) do moveLost(who, by) end
  local ends, who = string.match(hold or '', '^(%d+)(.*)$')
  if not ends then return end
  hold = int(ends - by) .. who
  redis.call('HSET', NODES, '@hold', hold)
end

-- setback goes by a clock that was set back. What a process says that was stopped may be of
-- long ago: so it takes two who say so, a second apart, and nobody who says otherwise between.
local function setback()
  local told = tonumber(ARGV[1])
  if latest - told < 10000 then return end
  local seen, first = string.match(redis.call('HGET', NODES, '@behind') or '', '^(%d+) (%d+)$')
  if seen ~= known[2] or told < tonumber(first) then
    return redis.call('HSET', NODES, '@behind', known[2] .. ' ' .. ARGV[1])
  end
  if told - first < 1000 then return end
  local by = latest - told
  backAll = int(backAll + by)
  redis.call('HSET', NODES, '@clock', ARGV[1], '@back', ARGV[1] .. ' ' .. int(by) .. ' ' .. backAll)
  move(by)
  now, NOW = told, ARGV[1]
  SLOT = math.floor(now / 300000)
  NOWADAYS = ' ' .. int(SLOT)
  event('clock', {'by', int(by)})
end
