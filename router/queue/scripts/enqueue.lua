-- enqueue makes a call wait. A call that is already known stays as it is, so a
-- node may say again what it said before (a retry, a Redis that forgot).
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] node  [11] epoch  [12] call  [13] queue  [14] priority 0..1023  [15] skills, "gas=3,fr=1"
-- ARGV[16] entered at, ms, 0 for now  [17] number of the place, 0 for the next
-- ARGV[18] ms by which the caller counts as having waited longer
-- ARGV[19] who calls, "" for nobody knows  [20] what the caller wants, opaque  [21] "1" to have the place back
-- that this caller lost with a node  [22] by how much the clock had been set back in all when [16] was noted, "" for unknown
-- Returns {1, number of the place, entered at, by how much the clock has been set back in all, document if the call is offered to somebody, else ""},
-- {-1} if the node was fenced, {-2} if the queue is full, {-3} if nobody serves it. Who has a place
-- is not refused.
if fenced(ARGV[10], ARGV[11]) then return {-1} end
local c = read(CALLS, ARGV[12])
if c then return {1, c.seq, c.enq, backAll, open(c) and not c.back and cjson.encode(c) or ''} end
local queue, why = ARGV[13], nil
local lost = ARGV[21] == '1' and regain(ARGV[19], queue)
if ARGV[17] == '0' and not lost then queue, why = room(queue, 0) end
if not queue then return {why == 'full' and -2 or -3} end
c = {id = ARGV[12], prio = tonumber(ARGV[14]), skills = ARGV[15], node = ARGV[10], tried = ' '}
c.enq, c.seq, c.boost = ARGV[16], ARGV[17], ARGV[18]
if lost and c.seq == '0' then c.enq, c.seq = int(lost.enq), int(lost.seq) end
if ARGV[19] ~= '' then c.who, c.note = ARGV[19], ARGV[20] end
if ARGV[22] ~= '' and tonumber(backAll) > tonumber(ARGV[22]) then c.enq = int(c.enq - backAll + ARGV[22]) end
if c.enq == '0' or tonumber(c.enq) > now + (ARGV[17] == '0' and 0 or 1000) then c.enq = NOW end
if c.seq == '0' then c.seq = int(redis.call('INCR', SEQ)) end
enter(c, queue)
told = c.id
match()
if not c.offer then return {1, c.seq, c.enq, backAll, ''} end
local doc = cjson.encode(c)
store(CALLS, c.id, doc)
return {1, c.seq, c.enq, backAll, doc}
