package rehearsal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/learnt"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// A Result is how a scenario went.
type Result struct {
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Scenario string        `json:"scenario"`
	Turns    int           `json:"turns"` // without the opening
	Passed   bool          `json:"passed"`
	Took     time.Duration `json:"took_ns"`
	Fault    *Fault        `json:"fault,omitempty"`
	Story    []Event       `json:"story"`
	Flags    []string      `json:"flags,omitempty"` // of the guard rails
}

// A Fault is the turn that did not go as expected; those after it were not played.
type Fault struct {
	Turn     int       `json:"turn"` // from 1; 0 is the opening
	Line     int       `json:"line"`
	Act      string    `json:"act"`
	Failures []Failure `json:"failures"`
}

// Run plays the scenarios of files, in their order, and gives each to done as it ends. The
// classifiers of each assistant are trained first, which takes longer than the rest, if kept
// has them not from an earlier run or a server's start. The error is that of ctx, or of training.
func Run(ctx context.Context, files []*File, kept learnt.Folder, done func(Result)) error {
	return runTrained(ctx, files, kept, nil, make(map[string]map[string]*intent.Classifier), done)
}

// by puts something else in the place of the classifier of a language, such as a service
// that stands before it.
type by func(language string, own *intent.Classifier) call.Qualifier

// runTrained is Run with classifiers that were trained before, by assistant and language;
// those that are missing are put there. An author expects what the assistant's own
// classifiers understand; so if instead is not nil, only what attacks came to is judged, and
// a scenario is over where the caller is no longer heard.
func runTrained(ctx context.Context, files []*File, kept learnt.Folder, instead by, trained map[string]map[string]*intent.Classifier, done func(Result)) error {
	for _, f := range files {
		c := trained[f.Path]
		if c == nil {
			c = make(map[string]*intent.Classifier)
			trained[f.Path] = c
		}
		for i := range f.Scenarios {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := train(ctx, kept, f.Assistant, f.Scenarios[i].Heard, c); err != nil {
				return err
			}
			s := &f.Scenarios[i]
			done(perform(ctx, f, s, qualifiers(s.Heard, c, instead), instead == nil))
		}
	}
	return ctx.Err()
}

// train makes the classifiers of the languages that are missing, or takes those that are kept.
func train(ctx context.Context, kept learnt.Folder, a *assistant.Assistant, languages []string, into map[string]*intent.Classifier) error {
	for _, l := range languages {
		if into[l] != nil {
			continue
		}
		c, err := kept.Classifier(ctx, a, l)
		if err != nil {
			return err
		}
		into[l] = c
	}
	return nil
}

func qualifiers(languages []string, own map[string]*intent.Classifier, instead by) map[string]call.Qualifier {
	out := make(map[string]call.Qualifier)
	for _, l := range languages {
		out[l] = own[l]
		if instead != nil {
			out[l] = instead(l, own[l])
		}
	}
	return out
}

// perform plays a scenario until a turn goes wrong. What is expected of the turns counts if
// expects is set.
func perform(ctx context.Context, f *File, s *Scenario, classifiers map[string]call.Qualifier, expects bool) Result {
	began := time.Now()
	r := Result{File: f.Name, Line: s.Line, Scenario: s.Name, Turns: len(s.Turns) - 1}
	st := newStage(ctx, f, s, qualified(classifiers))
	var secrets []string
	for n := range s.Turns {
		t := &s.Turns[n]
		secrets = append(secrets, t.Expect.Hidden...)
		c := checker{record: &st.record}
		switch err := st.play(n, t); {
		case err != nil && expects && (f.Attacks == nil || t.Expect.Flags != nil): // an attack is over where nobody listens any more
			c.fail(t.Act.String(), "that it can happen", err.Error())
		case err == nil && expects:
			c.check(t, f.Assistant.MinConfidence())
		}
		c.hidden(secrets)
		c.attacked(f.Attacks)
		if len(c.failures) > 0 {
			r.Fault = &Fault{Turn: n, Line: t.Line, Act: t.Act.String(), Failures: c.failures}
			break
		}
	}
	r.Passed, r.Story, r.Flags, r.Took = r.Fault == nil, st.story, st.flags, time.Since(began)
	return r
}

// String tells how the scenario went: in a line, and if it failed, which turn did, what
// was expected, what came, and the story so far.
func (r Result) String() string {
	if r.Passed {
		return fmt.Sprintf("ok    %s: %s", r.File, r.Scenario)
	}
	return fmt.Sprintf("FAIL  %s:%d: %s\n%s", r.File, r.Line, r.Scenario, indent(r.Fault.String()+"\nso far:\n"+r.Told()))
}

// String says which turn failed, and why.
func (f *Fault) String() string {
	name := fmt.Sprintf("turn %d, %s", f.Turn, f.Act)
	if f.Turn == 0 {
		name = f.Act
	}
	lines := []string{fmt.Sprintf("%s (line %d)", name, f.Line)}
	for _, x := range f.Failures {
		lines = append(lines, "  "+x.String())
	}
	return strings.Join(lines, "\n")
}

// Told is the story of the call for people.
func (r Result) Told() string {
	var lines []string
	last := -1
	for _, e := range r.Story {
		turn := "  "
		if e.Turn != last {
			turn, last = fmt.Sprintf("%2d", e.Turn), e.Turn
		}
		lines = append(lines, fmt.Sprintf("%s  %-6s  %s", turn, e.Who, e.Text))
	}
	return indent(strings.Join(lines, "\n"))
}

func indent(s string) string { return "      " + strings.ReplaceAll(s, "\n", "\n      ") }
