package queue_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/router/queue"
)

const (
	ring    = 20_000
	wrapUp  = 5_000
	rest    = 15_000
	misses  = 2
	penance = 60_000
	hour    = 3_600_000
)

// A model is the pool as a reader would write it down, without Redis: slow,
// obvious, one goroutine. Times are ms.
type model struct {
	now, day int64
	told     int64 // what the clock shows, which may be behind
	back     struct{ at, by int64 }
	behind   struct{ latest, told int64 }
	seq      int
	turns    int
	settings map[string]queue.Settings
	calls    map[string]*modelCall
	agents   map[string]*modelAgent
	tally    map[string]int64 // "QUEUE WHAT"
}

type modelCall struct {
	id         string
	queue      string
	prio       int
	skills     []string
	boost      int64
	seq        int
	at, joined int64
	step, hops int
	score      int64
	node       int
	state      string
	agents     []string // offered to, or talking with
	due        int64    // of the offer, or of the ladder
	number     int64    // of the offer, learned from the queue
	answered   int64
	tried      map[string]bool
	back       *modelBack // nil: the caller is on the line
}

type modelAgent struct {
	queue.Agent
	queues, skills map[string]int
	since, due     int64
	idle           int64 // since, before the offer
	call           string
	want           queue.State
	wantReason     queue.Reason
	missed         int
	turn           int

	day, mark, calls, talk int64
}

func newModel(now int64) *model {
	return &model{
		now: now, settings: map[string]queue.Settings{}, tally: map[string]int64{},
		calls: make(map[string]*modelCall), agents: make(map[string]*modelAgent),
	}
}

// tick takes the clock over as the scripts do, and begins a day.
func (m *model) tick(ms int64) {
	m.told = ms
	if old := m.back.at + m.back.by; m.back.by > 0 && m.now-m.back.at < 10_000 && max(ms-old, old-ms) < 10_000 && 2*(ms-m.now) > m.back.by {
		ms = m.now // of a node that does not know yet
	}
	m.now = max(m.now, ms)
	ms = m.told
	if day := ms / (24 * hour); day != m.day && day != m.day-1 {
		m.day = day
		clear(m.tally)
		for _, c := range m.line() {
			if c.back == nil {
				m.count(c.queue, "carried")
			}
		}
	}
}

// setBack has all that is noted be as long ago, and as far ahead, as it was, once the clock
// has been behind for a second.
func (m *model) setBack() {
	by := m.now - m.told
	switch {
	case by < 10_000:
		return
	case m.behind.latest != m.now || m.told < m.behind.told:
		m.behind.latest, m.behind.told = m.now, m.told
		return
	case m.told-m.behind.told < 1_000:
		return
	}
	m.now, m.back.at, m.back.by = m.told, m.told, by
	earlier := func(times ...*int64) {
		for _, t := range times {
			if *t != 0 {
				*t -= by
			}
		}
	}
	for _, c := range m.calls {
		earlier(&c.at, &c.joined, &c.due, &c.answered, &c.score)
		if c.back != nil {
			earlier(&c.back.ends, &c.back.rung)
		}
	}
	for _, a := range m.agents {
		earlier(&a.since, &a.due, &a.mark, &a.idle)
	}
}

func (m *model) count(name, what string) { m.tally[name+" "+what]++ }

func (m *model) enqueue(node int, e queue.Entry) error {
	if m.calls[e.Call] != nil {
		return nil
	}
	to, err := m.room(e.Queue, 0)
	if to == "" {
		return err
	}
	m.seq++
	c := &modelCall{
		id: e.Call, prio: e.Priority, skills: e.Skills, boost: e.Boost.Milliseconds(), seq: m.seq, at: m.now,
		node: node, tried: make(map[string]bool),
	}
	m.calls[e.Call] = c
	m.enter(c, to)
	m.match()
	return nil
}

// room follows the overflow from a queue until one takes a caller.
func (m *model) room(name string, hops int) (string, error) {
	var first error
	for ; name != "" && hops <= 4; hops++ {
		err := m.refusal(name)
		if err == nil {
			return name, nil
		}
		first = cmp.Or(first, err)
		m.count(name, map[error]string{queue.ErrFull: "full", queue.ErrEmpty: "empty"}[err])
		name = m.settings[name].Overflow
	}
	return "", first
}

