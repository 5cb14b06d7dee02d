-- pick finds the agents for a caller: those who have not failed this caller come
-- first, then those of the lowest penalty, then as the queue's strategy says.
-- Its cost: an agent is looked at only for the rarest thing that is wanted of them, and
-- where idleness decides, in the order in which they would be taken.

local FAN = 8 -- agents rung at once, unless the queue says otherwise

-- weight gives the digit behind a name in a list such as " gas=3 fr=1 ".
local function weight(list, needle)
  local _, last = string.find(list, needle, 1, true)
  return last and tonumber(string.sub(list, last + 1, last + 1))
end

-- wants gives what callers of a queue need of an agent after so many rungs of its
-- ladder: skills with their least levels, and the highest penalty, nil for any.
local function wants(queue, step, skills)
  local s, need = conf(queue), {}
  local most = s.penalty
  for skill, level in string.gmatch(s.skills .. ' ' .. string.gsub(skills, ',', ' '), '(%S+)=(%d)') do
    need[skill] = math.max(need[skill] or 0, tonumber(level))
  end
  for i = 1, step do
    local rung = s.ladder[i] or {}
    if rung.level then
      for skill, level in pairs(need) do need[skill] = math.min(level, rung.level) end
    end
    for skill in string.gmatch(rung.drop or '', '%S+') do need[skill] = nil end
    if rung.penalty then most = rung.penalty end
  end
  local list = {}
  for skill, level in pairs(need) do list[#list + 1] = {name = skill, needle = ' ' .. skill .. '=', level = level} end
  return {queue = queue, needle = ' ' .. queue .. '=', need = list, most = most}
end

-- able gives the penalty of an agent and the sum of the levels that are wanted; nil if
-- the agent cannot take such callers.
local function able(a, want)
  if a.st ~= 'available' then return nil end
  local penalty, total = weight(a.queues, want.needle), 0
  if not penalty or want.most and penalty > want.most then return nil end
  for _, n in ipairs(want.need) do
    local level = weight(a.skills, n.needle)
    if not level or level < n.level then return nil end
    total = total + level
  end
  return penalty, total
end

-- load gives the agents of these ids.
local function load(ids)
  local found, missing, list = docs[AGENTS], {}, {}
  for _, id in ipairs(ids) do
    if found[id] == nil then missing[#missing + 1] = id end
  end
  for i, text in ipairs(#missing > 0 and redis.call('HMGET', AGENTS, unpack(missing)) or {}) do
    found[missing[i]] = text and cjson.decode(text)
  end
  for _, id in ipairs(ids) do
    if found[id] then list[#list + 1] = found[id] end
  end
  return list
end

-- listed gives some agents of a part of READY, and how many it names.
local function listed(range, from, n)
  local ids = redis.call('ZRANGEBYLEX', READY, range[1], range[2], 'LIMIT', from, n)
  for i, member in ipairs(ids) do ids[i] = string.match(member, '^.* (%S+)$') end
  return load(ids), #ids
end

-- serving gives the part of READY that has the agents of a queue.
local function serving(want)
  local last = want.most and ' ' .. int(want.most) .. '!' or '!' -- '!' comes after a space
  return {'[q ' .. want.queue .. ' ', '(q ' .. want.queue .. last}
end

-- narrowest gives the shortest part of READY in which whoever is wanted must be, with its
-- length, and how many serve the queue; nil if there is nobody.
local function narrowest(want)
  local all = serving(want)
  all.n = redis.call('ZLEXCOUNT', READY, all[1], all[2])
  local best = all
  for _, n in ipairs(want.need) do
    local with = {'[s ' .. n.name .. ' ' .. int(n.level), '(s ' .. n.name .. '!'}
    with.n = best.n > 0 and redis.call('ZLEXCOUNT', READY, with[1], with[2]) or 0
    if with.n < best.n then best = with end
  end
  return best.n > 0 and best or nil, all
end

local function tried(c, a) return string.find(c.tried, ' ' .. a.id .. ' ', 1, true) ~= nil end

-- rank gives what a strategy compares agents by; the lowest is picked.
local function rank(strategy, a, total)
  if strategy == 'round_robin' then return tonumber(a.turn or 0) end
  if strategy == 'skill_first' then return -total end
  if a.day ~= TODAY then return 0 end
  if strategy == 'fewest_calls' then return tonumber(a.calls) end
  return strategy == 'least_talk' and tonumber(a.talk) or 0
end

local function before(x, y)
  for i = 1, 4 do
    if x[i] ~= y[i] then return x[i] < y[i] end
  end
  return x.agent.id < y.agent.id
end

-- best compares all of some agents.
local function best(c, want, agents)
  local s, found, first = conf(c.queue), {}, nil
  for _, a in ipairs(agents) do
    local penalty, total = able(a, want)
    if penalty then
      local r = {tried(c, a) and 1 or 0, penalty, rank(s.strategy, a, total), s.strategy == 'linear' and 0 or tonumber(a.since), agent = a}
      found[#found + 1] = r
      if not first or before(r, first) then first = r end
    end
  end
  if not first then return nil end
  if s.strategy ~= 'ring_all' or c.back then return {first.agent} end
  table.sort(found, before)
  local chosen = {}
  for i = 1, math.min(#found, s.fan or FAN) do chosen[i] = found[i].agent end
  return chosen
end

-- longest gives the agent who is idle longest, of the lowest penalty first: READY is in
-- that order. One or two are read at first, as most callers are taken by the first.
local function longest(c, want, range)
  local from, n, failed = 0, 2, nil
  repeat
    local page, named = listed(range, from, n)
    for _, a in ipairs(page) do
      if able(a, want) then
        if not tried(c, a) then return {a} end
        failed = failed or {a}
      end
    end
    local last = named < n
    from, n = from + n, 16
  until last
  return failed
end

-- pick gives the agents for c, one unless the queue rings all; nil if nobody can. among,
-- if given, are the only agents who may be able to.
local function pick(c, want, among)
  if among then return best(c, want, among) end
  local idle = (conf(c.queue).strategy or 'longest_idle') == 'longest_idle'
  if idle and #want.need == 0 then return longest(c, want, serving(want)) end
  local part, all = narrowest(want)
  if not part then return nil end
  if idle and part.n * part.n > all.n then return longest(c, want, all) end -- every n-th can, or so
  return best(c, want, (listed(part, 0, part.n)))
end
