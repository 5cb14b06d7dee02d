package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Outlook is what is known of a caller's wait.
type Outlook struct {
	Position int           // as Position gives it
	Wait     time.Duration // until an agent is expected to answer
	Known    bool          // Wait is: somebody is at work who can take the caller
}

// Outlook gives the place of a caller and how long the wait is likely to be.
//
// Who is ahead is given, in order, to the agent at work who can take them and is free
// first, for as long as talk and wrap-up took in the last half hour, and ringing takes; the
// wait ends when somebody who can take this caller is free after that, and has answered.
// While few talks have ended their time is drawn toward a guess of 90 s. Callers ahead of
// whom some give up count for less, as lately so many did.
func (r *Redis) Outlook(ctx context.Context, call string) (Outlook, error) {
	reply, err := r.run(ctx, r.scripts.outlook, call).Slice()
	if err == nil && len(reply) != 4 {
		err = fmt.Errorf("reply has %d parts, need 4", len(reply))
	}
	if err != nil {
		return Outlook{}, fmt.Errorf("outlook of call %s: %w", call, err)
	}
	text, _ := reply[0].(string)
	if text == "" {
		return Outlook{}, fmt.Errorf("outlook of call %s: %w", call, ErrUnknownCall)
	}
	var c callDoc
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return Outlook{}, fmt.Errorf("outlook of call %s: %w", call, err)
	}
	agents, err := r.agents.read(reply[2])
	if err != nil {
		return Outlook{}, fmt.Errorf("outlook of call %s: %w", call, err)
	}
	if c.State == "talking" || c.State == "expired" {
		return Outlook{}, nil
	}
	f := newForecast(r.settings.Load(), agents, paces(pairs(reply[3]), r.now()), r.now())
	return f.outlook(kindOf(c.Place), kindsOf(reply[1])), nil
}

// A kind is what callers of a queue want of agents who are as far up its ladder.
type kind struct {
	queue  string
	step   int
	skills string
}

// kindOf reads a member of WAIT: "SEQ QUEUE STEP SKILLS CALL".
func kindOf(place string) kind {
	var k kind
	var seq, call string
	_, _ = fmt.Sscanf(place, "%s %s %d %s %s", &seq, &k.queue, &k.step, &k.skills, &call)
	return k
}

func kindsOf(part any) []kind {
	list, _ := part.([]any)
	out := make([]kind, len(list))
	for i, m := range list {
		place, _ := m.(string)
		out[i] = kindOf(place)
	}
	return out
}

// A forecast knows who works and how fast.
type forecast struct {
	settings *settings
	pace     map[string]Pace
	agents   []crewman
	able     map[kind][]int // agents by their number
}

// A crewman is an agent at work as a forecast looks at one.
type crewman struct {
	queues, skills map[string]int
	since          int64
	free           time.Duration // from now
}

func newForecast(s *settings, agents []agentDoc, pace map[string]Pace, now time.Time) *forecast {
	f := &forecast{settings: s, pace: pace, able: make(map[kind][]int)}
	var busy []int
	slices.SortFunc(agents, func(a, b agentDoc) int { return cmp.Compare(a.ID, b.ID) }) // Redis has no order
	for _, a := range agents {
		if a.State == Offline || a.State == Paused && a.Due == 0 || a.Want != "" {
			continue
		}
		c := crewman{queues: levels(a.Queues, 0), skills: levels(a.Skills, 1), since: int64(a.Since)}
		switch {
		case a.Due != 0:
			c.free = max(0, time.Duration(int64(a.Due)-now.UnixMilli())*time.Millisecond)
		case a.State != Available:
			busy = append(busy, len(f.agents))
		}
		f.agents = append(f.agents, c)
	}
	slices.SortStableFunc(busy, func(i, j int) int { return cmp.Compare(f.agents[i].since, f.agents[j].since) })
	for rank, i := range busy { // who talks longest is free first; they end one after the other
		part := (float64(rank) + 0.5) / float64(len(busy))
		f.agents[i].free = time.Duration(part * float64(f.usual(f.agents[i])))
	}
	return f
}