func (m *model) refusal(name string) error {
	s, n := m.settings[name], 0
	for _, c := range m.line() {
		if c.queue == name {
			n++
		}
	}
	if s.MaxLength > 0 && n >= s.MaxLength {
		return queue.ErrFull
	}
	if s.JoinEmpty == "" || s.JoinEmpty == queue.JoinAlways {
		return nil
	}
	for _, a := range m.agents {
		_, serves := a.queues[name]
		here := a.State != queue.Offline && (a.State != queue.Paused || a.due != 0 || s.JoinEmpty == queue.JoinPaused)
		if serves && here {
			return nil
		}
	}
	return queue.ErrEmpty
}

func (m *model) enter(c *modelCall, name string) {
	c.queue, c.step, c.joined = name, 0, m.now
	m.rank(c)
	m.count(name, "queued")
	m.queued(c)
}

func (m *model) rank(c *modelCall) {
	const band = 1 << 43
	c.score = (queue.MaxPriority-int64(c.prio))*band + c.at - c.boost
	if ageing := m.settings[c.queue].Ageing.Milliseconds(); ageing > 0 {
		c.score = queue.MaxPriority*band + c.at - c.boost - int64(c.prio)*ageing
	}
}

func (m *model) queued(c *modelCall) {
	c.state, c.agents, c.number, c.due = "waiting", nil, 0, 0
	s := m.settings[c.queue]
	switch {
	case c.step < len(s.Ladder):
		c.due = c.joined + s.Ladder[c.step].After.Milliseconds()
	case s.MaxWait > 0 && c.back == nil:
		c.due = c.joined + s.MaxWait.Milliseconds()
	}
}

func (m *model) leave(id string, why queue.Reason) {
	if c := m.calls[id]; c != nil {
		m.end(c, why)
		m.match()
	}
}

func (m *model) end(c *modelCall, why queue.Reason) {
	delete(m.calls, c.id)
	if c.back != nil && !c.back.seen {
		m.count(c.queue, "uncalled")
	}
	switch c.state {
	case "waiting", "reserved", "ringing":
		switch {
		case c.back != nil:
		case why == "lost_node":
			m.count(c.queue, "lost")
		case why != queue.HungUp:
			m.count(c.queue, "left")
		case max(0, m.now-c.at) < 5000:
			m.count(c.queue, "short")
		default:
			m.count(c.queue, "abandoned")
		}
		for _, id := range c.agents {
			a := m.agents[id]
			m.settle(a, queue.Available, "", a.idle, 0)
		}
	case "talking":
		m.count(c.queue, "handled")
		m.settle(m.agents[c.agents[0]], queue.WrapUp, "", m.now, m.now+wrapUp)
	}
}

func (c *modelCall) open() bool { return c.state == "reserved" || c.state == "ringing" }

func (m *model) accept(c *modelCall, agent string) bool {
	if c == nil || !slices.Contains(c.agents, agent) {
		return false
	}
	if c.state == "talking" {
		return true
	}
	several := len(c.agents) > 1
	for _, id := range c.agents {
		if a := m.agents[id]; id != agent {
			m.settle(a, queue.Available, "", a.idle, 0)
		}
	}
	a := m.agents[agent]
	m.account(a)
	a.State, a.since, a.idle, a.missed = queue.Busy, m.now, 0, 0
	a.calls++
	c.state, c.agents, c.due, c.answered = "talking", []string{agent}, 0, m.now
	if c.back == nil {
		m.count(c.queue, "answered")
	}
	if several {
		m.match()
	}
	return true
}

// reject ends an offer for one agent, for all of them if agent is empty.
func (m *model) reject(c *modelCall, agent string, why queue.Reason) {
	switch {
	case c == nil || agent != "" && !slices.Contains(c.agents, agent):
		return
	case agent == "" || len(c.agents) == 1:
		m.putBack(c, why)
	default:
		c.agents = slices.DeleteFunc(c.agents, func(id string) bool { return id == agent })
		m.failed(c, agent, why)
	}
	m.match()
}

