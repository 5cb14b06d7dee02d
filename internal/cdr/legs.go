package cdr

import (
	"time"

	"github.com/callward/callward/call"
)

// A teller reads a journal and adds up who had the caller, and for how long.
type teller struct {
	out   *Record
	sum   *int64 // that of the stretch that goes on; nil: none
	since time.Time
}

// tell fills in what the journal says.
func tell(out *Record, r call.Record) {
	t := &teller{out: out}
	for _, e := range r.Journal {
		switch e.Kind {
		case call.KindState:
			t.state(e)
		case call.KindAnswered:
			t.turn(&out.Bot, e.Time)
		default:
			t.leg(e)
		}
	}
	t.turn(nil, r.Ended)
	for i := range out.Legs {
		l := &out.Legs[i]
		if l.Ended.IsZero() {
			l.end(r.Ended)
		}
	}
	if out.Kind == Desk && !r.Answered.IsZero() {
		out.Talk = ms(r.Ended.Sub(r.Answered))
	}
}

// state sees in whose hands the caller is.
func (t *teller) state(e call.Entry) {
	switch e.State {
	case call.StateQueued.String(), call.StateOffered.String():
		t.turn(&t.out.Wait, e.Time)
	case call.StateBridged.String():
		t.turn(&t.out.Talk, e.Time)
	case call.StateOpening.String(), call.StateSpeaking.String(), call.StateListening.String(), call.StateThinking.String():
		t.turn(&t.out.Bot, e.Time)
	}
}

// turn ends a stretch and begins the next.
func (t *teller) turn(to *int64, at time.Time) {
	if t.sum == to {
		return
	}
	if t.sum != nil {
		*t.sum += ms(at.Sub(t.since))
	}
	t.sum, t.since = to, at
}

func (t *teller) leg(e call.Entry) {
	switch e.Kind {
	case call.KindOffered:
		l := Leg{Agent: e.Agent, Offered: utc(e.Time)}
		if !call.IsDirect(e.Queue) {
			l.Queue = e.Queue
		}
		t.out.Legs = append(t.out.Legs, l)
	case call.KindAgentAnswer:
		t.rings(e.Agent).Answered = utc(e.Time)
	case call.KindAgentFailed:
		l := t.rings(e.Agent)
		l.Outcome, l.Ended = cause(e.Reason), utc(e.Time)
	case call.KindBridged:
		if t.talking() == nil { // who was on the line already
			t.out.Legs = append(t.out.Legs, Leg{Agent: e.Agent, Answered: utc(e.Time)})
		}
	case call.KindTransfer:
		if l := t.talking(); l != nil && e.Agent != "" && l.Agent == e.Agent {
			l.Outcome, l.Ended = transferred, utc(e.Time)
		}
	default:
	}
}

// rings gives the leg that rings for an agent: of several who are rung at once, the first
// names them all.
func (t *teller) rings(agent string) *Leg {
	n := len(t.out.Legs)
	if n == 0 || !t.out.Legs[n-1].Ended.IsZero() || !t.out.Legs[n-1].Answered.IsZero() {
		t.out.Legs = append(t.out.Legs, Leg{})
		n++
	}
	l := &t.out.Legs[n-1]
	if agent != "" {
		l.Agent = agent
	}
	return l
}

// talking gives the leg of whom the caller talks to; nil: nobody.
func (t *teller) talking() *Leg {
	for i := range t.out.Legs {
		if l := &t.out.Legs[i]; !l.Answered.IsZero() && l.Ended.IsZero() {
			return l
		}
	}
	return nil
}

// end ends a leg with the call.
func (l *Leg) end(at time.Time) {
	l.Ended, l.Outcome = utc(at), withdrawn
	if !l.Answered.IsZero() {
		l.Outcome = talked
	}
}
