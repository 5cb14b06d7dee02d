-- enqueue makes a call wait. A call that is already known stays as it is, so a
-- node may say again what it said before (a retry, a Redis that forgot).
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] node  [8] epoch  [9] call  [10] queue  [11] priority 0..1023  [12] skills, parted by spaces
-- ARGV[13] entered at, ms, 0 for now  [14] number of the place, 0 for the next
-- Returns {1, number of the place, entered at}, or {-1} if the node was fenced.
if fenced(ARGV[7], ARGV[8]) then return {-1} end
local c = read(CALLS, ARGV[9])
if not c then
  c = {id = ARGV[9], queue = ARGV[10], prio = tonumber(ARGV[11]), skills = ARGV[12], node = ARGV[7], tried = ' '}
  c.enq, c.seq = tonumber(ARGV[13]), tonumber(ARGV[14])
  if c.enq == 0 then c.enq = now end
  if c.seq == 0 then c.seq = redis.call('INCR', SEQ) end
  c.place = string.format('%016.0f %s %s', c.seq, c.queue, c.id)
  event('entered', about(c))
  queued(c)
  match()
end
return {1, c.seq, c.enq}