func (m *model) putBack(c *modelCall, why queue.Reason) {
	if c.state == "talking" && c.back == nil {
		m.count(c.queue, "unbridged")
	}
	for _, id := range c.agents {
		m.failed(c, id, why)
	}
	m.queued(c)
}

func (m *model) failed(c *modelCall, id string, why queue.Reason) {
	a := m.agents[id]
	c.tried[id] = true
	if why == "timeout" || why == queue.NoAnswer {
		m.count(c.queue, "rona")
		a.missed++
	}
	if a.missed >= misses {
		a.missed = 0
		m.settle(a, queue.Paused, queue.RONA, m.now, m.now+penance)
		return
	}
	m.settle(a, queue.Paused, why, m.now, m.now+rest)
}

func (m *model) settle(a *modelAgent, st queue.State, why queue.Reason, since, due int64) {
	m.account(a)
	if a.want != "" {
		st, why, since, due = a.want, a.wantReason, m.now, 0
	}
	a.want, a.wantReason, a.call, a.idle = "", "", "", 0
	a.State, a.Reason, a.since, a.due = st, why, since, due
}

func (m *model) account(a *modelAgent) {
	if a.day != m.day {
		a.day, a.calls, a.talk = m.day, 0, 0
	}
	if a.State == queue.Busy {
		a.talk += max(0, m.now-a.mark)
	}
	a.mark = m.now
}

func (m *model) set(id string, st queue.State, why queue.Reason) {
	a := m.agents[id]
	if st == queue.Available {
		a.missed = 0
	}
	switch {
	case st == a.State && why == a.Reason && a.due == 0:
	case a.call != "" && st == queue.Available:
		a.want, a.wantReason = "", ""
	case a.call != "":
		a.want, a.wantReason = st, why
	default:
		m.settle(a, st, why, m.now, 0)
	}
	m.match()
}

// timers lists what is due some time, as TIMERS has it.
func (m *model) timers() map[string]int64 {
	out := map[string]int64{}
	for id, c := range m.calls {
		if at, ok := c.backTimer(); ok {
			out["b "+id] = at
		}
		switch {
		case c.due == 0:
		case c.state == "waiting":
			out["l "+id] = c.due
		case c.open():
			out[fmt.Sprintf("o %d %s", c.number, id)] = c.due
		}
	}
	for id, a := range m.agents {
		if a.due != 0 {
			out["w "+id] = a.due
		}
	}
	return out
}

// reap does what is due now, in the order of its time, and what that makes due.
func (m *model) reap() {
	m.setBack()
	for m.reapOnce() {
	}
	m.match()
}

func (m *model) reapOnce() (did bool) {
	due := m.timers()
	order := slices.SortedFunc(maps.Keys(due), func(a, b string) int { return cmp.Or(cmp.Compare(due[a], due[b]), cmp.Compare(a, b)) })
	for _, member := range order {
		if due[member] > m.now {
			break
		}
		about := strings.Fields(member)
		switch id := about[len(about)-1]; about[0] {
		case "l":
			m.climb(m.calls[id])
		case "b":
			m.wake(m.calls[id])
		case "o":
			m.putBack(m.calls[id], "timeout")
		case "w":
			m.settle(m.agents[id], queue.Available, "", m.now, 0)
		}
		did = true
	}
	return did
}

func (m *model) climb(c *modelCall) {
	s := m.settings[c.queue]
	if c.step < len(s.Ladder) {
		r := s.Ladder[c.step]
		c.step++
		if r.Priority > 0 {
			c.prio = min(queue.MaxPriority, c.prio+r.Priority)
			m.rank(c)
		}
		m.queued(c)
		return
	}
	to := ""
	if s.Overflow != "" {
		to, _ = m.room(s.Overflow, c.hops+1)
	}
	if to == "" {
		c.state, c.due = "expired", 0
		m.count(c.queue, "expired")
		return
	}
	m.count(c.queue, "moved")
	c.hops++
	m.enter(c, to)
}