// usual is how long a caller keeps an agent, over the agent's queues.
func (f *forecast) usual(c crewman) time.Duration {
	sum, n := time.Duration(0), 0
	for name := range c.queues {
		if f.pace[name].Handled > 0 {
			sum, n = sum+f.handling(name), n+1
		}
	}
	if n == 0 {
		return guessedRinging + guessedHandling
	}
	return sum / time.Duration(n)
}

func levels(text string, least int) map[string]int {
	out := make(map[string]int)
	for word := range strings.FieldsSeq(text) {
		if name, n, err := SplitLevel(word, least); err == nil {
			out[name] = n
		}
	}
	return out
}

func (f *forecast) outlook(me kind, ahead []kind) Outlook {
	o := Outlook{Position: 1}
	for _, k := range ahead {
		if k.queue == me.queue {
			o.Position++
		}
		if first := f.first(k); first != nil {
			first.free += time.Duration(f.staying(k.queue) * float64(f.handling(k.queue)))
		}
	}
	if first := f.first(me); first != nil {
		o.Wait, o.Known = first.free+guessedRinging, true
	}
	return o
}

// first gives who is free first of those who can take callers of a kind; nil if nobody
// can.
func (f *forecast) first(k kind) *crewman {
	var first *crewman
	for _, i := range f.crew(k) {
		if first == nil || f.agents[i].free < first.free {
			first = &f.agents[i]
		}
	}
	return first
}

// crew numbers the agents who can take callers of a kind, in rising order.
func (f *forecast) crew(k kind) []int {
	if list, ok := f.able[k]; ok {
		return list
	}
	var own []string
	if k.skills != "-" {
		own = strings.Split(k.skills, ",")
	}
	need, most := f.settings.of(k.queue).wants(k.step, own)
	var list []int
	for i, a := range f.agents {
		penalty, serves := a.queues[k.queue]
		if serves && penalty <= most && a.has(need) {
			list = append(list, i)
		}
	}
	f.able[k] = list
	return list
}

func (a crewman) has(need map[string]int) bool {
	for name, level := range need {
		if have, ok := a.skills[name]; !ok || have < level {
			return false
		}
	}
	return true
}

const (
	guessedHandling = 90 * time.Second
	guessWeight     = 10              // talks that the guess counts for
	guessedRinging  = 4 * time.Second // until an agent who is rung for answers
)

// handling is for how long a caller of a queue keeps an agent: the mean talk and wrap-up,
// and the ringing before.
func (f *forecast) handling(queue string) time.Duration {
	p := f.pace[queue]
	return guessedRinging + (p.Handling+guessWeight*guessedHandling)/time.Duration(p.Handled+guessWeight)
}

// staying is the part of the callers who are still to be expected to wait when it is
// their turn: of those who are here, half of who give up have done so.
func (f *forecast) staying(queue string) float64 {
	p := f.pace[queue]
	gone, ok := Share{p.Abandoned, p.Abandoned + p.Answered}.Value()
	if !ok {
		return 1
	}
	return 1 - gone/2
}

// Limits of what callers are told.
const (
	leastTold = time.Minute      // of a wait that is no longer nothing is said
	mostTold  = 10 * time.Minute // of a longer one only that it is longer
)

// A Promise is what one caller was told of their wait. The zero value was told nothing.
type Promise struct{ minutes int }

// More is what Tell gives for a wait of more than ten minutes.
const More = int(mostTold/time.Minute) + 1

// Tell gives the minutes to be announced, rounded up, so two at least, or More; 0:
// nothing. It never gives more than before: somebody who was told four minutes is not told five.
func (p *Promise) Tell(o Outlook) (minutes int) {
	if !o.Known || o.Wait <= leastTold {
		return 0
	}
	minutes = min(int((o.Wait+time.Minute-1)/time.Minute), More)
	if p.minutes > 0 {
		minutes = min(minutes, p.minutes)
	}
	p.minutes = minutes
	return minutes
}
