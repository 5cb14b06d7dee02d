package call

import (
	"fmt"
	"time"
)

// A Waterfall is what passed between a caller's last sound and the first sound of the
// answer on the wire, in milliseconds.
type Waterfall struct {
	Endpoint int64 `json:"endpoint_ms"`          // from the caller's last sound until the recognizer settled that it was
	Final    int64 `json:"final_ms"`             // from there to its words
	Intent   int64 `json:"intent_ms"`            // from there to what they mean
	Hook     int64 `json:"webhook_ms,omitempty"` // from there to the answer of a webhook that was asked
	Audio    int64 `json:"audio_ms"`             // from there to the first audio of the answer
	Wire     int64 `json:"wire_ms"`              // from there to the wire
	Total    int64 `json:"total_ms"`
	Filler   bool  `json:"filler,omitempty"` // something was played meanwhile
}

// Steps gives the parts of a waterfall by name, in order, that of a webhook last and only if
// one was asked.
func (w Waterfall) Steps() []Step {
	steps := []Step{{"endpoint", w.Endpoint}, {"final", w.Final}, {"intent", w.Intent}, {"audio", w.Audio}, {"wire", w.Wire}}
	if w.Hook > 0 {
		steps = append(steps, Step{"webhook", w.Hook})
	}
	return steps
}

// A Step is one part of a Waterfall.
type Step struct {
	Name  string
	Milli int64
}

// lap is when the steps happened.
type lap struct {
	stopped, over, final, intent, hooked, audio time.Time
	filler                                      bool
}

// slowTurn is what an answer may take without it being asked why.
const slowTurn = 1500 * time.Millisecond

// causes says in words which step held an answer up.
//
//nolint:gochecknoglobals // a read-only table
var causes = map[string]string{
	"endpoint": "waiting for the caller to have finished",
	"final":    "recognition of the words",
	"intent":   "finding out what they mean",
	"webhook":  "a webhook",
	"audio":    "synthesis of the answer",
	"wire":     "sending it",
}

// sounded writes the waterfall of the answer that can be heard now.
func (m *machine) sounded(now time.Time) {
	l := m.turn.lap
	m.turn.lap = lap{}
	if l.stopped.IsZero() || l.final.IsZero() || l.intent.IsZero() || l.audio.IsZero() {
		return
	}
	if l.over.IsZero() || l.over.After(l.final) { // an engine need not tell
		l.over = l.final
	}
	asked := l.intent // whom the answer is from
	if l.hooked.After(asked) {
		asked = l.hooked
	}
	between := func(a, b time.Time) int64 { return max(b.Sub(a), 0).Milliseconds() }
	w := Waterfall{
		Endpoint: between(l.stopped, l.over), Final: between(l.over, l.final), Intent: between(l.final, l.intent),
		Hook: between(l.intent, asked), Audio: between(asked, l.audio), Wire: between(l.audio, now), Total: between(l.stopped, now), Filler: l.filler,
	}
	m.write(Entry{Kind: KindTurn, Waterfall: &w, Reason: w.slow()})
}

// slow says why it took so long, if it did.
func (w Waterfall) slow() string {
	if w.Total <= slowTurn.Milliseconds() {
		return ""
	}
	most := Step{}
	for _, s := range w.Steps() {
		if s.Milli > most.Milli {
			most = s
		}
	}
	return fmt.Sprintf("%.1f s until the answer: %s took %.1f s of it", float64(w.Total)/1000, causes[most.Name], float64(most.Milli)/1000)
}
