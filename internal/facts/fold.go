package facts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
)

// A Fold turns events into facts. The zero Fold is no use; see NewFold.
type Fold struct {
	callers map[string]*caller // by ticket
	agents  map[string]*agent
	numbers map[string]string // of calls that live: who calls, as it may be shown
	entries int64             // numbers entries, so that equal scores stay in order
}

// caller is one place in a queue.
type caller struct {
	queue    string
	score    float64 // lower ones go first
	entry    int64
	entered  time.Time
	first    int
	offered  time.Time
	ringing  []string // agents of the open offer
	expired  bool     // was told that nobody comes; the pool still knows the call
	called   bool     // is called back, and has answered
	back     bool     // hung up to be called back, which ended the wait; the place is still served
	answered time.Time
	agent    string // who talks to the caller
	rang     time.Duration
}

type agent struct {
	state  string
	queues []string
}

// NewFold knows of nobody.
func NewFold() *Fold {
	return &Fold{callers: map[string]*caller{}, agents: map[string]*agent{}, numbers: map[string]string{}}
}

// Apply takes the next event and gives what it means; nothing, where it is about an agent's
// own calls, or something that nobody is told of.
func (f *Fold) Apply(e queue.Event) []Fact {
	out := f.facts(e)
	for i := range out {
		out[i].ID, out[i].At = number(e.ID, i), e.At
		if out[i].Call != "" {
			out[i].Caller = f.numbers[out[i].Call]
		}
	}
	if e.Kind == queue.EventKind(CallEnded) {
		delete(f.numbers, e.Fields["call"])
	}
	return out
}

func (f *Fold) facts(e queue.Event) []Fact {
	switch e.Kind {
	case queue.EventAgent:
		return f.state(e.Fields["agent"], e.Fields["state"], e.Fields["reason"], serves(e.Fields["queues"]))
	case queue.EventNode:
		return []Fact{{Name: NodeState, Reason: e.Fields["node"], State: e.Fields["state"]}}
	case queue.EventClock:
		f.setBack(e.Fields["by"])
		return nil
	case queue.EventConfigured:
		return []Fact{{Name: Configured}}
	case queue.EventKind(MessageLeft):
		f.numbers[e.Fields["call"]] = e.Fields["caller"]
		return []Fact{{Name: MessageLeft, Call: e.Fields["call"], Queue: e.Fields["queue"], Fields: e.Fields}}
	case queue.EventKind(CallStarted), queue.EventKind(CallEnded):
		f.numbers[e.Fields["call"]] = e.Fields["caller"]
		return []Fact{{Name: Name(e.Kind), Call: e.Fields["call"], Fields: e.Fields}}
	default: // about a place in a queue
	}
	if call.IsDirect(e.Fields["queue"]) {
		return nil
	}
	return f.ofCaller(e)
}

// ofCaller takes what happened to a place in a queue.
func (f *Fold) ofCaller(e queue.Event) []Fact {
	ticket := e.Fields["call"]
	if e.Kind == queue.EventEntered {
		return f.enter(ticket, e)
	}
	c := f.callers[ticket]
	if c == nil { // of before the stream
		c = &caller{queue: e.Fields["queue"], entered: e.At, agent: e.Fields["agent"]}
	}
	if c.expired { // how the call ends then is no end of a wait
		if e.Kind == queue.EventLeft || e.Kind == queue.EventLost {
			delete(f.callers, ticket)
		}
		return nil
	}
	if c.back {
		return f.ofCallback(c, ticket, e)
	}
	switch e.Kind {
	case queue.EventCallback:
		return f.leave(c, ticket, e, QueueLeft)
	case queue.EventResting:
		if c.called { // and could not be connected: the place is kept for another try
			f.callers[ticket] = &caller{queue: c.queue, back: true}
		}
	case queue.EventWidened:
		c.score = score(e.Fields)
	case queue.EventOffered:
		return f.offer(c, ticket, e)
	case queue.EventAnswered:
		return f.answer(c, ticket, e)
	case queue.EventReturned:
		return f.giveBack(c, ticket, e)
	case queue.EventDropped:
		return f.missed(c, ticket, e, []string{e.Fields["agent"]})
	case queue.EventMoved, queue.EventExpired:
		return f.leave(c, ticket, e, QueueTimeout)
	case queue.EventLeft:
		return f.leave(c, ticket, e, leftAs(e.Fields["reason"]))
	case queue.EventLost:
		return f.leave(c, ticket, e, QueueLost)
	case queue.EventCompleted:
		return f.leave(c, ticket, e, QueueCompleted)
	default:
	}
	return nil
}

