package rehearsal

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/learnt"
	"github.com/callward/callward/internal/story"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// A Status says how a turn of a recorded call went again.
type Status string

// What may be said of a turn.
const (
	Same    Status = "same"
	Changed Status = "changed"
	Left    Status = "not replayed" // it cannot be, or nothing can be told by it
)

// A Replay is how a recorded call goes with the assistant and the classifiers of today.
type Replay struct {
	Source    string    `json:"source"`
	Call      call.ID   `json:"call"`
	Began     time.Time `json:"began,omitzero"`
	Assistant string    `json:"assistant,omitempty"`
	Skipped   string    `json:"skipped,omitempty"` // why nothing of it was replayed
	Same      int       `json:"same"`              // turns
	Changed   int       `json:"changed"`
	Left      int       `json:"not_replayed"`
	Turns     []Retaken `json:"turns"` // in which the dialogue had something to decide
}

// A Retaken is a turn of a Replay.
type Retaken struct {
	Turn   int       `json:"turn"` // as Turns of package story counts them; 0 is the opening
	Act    story.Act `json:"act"`
	Caller string    `json:"caller,omitempty"` // what was said or keyed
	Status Status    `json:"status"`
	Note   string    `json:"note,omitempty"` // what was not as in the call, or why it was not replayed
	Then   *Decided  `json:"then,omitempty"`
	Now    *Decided  `json:"now,omitempty"` // nil: nothing was decided
}

// A Decided is a decision, and what it was made of.
type Decided struct {
	Intent  *call.Scored  `json:"intent,omitempty"` // nil: there were no words
	Top     []call.Scored `json:"top,omitempty"`
	Rule    string        `json:"rule"`
	Outcome *call.Outcome `json:"outcome"`
}

// A Replayer replays recorded calls. It is not safe for concurrent use.
type Replayer struct {
	// Find gives the assistant that goes by a name in records, and says of one that is
	// not there which there are.
	Find func(name string) (*assistant.Assistant, error)

	// Kept has classifiers of earlier runs and of servers' starts; none are trained again.
	Kept learnt.Folder

	trained map[*assistant.Assistant]map[string]*intent.Classifier
}

// Replay plays a call up to the first turn that goes another way: from there on the caller
// answered something else. The error is that of ctx, or of training.
func (p *Replayer) Replay(ctx context.Context, r story.Sourced) (Replay, error) {
	out := Replay{Source: r.Source, Call: r.Call, Began: r.Started, Assistant: r.Assistant}
	turns := story.Turns(r.Record)
	a, why := p.assistant(r.Record, turns)
	if why != "" {
		out.Skipped = why
		return out, nil
	}
	classifiers, err := p.classifiers(ctx, a, r.Heard)
	if err != nil {
		return out, err
	}
	c := newReplayed(ctx, a, r.Record, classifiers)
	for i := range turns {
		if turns[i].Decision() != nil {
			out.Turns = append(out.Turns, c.turn(&turns[i]))
		}
		if turns[i].Has(call.KindRegained) && c.stopped == "" {
			c.regain()
		}
	}
	out.count()
	return out, ctx.Err()
}

// assistant finds that of a record, or says why the record cannot be replayed.
func (p *Replayer) assistant(r call.Record, turns []story.Turn) (a *assistant.Assistant, why string) {
	switch {
	case r.Assistant == "":
		return nil, "no assistant served it"
	case len(r.Languages) == 0 || !slices.ContainsFunc(turns, func(t story.Turn) bool { return t.Decision() != nil }):
		return nil, "its record does not say what was decided: the call ended before, or the server was an older one"
	}
	a, err := p.Find(r.Assistant)
	if err != nil {
		return nil, err.Error()
	}
	for _, l := range slices.Concat(r.Languages, r.Heard) {
		if !slices.Contains(a.Languages(), l) {
			return nil, "the assistant does not speak " + story.Clean(l) + " any more"
		}
	}
	return a, ""
}

func (p *Replayer) classifiers(ctx context.Context, a *assistant.Assistant, languages []string) (map[string]*intent.Classifier, error) {
	if p.trained == nil {
		p.trained = make(map[*assistant.Assistant]map[string]*intent.Classifier)
	}
	if p.trained[a] == nil {
		p.trained[a] = make(map[string]*intent.Classifier)
	}
	return p.trained[a], train(ctx, p.Kept, a, languages, p.trained[a])
}

func (r *Replay) count() {
	for _, t := range r.Turns {
		switch t.Status {
		case Same:
			r.Same++
		case Changed:
			r.Changed++
		case Left:
			r.Left++
		}
	}
}

// sameOutcome reports whether two decisions come to the same. In which words that was
// decided, and after how many misses, is not of it.
func sameOutcome(a, b *call.Outcome) bool {
	return a.Does == b.Does && a.Asks == b.Asks && a.Slot == b.Slot && a.Intent == b.Intent &&
		a.Language == b.Language && a.Queue == b.Queue && maps.Equal(a.Values, b.Values)
}

// acted gives the intent that a decision could be made on.
func (d *Decided) acted(minimum float64) string {
	if d.Intent == nil || d.Intent.Confidence < minimum {
		return ""
	}
	return d.Intent.Name
}

// told makes a Decided of what a journal has.
func told(decision, meant *call.Entry) *Decided {
	out := &Decided{Rule: decision.Reason, Outcome: decision.Outcome}
	if meant != nil && decision.Outcome.Input == call.InputSaid { // of a key the rule tells as much
		out.Intent, out.Top = meant.Intent, meant.Top
	}
	return out
}

// String says in a line what was decided.
func (d *Decided) String() string {
	if d == nil {
		return "nothing is decided"
	}
	text := story.Clean(d.Rule) + " → " + story.Comes(d.Outcome)
	if d.Intent != nil && !strings.Contains(d.Rule, "intent ") {
		text = fmt.Sprintf("%s %.2f: %s", cmp.Or(story.Clean(d.Intent.Name), "no intent"), d.Intent.Confidence, text)
	}
	return text
}
