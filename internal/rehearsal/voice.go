package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen"
	"github.com/callward/callward/internal/callgen/voice"
)

// A Line is one that runs and is called: scenarios that say a number to dial are then
// played as real calls, by synthetic callers whom the line's own recognizer has to
// understand. What it is called for must be the assistant of the scenarios.
type Line struct {
	Host string // HOST[:PORT] of its SIP
	API  string // URL of its HTTP API, which tells what it understood

	Voice voice.Voice // of callers; the zero Voice is the best for the language of each
	Calls int         // at once; 0 is 1
}

// The patience of a caller.
const (
	longestCall = 3 * time.Minute
	waitInQueue = 2 * time.Second // what is expected has come before
	waitAtEnd   = time.Second
)

// Call plays the scenarios of files that say a number to dial, in real time, and gives each
// to done as it ends. Values of slots, priorities and the intents of keys are not checked:
// the line does not tell of them. The error is that of ctx.
func (l Line) Call(ctx context.Context, files []*File, done func(Result)) error {
	var calls errgroup.Group
	calls.SetLimit(max(l.Calls, 1))
	var one sync.Mutex
	for _, f := range files {
		for i := range f.Scenarios {
			s := &f.Scenarios[i]
			if s.Dial == "" || ctx.Err() != nil {
				continue
			}
			calls.Go(func() error {
				r := l.perform(ctx, f, s)
				one.Lock()
				defer one.Unlock()
				done(r)
				return nil
			})
		}
	}
	return errors.Join(calls.Wait(), ctx.Err())
}

func (l Line) perform(ctx context.Context, f *File, s *Scenario) Result {
	began := time.Now()
	language := s.Languages[0]
	speaks := l.Voice
	if speaks == (voice.Voice{}) {
		speaks = voice.Default(language)
	}
	o := callgen.CallOptions{
		To: "sip:" + s.Dial + "@" + l.Host, From: "rehearsal", Language: language, Voice: speaks, API: l.API,
		Timeout: longestCall, WaitAgent: waitInQueue, HangupAfter: waitAtEnd, Ports: callgen.Ports{Min: 30000, Max: 32767},
	}
	for _, t := range s.Turns[1:] {
		o.Steps = append(o.Steps, callgen.Step{Say: t.Say[language], Keys: t.Keys})
	}
	h := &heard{scenario: s, minimum: f.Assistant.MinConfidence()}
	err := callgen.Call(ctx, o, h.take)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fault == nil {
		h.judge()
	}
	if h.fault == nil && (h.n < len(s.Turns)-1 || !h.told) { // else it only tells how the call ended
		h.blame(Failure{"voice", "that the call goes on, and its journal is told", fmt.Sprint(err)})
	}
	return Result{
		File: f.Name, Line: s.Line, Scenario: s.Name, Turns: len(s.Turns) - 1,
		Passed: h.fault == nil, Fault: h.fault, Story: h.story, Took: time.Since(began),
	}
}

// heard judges a call turn by turn, as its entries come.
type heard struct {
	mu       sync.Mutex
	scenario *Scenario
	minimum  float64
	language string
	secrets  []string
	told     bool // anything, by the line
	fault    *Fault
	record
}

// take takes an entry, of the line's journal or of the caller.
func (h *heard) take(e call.Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch e.Kind {
	case callgen.KindSaid, callgen.KindKeyed: // the next turn begins
		if h.fault == nil {
			h.judge()
		}
		h.begin(h.n + 1)
	case call.KindBotSaid:
		h.says(e.Text.String())
	case call.KindBotDone:
		h.language = e.Language
	case callgen.KindDialing, callgen.KindRinging, callgen.KindConnected, callgen.KindHeard, callgen.KindHungUp:
	case callgen.KindNotice:
		h.note("call", e.Reason)
	default:
		h.told = true
		h.write(e)
	}
}

// judge checks the turn that is over.
func (h *heard) judge() {
	if h.n >= len(h.scenario.Turns) {
		return
	}
	t := h.scenario.Turns[h.n]
	h.secrets = append(h.secrets, t.Expect.Hidden...)
	t.Expect.Slots, t.Expect.Priority, t.Expect.Skills = nil, "", nil
	if t.Act == Keys {
		t.Expect.Intent = ""
	}
	h.turn.language = h.language
	c := checker{record: &h.record}
	c.check(&t, h.minimum)
	c.hidden(h.secrets)
	h.blame(c.failures...)
}

// blame notes what is wrong with the turn.
func (h *heard) blame(failures ...Failure) {
	if len(failures) > 0 {
		t := h.scenario.Turns[h.n]
		h.fault = &Fault{Turn: h.n, Line: t.Line, Act: t.Act.String(), Failures: failures}
	}
}