// ofCallback takes what happens to the place of a caller who has hung up: nothing, until
// the caller has answered. Then it is an arrival that an agent has at once.
func (f *Fold) ofCallback(c *caller, ticket string, e queue.Event) []Fact {
	switch e.Kind {
	case queue.EventOffered:
		var out []Fact
		for a := range strings.FieldsSeq(e.Fields["agent"]) {
			out = append(out, f.becomes(a, queue.Reserved)...)
		}
		return out
	case queue.EventAnswered:
		return f.becomes(e.Fields["agent"], queue.Busy)
	case queue.EventReached:
		came := &caller{queue: c.queue, entered: e.At, offered: e.At, ringing: []string{e.Fields["agent"]}, called: true}
		f.callers[ticket] = came
		came.first = f.position(came)
		entered := f.about(came, ticket, QueueEntered, e)
		return append([]Fact{entered}, f.answer(came, ticket, e)...)
	case queue.EventLeft, queue.EventLost, queue.EventCompleted:
		delete(f.callers, ticket)
	default:
	}
	return nil
}

func leftAs(reason string) Name {
	if queue.Reason(reason) == queue.HungUp {
		return QueueAbandoned
	}
	return QueueLeft
}

func (f *Fold) enter(ticket string, e queue.Event) []Fact {
	if was := f.callers[ticket]; was != nil && !was.expired && !was.back && was.queue == e.Fields["queue"] && was.answered.IsZero() {
		return nil // put back by its node into a Redis that forgot
	}
	f.entries++
	c := &caller{queue: e.Fields["queue"], score: score(e.Fields), entry: f.entries, entered: e.At}
	f.callers[ticket] = c
	c.first = f.position(c)
	return []Fact{f.about(c, ticket, QueueEntered, e)}
}

func score(fields map[string]string) float64 {
	s, err := strconv.ParseFloat(fields["score"], 64)
	if err != nil {
		return 0
	}
	return s
}

// position counts the callers of the queue up to and with c.
func (f *Fold) position(c *caller) int {
	n := 1
	for _, o := range f.callers {
		if o != c && !o.expired && !o.back && o.queue == c.queue && o.answered.IsZero() && (o.score < c.score || o.score == c.score && o.entry < c.entry) {
			n++
		}
	}
	return n
}

// about says what every fact of a caller does.
func (f *Fold) about(c *caller, ticket string, name Name, e queue.Event) Fact {
	id, _, _ := strings.Cut(ticket, "/")
	fact := Fact{Name: name, Call: id, Ticket: ticket, Queue: c.queue, Reason: e.Fields["reason"], First: max(c.first, 1)}
	if c.answered.IsZero() {
		fact.Position, fact.Wait = f.position(c), since(c.entered, e.At)
	} else {
		fact.Wait = since(c.entered, c.answered)
	}
	return fact
}

func since(from, to time.Time) time.Duration {
	if from.IsZero() {
		return 0
	}
	return max(0, to.Sub(from))
}

func (f *Fold) offer(c *caller, ticket string, e queue.Event) []Fact {
	c.offered, c.ringing = e.At, strings.Fields(e.Fields["agent"])
	var out []Fact
	for _, a := range c.ringing {
		fact := f.about(c, ticket, AgentOffered, e)
		fact.Agent = a
		out = append(out, fact)
		out = append(out, f.becomes(a, queue.Reserved)...)
	}
	return out
}

