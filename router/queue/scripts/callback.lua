-- callback lets a caller who waits go, and keeps the place: the caller is called back.
-- One number has one callback in a queue; the place it has is the older one.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] what calling back needs, JSON  [14] number
-- ARGV[15] ms until it may be offered  [16] ms until it is given up  [17] how often the phone may be rung
-- Returns 1, 2 if the number has a callback in the queue already, 0 if the caller does not
-- wait (any more), -1 if the node was fenced.
if fenced(ARGV[10], ARGV[11]) then return -1 end
local c = read(CALLS, ARGV[12])
if c and c.back then return 1 end
for _, other in ipairs(every(CALLS)) do
  local same = other.back and other.to == ARGV[14] and not other.met
  if same and not c and other.twin == ARGV[12] then return 2 end -- asked again, after an answer that was lost
  if same and c and c.st == 'waiting' and other.queue == c.queue then
    other.twin = c.id
    write(CALLS, other)
    finish(c, 'left', 'callback_again')
    return 2
  end
end
if not c or c.st ~= 'waiting' then return 0 end
tally(c.queue, 'callbacks')
c.back, c.to, c.home, c.rings, c.most = ARGV[13], ARGV[14], c.node, 0, tonumber(ARGV[17])
c.ends = int(now + tonumber(ARGV[16]))
rest(c, now + tonumber(ARGV[15]))
event('callback', about(c))
return 1