func (m *model) bury(node int) {
	for _, c := range m.calls {
		switch held := c.state != "waiting" && c.state != "callback"; {
		case c.node != node || c.back != nil && !held:
		case c.back != nil && !c.back.met:
			m.astray(c, max(m.now, c.back.rung+backRang))
		default:
			m.end(c, "lost_node")
		}
	}
	m.match()
}

// match is invariant I3 in words: callers by score, then number; agents who have
// not failed the caller first, then by penalty, strategy, and who is idle longest.
func (m *model) match() {
	for _, c := range m.line() {
		if c.state != "waiting" {
			continue
		}
		best := m.best(c)
		if len(best) == 0 {
			continue
		}
		if c.back != nil {
			best = best[:1]
		}
		m.turns++
		c.state, c.due = "reserved", m.now+ring
		m.count(c.queue, "offers")
		for _, a := range best {
			c.agents = append(c.agents, a.ID)
			m.account(a)
			a.State, a.Reason, a.call, a.idle, a.since, a.turn = queue.Reserved, "", c.id, a.since, m.now, m.turns
		}
	}
}

// line lists who has no agent yet, in order.
func (m *model) line() []*modelCall {
	var all []*modelCall
	for _, c := range m.calls {
		if c.state == "waiting" || c.state == "callback" || c.open() {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *modelCall) int { return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.seq, b.seq)) })
	return all
}

func (m *model) best(c *modelCall) []*modelAgent {
	s := m.settings[c.queue]
	need, most := m.wants(c)
	var able []*modelAgent
	for _, a := range m.agents {
		penalty, serves := a.queues[c.queue]
		if a.State == queue.Available && serves && penalty <= most && has(a.skills, need) {
			able = append(able, a)
		}
	}
	slices.SortFunc(able, func(a, b *modelAgent) int {
		since := cmp.Compare(a.since, b.since)
		if s.Strategy == queue.Linear {
			since = 0
		}
		return cmp.Or(cmp.Compare(count(c.tried[a.ID]), count(c.tried[b.ID])),
			cmp.Compare(a.queues[c.queue], b.queues[c.queue]),
			cmp.Compare(m.key(s.Strategy, a, need), m.key(s.Strategy, b, need)), since, cmp.Compare(a.ID, b.ID))
	})
	if s.Strategy == queue.RingAll {
		return able[:min(len(able), s.Fan)]
	}
	return able[:min(len(able), 1)]
}

func (m *model) key(s queue.Strategy, a *modelAgent, need map[string]int) int64 {
	switch s {
	case queue.RoundRobin:
		return int64(a.turn)
	case queue.FewestCalls:
		return int64(count(a.day == m.day)) * a.calls
	case queue.LeastTalk:
		return int64(count(a.day == m.day)) * a.talk
	case queue.SkillFirst:
		sum := int64(0)
		for skill := range need {
			sum -= int64(a.skills[skill])
		}
		return sum
	case queue.LongestIdle, queue.RingAll, queue.Linear:
	}
	return 0
}

func (m *model) wants(c *modelCall) (need map[string]int, most int) {
	s := m.settings[c.queue]
	need, most = map[string]int{}, 9
	for _, skill := range slices.Concat(s.Skills, c.skills) {
		name, level, _ := queue.SplitLevel(skill, 1)
		need[name] = max(need[name], level)
	}
	if s.Penalty != nil {
		most = *s.Penalty
	}
	for _, r := range s.Ladder[:c.step] {
		for name := range need {
			if r.Level > 0 && need[name] > r.Level {
				need[name] = r.Level
			}
			if slices.Contains(r.Drop, name) {
				delete(need, name)
			}
		}
		if r.Penalty != nil {
			most = *r.Penalty
		}
	}
	return need, most
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func has(skills, need map[string]int) bool {
	for name, level := range need {
		if skills[name] < level {
			return false
		}
	}
	return true
}

// numbered reads gas=3 as a model keeps it.
func numbered(names []string, least int) map[string]int {
	out := map[string]int{}
	for _, s := range names {
		name, n, _ := queue.SplitLevel(s, least)
		out[name] = n
	}
	return out
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
