-- agent_set changes what an agent can do and what they are doing. It never
-- drops a call or an offer: a new state waits until that is over.
-- KEYS as in keys.lua; ARGV[1..9] as in pool.lua
-- ARGV[10] agent  [11] state, "" to keep it  [12] reason  [13] queues with penalties, " a=0 b=2 ", "=" to keep them
-- ARGV[14] skills with levels, likewise  [15] the state this is for, "" for any  [16] node that says so
-- Returns 1, 0 if the agent is in another state than ARGV[15].
local a = read(AGENTS, ARGV[10]) or {id = ARGV[10], st = 'offline', queues = ' ', skills = ' ', since = NOW}
if ARGV[15] ~= '' and (a.want or a.st) ~= ARGV[15] then return 0 end
local listed = a.st == 'available'
if listed then vanish(a) end
local serves = a.queues
if ARGV[13] ~= '=' then a.queues = ARGV[13] .. elsewhere(a.queues, ARGV[16]) end
if ARGV[14] ~= '=' then a.skills = ARGV[14] end
if listed then appear(a) end
if ARGV[11] == 'available' then a.missed = nil end
local st, reason = ARGV[11], ARGV[12] ~= '' and ARGV[12] or nil
if st == '' or (st == a.st and reason == a.reason and not a.due) then
  write(AGENTS, a)
  if a.queues ~= serves and a.st ~= 'offline' then announce(a) end
elseif a.call then
  a.want, a.wantreason = st ~= 'available' and st or nil, reason
  write(AGENTS, a)
else
  settle(a, st, reason)
end
match()
return 1
