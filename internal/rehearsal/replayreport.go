package rehearsal

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/callward/callward/internal/story"
)

// A Summary counts what came of replays.
type Summary struct {
	Calls   int `json:"calls"`
	Skipped int `json:"skipped"` // of them: nothing of these was replayed
	Turns   int `json:"turns"`
	Same    int `json:"same"` // turns
	Changed int `json:"changed"`
	Left    int `json:"not_replayed"`
}

// Sum counts.
func Sum(replays []Replay) Summary {
	var s Summary
	for _, r := range replays {
		s.Calls++
		if r.Skipped != "" {
			s.Skipped++
		}
		s.Turns += len(r.Turns)
		s.Same += r.Same
		s.Changed += r.Changed
		s.Left += r.Left
	}
	return s
}

// String says it in a line.
func (s Summary) String() string {
	out := fmt.Sprintf("%d calls, %d turns: %d same, %d changed, %d not replayed", s.Calls, s.Turns, s.Same, s.Changed, s.Left)
	if s.Skipped > 0 {
		out += fmt.Sprintf("; %d calls were skipped", s.Skipped)
	}
	return out
}

// String tells how a call went again: in a line, and below it the turns that changed or
// were not replayed.
func (r Replay) String() string { return r.text(false) }

// Told tells all turns.
func (r Replay) Told() string { return r.text(true) }

func (r Replay) text(all bool) string {
	name := fmt.Sprintf("%s: call %s", r.Source, story.Clean(string(r.Call)))
	if r.Skipped != "" {
		return fmt.Sprintf("skipped  %s: %s", name, r.Skipped)
	}
	head := "same     "
	if r.Changed > 0 {
		head = "CHANGED  "
	}
	lines := []string{fmt.Sprintf("%s%s, %s: %d turns, %d same, %d changed, %d not replayed",
		head, name, r.Began.Format(time.DateTime), len(r.Turns), r.Same, r.Changed, r.Left)}
	left := ""
	for _, t := range r.Turns {
		if t.Status == Same && !all || t.Status == Left && t.Note == left {
			continue // of those that follow one that was not replayed, the first says why
		}
		if t.Status == Left {
			left = t.Note
		}
		lines = append(lines, t.lines()...)
	}
	return strings.Join(lines, "\n")
}

func (t Retaken) lines() []string {
	head := fmt.Sprintf("  %2d  %-7s", t.Turn, t.Act)
	if t.Caller != "" {
		head += "  “" + t.Caller + "”"
	}
	if t.Status == Left {
		return []string{head + "  not replayed: " + story.Clean(t.Note)}
	}
	lines := []string{head, "        then  " + t.Then.String()}
	if t.Status == Changed {
		lines = append(lines, "        now   "+t.Now.String())
	}
	if t.Note != "" {
		lines = append(lines, "        note  "+story.Clean(t.Note))
	}
	return lines
}

// WriteReplayJSON writes replays as JSON.
func WriteReplayJSON(w io.Writer, replays []Replay) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Summary Summary  `json:"summary"`
		Replays []Replay `json:"calls"`
	}{Sum(replays), replays})
}

// WriteReplayJUnit writes replays as JUnit XML: a call is a test case, which fails if a
// turn changed.
func WriteReplayJUnit(w io.Writer, replays []Replay) error {
	suite := &junitSuite{Name: "callward replay"}
	for _, r := range replays {
		c := junitCase{Class: "callward.replay", Name: story.Clean(string(r.Call)), File: r.Source}
		switch {
		case r.Skipped != "":
			suite.Skipped++
			c.Skipped = &junitSkipped{Message: story.Clean(r.Skipped)}
		case r.Changed > 0:
			suite.Failures++
			c.Failure = &junitFailure{Message: fmt.Sprintf("%d turns changed", r.Changed), Text: r.String()}
		}
		suite.Tests++
		suite.Cases = append(suite.Cases, c)
	}
	all := junitSuites{Tests: suite.Tests, Failures: suite.Failures, Suites: []*junitSuite{suite}}
	return all.write(w)
}
