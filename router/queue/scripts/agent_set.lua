-- agent_set changes what an agent can do and what they are doing. It never
-- drops a call or an offer: a new state waits until that is over.
-- KEYS as in keys.lua; ARGV[1..6] as in pool.lua
-- ARGV[7] agent  [8] state, "" to keep it  [9] reason  [10] queues, " a b ", "=" to keep them
-- ARGV[11] skills, likewise  [12] the state this is for, "" for any
-- Returns 1, 0 if the agent is in another state than ARGV[12].
local a = read(AGENTS, ARGV[7]) or {id = ARGV[7], st = 'offline', queues = ' ', skills = ' ', since = now}
if ARGV[12] ~= '' and (a.want or a.st) ~= ARGV[12] then return 0 end
if ARGV[10] ~= '=' then a.queues = ARGV[10] end
if ARGV[11] ~= '=' then a.skills = ARGV[11] end
local st, reason = ARGV[8], ARGV[9] ~= '' and ARGV[9] or nil
if st == '' or (st == a.st and reason == a.reason and not a.due) then
  write(AGENTS, a)
elseif a.call then
  a.want, a.wantreason = st ~= 'available' and st or nil, reason
  write(AGENTS, a)
else
  settle(a, st, reason)
end
match()
return 1
