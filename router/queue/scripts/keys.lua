-- Every script of this folder names its keys so; those that it uses are declared, all of
-- one hash tag, so each runs on one slot of a Cluster and touches nothing else.
-- What grows with the number of calls grows inside these keys.
local CALLS  = KEYS[1]  -- hash: call -> its document, from enqueue until it ends
local AGENTS = KEYS[2]  -- hash: agent -> its document
local WAIT   = KEYS[3]  -- zset: "SEQ QUEUE STEP SKILLS CALL" -> score; callers not yet accepted, lowest first
local OFFERS = KEYS[4]  -- zset, all scores 0: "NODE OFFER CALL", the open offers, found by node
local TIMERS = KEYS[5]  -- zset: "o OFFER CALL", "l CALL", "b CALL", "w AGENT", "n NODE", "r CALLER" -> due ms; the one deadline set
local NODES  = KEYS[6]  -- hash: node -> epoch; "@clock" -> the latest ms any script was told; "@day" -> as in TALLY; "@hold" -> as in pool.lua; "@of NODE" -> as in carry.lua; "@whole" -> when all were matched last; "@back" -> "AT BY ALL", as in pool.lua; "@behind" -> "CLOCK TOLD", as in clock.lua
local EVENTS = KEYS[7]  -- stream: every transition, ids and states only
local SEQ    = KEYS[8]  -- counter: places in line, offer numbers, epochs; never goes back
local READY  = KEYS[9]  -- zset, all scores 0: "q QUEUE PENALTY SINCE AGENT", "s SKILL LEVEL AGENT"; where available agents are found
local QUEUES = KEYS[10] -- hash: queue -> its settings
local TALLY  = KEYS[11] -- hash: "QUEUE WHAT" -> how many today; "day" -> which day that is
local PACE   = KEYS[12] -- hash: "QUEUE WHAT SLOT" -> how many in five minutes, of the last half hour
local OUTS   = KEYS[13] -- hash: "leader" -> "NODE EPOCH", who writes the outputs; "at OUTPUT" -> the last event it has dealt with
-- KEYS[14], a stream of messages that nobody took, is not for scripts.
local LOST   = KEYS[15] -- hash: caller -> the place they had when their node died, for ten minutes