func (f *Fold) answer(c *caller, ticket string, e queue.Event) []Fact {
	c.agent, c.rang = e.Fields["agent"], since(c.offered, e.At)
	fact := f.about(c, ticket, QueueConnected, e)
	fact.Agent, fact.Ring = c.agent, c.rang
	c.answered = e.At
	others := slices.DeleteFunc(slices.Clone(c.ringing), func(a string) bool { return a == c.agent })
	c.ringing = nil
	out := append([]Fact{fact}, f.released(c, ticket, e, others)...)
	return append(out, f.becomes(c.agent, queue.Busy)...)
}

// giveBack takes an offer that came to nothing, or a talk that never began.
func (f *Fold) giveBack(c *caller, ticket string, e queue.Event) []Fact {
	if c.answered.IsZero() {
		return f.missed(c, ticket, e, strings.Fields(e.Fields["agent"]))
	}
	fact := f.about(c, ticket, QueueReturned, e)
	fact.Agent, fact.Ring = c.agent, c.rang
	c.answered, c.agent = time.Time{}, ""
	return []Fact{fact}
}

func (f *Fold) missed(c *caller, ticket string, e queue.Event, who []string) []Fact {
	var out []Fact
	for _, a := range who {
		fact := f.about(c, ticket, AgentMissed, e)
		fact.Agent, fact.Ring = a, since(c.offered, e.At)
		out = append(out, fact)
	}
	c.ringing = slices.DeleteFunc(c.ringing, func(a string) bool { return slices.Contains(who, a) })
	return out
}

// released tells of agents whose phones stop ringing for no fault of theirs.
func (f *Fold) released(c *caller, ticket string, e queue.Event, who []string) []Fact {
	var out []Fact
	for _, a := range who {
		fact := f.about(c, ticket, AgentReleased, e)
		fact.Agent, fact.Ring = a, since(c.offered, e.At)
		out = append(out, fact)
	}
	return out
}

// leave ends a place: a talk, if there was one, else the wait.
func (f *Fold) leave(c *caller, ticket string, e queue.Event, name Name) []Fact {
	out := f.released(c, ticket, e, c.ringing)
	fact := f.about(c, ticket, name, e)
	fact.Agent, fact.To = c.agent, e.Fields["to"]
	if !c.answered.IsZero() {
		fact.Talk, fact.Ring = since(c.answered, e.At), c.rang
	}
	delete(f.callers, ticket)
	switch e.Kind {
	case queue.EventExpired:
		f.callers[ticket] = &caller{queue: c.queue, expired: true}
	case queue.EventCallback:
		f.callers[ticket] = &caller{queue: c.queue, back: true}
		fact.Reason = ForCallback
	default:
	}
	return append(out, fact)
}

// becomes notes a state of an agent that follows from an offer, of which no event of their
// own tells.
func (f *Fold) becomes(id string, st queue.State) []Fact {
	a := f.agents[id]
	if a == nil {
		return nil
	}
	return f.state(id, string(st), "", a.queues)
}

func (f *Fold) state(id, state, reason string, queues []string) []Fact {
	a := f.agents[id]
	if a == nil {
		a = &agent{state: string(queue.Offline)}
		f.agents[id] = a
	}
	fact := Fact{Name: AgentState, Agent: id, State: state, Before: a.state, Reason: reason, Queues: queues, Earlier: a.queues}
	a.state, a.queues = state, queues
	return []Fact{fact}
}

// setBack moves what is known as the pool does, so that waits and talks are as long as they are.
func (f *Fold) setBack(by string) {
	ms, err := strconv.ParseInt(by, 10, 64)
	if err != nil {
		return
	}
	for _, c := range f.callers {
		c.score -= float64(ms)
		for _, t := range []*time.Time{&c.entered, &c.offered, &c.answered} {
			if !t.IsZero() {
				*t = t.Add(-time.Duration(ms) * time.Millisecond)
			}
		}
	}
}

// serves reads the queues of an agent as scripts keep them, without the agent's own.
func serves(list string) []string {
	var out []string
	for word := range strings.FieldsSeq(list) {
		name, _, _ := strings.Cut(word, "=")
		if !call.IsDirect(name) {
			out = append(out, name)
		}
	}
	return out
}
