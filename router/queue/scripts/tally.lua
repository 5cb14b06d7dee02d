-- tally and pace count what happened to the callers of a queue: for the day, and
-- for the last half hour. A script counts only what it changed, so one that runs
-- twice counts once. docs/queues.md says what each word means.

local function tally(queue, what, n)
  n = n or 1
  if n > 0 then redis.call('HINCRBY', TALLY, queue .. ' ' .. what, int(n)) end
end

-- queueof gives the queue of a member of WAIT.
local function queueof(place) return string.match(place, '^%S+ (%S+)') end

-- today begins a day: its counts start with who has waited since the day before. A
-- clock that is behind midnight does not begin the old day again.
local function today(day)
  redis.call('DEL', TALLY)
  redis.call('HSET', TALLY, 'day', day)
  redis.call('HSET', NODES, '@day', day)
  for _, place in ipairs(redis.call('ZRANGE', WAIT, 0, -1)) do
    local queue, c = queueof(place), read(CALLS, string.match(place, '%S+$') or '')
    if queue and not (c and c.back) then tally(queue, 'carried') end
  end
end

local TODAY = known[3] or '-9' -- as text
if TODAY ~= ARGV[7] and tonumber(ARGV[7]) ~= TODAY - 1 then
  TODAY = ARGV[7]
  today(TODAY)
end

local SLOT = math.floor(now / 300000)
local NOWADAYS = ' ' .. int(SLOT) -- ends the fields of this slot

-- pace counts in slots; with the first count of one, those that are too old go.
local function pace(queue, what, n)
  n = n or 1
  if n <= 0 or redis.call('HINCRBY', PACE, queue .. ' ' .. what .. NOWADAYS, int(n)) ~= n then return end
  for _, field in ipairs(redis.call('HKEYS', PACE)) do
    local slot = tonumber(string.match(field, '%d+$') or 0)
    if slot <= SLOT - 6 or slot > SLOT then redis.call('HDEL', PACE, field) end
  end
end

-- entered counts a caller into the queue they are in.
local function entered(c)
  tally(c.queue, 'queued')
  pace(c.queue, 'queued')
end

local BOUNDS = {5, 10, 20, 30, 60, 120, 300, 600} -- seconds; as waitBounds in figures.go

-- served counts an answer and how long the caller waited for it.
local function served(c, target)
  if c.back then return end
  local waited = math.max(0, now - c.enq)
  tally(c.queue, 'answered')
  pace(c.queue, 'answered')
  tally(c.queue, 'wait_ms', waited)
  if waited <= target then tally(c.queue, 'answered_in') end
  for _, s in ipairs(BOUNDS) do
    if waited <= s * 1000 then
      tally(c.queue, 'wait' .. s)
      break
    end
  end
end

-- gone counts a caller who left before an answer.
local function gone(c, kind, reason, target, short)
  local waited = math.max(0, now - c.enq)
  if kind == 'lost' then
    tally(c.queue, 'lost')
  elseif reason ~= 'abandoned' then
    tally(c.queue, 'left')
  elseif waited < short then
    tally(c.queue, 'short')
  else
    tally(c.queue, 'abandoned')
    pace(c.queue, 'abandoned')
    if waited <= target then tally(c.queue, 'abandoned_in') end
  end
end

-- uncalled counts a callback that came to nothing.
local function uncalled(c)
  if not c.seen then tally(c.queue, 'uncalled') end
end

-- handled counts a talk that has ended.
local function handled(c)
  tally(c.queue, 'handled')
  pace(c.queue, 'handled')
  tally(c.queue, 'talk_ms', now - c.answered)
  pace(c.queue, 'handle_ms', now - c.answered)
end
