-- configure sets what the queues of the pool are like; those never named have no
-- settings of their own. Who waits keeps place and score. A queue that was named and no
-- longer is has nobody to serve it: who waits there is told so, and nobody is called back.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] queue  [11] its settings, JSON, and so on in pairs
-- Returns 1.
local CLOSED = '{"max_wait":1}' -- the settings of such a queue
local named, same, gone = {}, true, {}
for i = 10, #ARGV - 1, 2 do
  named[ARGV[i]] = true
  if redis.call('HGET', QUEUES, ARGV[i]) ~= ARGV[i + 1] then same = false end
end
for _, queue in ipairs(redis.call('HKEYS', QUEUES)) do
  if not named[queue] and redis.call('HGET', QUEUES, queue) ~= CLOSED then
    redis.call('HSET', QUEUES, queue, CLOSED)
    gone[queue], same = true, false
  end
end
if same then return 1 end
for i = 10, #ARGV - 1, 2 do redis.call('HSET', QUEUES, ARGV[i], ARGV[i + 1]) end

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

if next(gone) then
  for _, c in ipairs(every(CALLS)) do
    if gone[c.queue] and not c.met then shut(c) end
  end
end
event('configured', {})
match(true)
return 1
