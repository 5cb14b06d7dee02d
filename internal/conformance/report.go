package conformance

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Report is what Run found out.
type Report struct {
	Service   Service       `json:"service"`
	Address   string        `json:"address"`
	Vendor    string        `json:"vendor"`
	Build     string        `json:"build"`
	Languages []string      `json:"languages"`
	Began     time.Time     `json:"began"`
	Took      time.Duration `json:"took_ns"`
	Results   []Result      `json:"results"`
	Stopped   string        `json:"stopped,omitempty"` // why checks were not tried
}

// Conforms is true if all checks passed that MUST, or do not apply.
func (r *Report) Conforms() bool { return r.count(Failed, Must) == 0 && r.count(Unknown, Must) == 0 }

// Told is false if there is no verdict: nothing failed that MUST pass, and something could
// not be found out.
func (r *Report) Told() bool { return r.count(Failed, Must) > 0 || r.count(Unknown, Must) == 0 }

func (r *Report) count(s State, levels ...Level) int {
	n := 0
	for _, x := range r.Results {
		if x.State == s && (len(levels) == 0 || slices.Contains(levels, x.Level)) {
			n++
		}
	}
	return n
}

// Line is a result as a line of a table for a terminal.
func (r *Result) Line() string {
	state := map[State]string{Passed: "pass", Failed: "FAIL", Skipped: "skip", Unknown: "????"}[r.State]
	line := fmt.Sprintf("%s  %-6s  %-24s  %s", state, r.Level, r.ID, r.Means)
	if r.Why != "" {
		line += "\n" + strings.Repeat(" ", 14) + oneLine(r.Why)
		if r.State == Failed {
			line += " (" + r.Spec + ")"
		}
	}
	return line
}

// oneLine keeps what an engine says from moving the cursor.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, s)
}

// Summary is what a terminal shows at the end.
func (r *Report) Summary() string {
	var b strings.Builder
	if t := r.timings(); len(t) > 0 {
		fmt.Fprintf(&b, "\n%-18s  %6s  %8s  %8s\n", "timing", "count", "p50", "p95")
		for _, what := range slices.Sorted(maps.Keys(t)) {
			fmt.Fprintf(&b, "%-18s  %6d  %8v  %8v\n", what, t[what].Count, short(t[what].P50), short(t[what].P95))
		}
	}
	fmt.Fprintf(&b, "\n%s: %d passed, %d failed, %d do not apply", r.Service, r.count(Passed), r.count(Failed), r.count(Skipped))
	if n := r.count(Failed, Should); n > 0 {
		fmt.Fprintf(&b, "; %d of those that failed only SHOULD pass", n)
	}
	if n := r.count(Unknown); n > 0 {
		fmt.Fprintf(&b, "; %d could not be told", n)
	}
	fmt.Fprintf(&b, " (%v)\n", r.Took.Round(time.Second))
	if r.Stopped != "" {
		fmt.Fprintf(&b, "stopped: %s\n", r.Stopped)
	}
	fmt.Fprintf(&b, "%s: %s\n", r.verdict(), r.engine())
	return b.String()
}

func (r *Report) verdict() string {
	switch {
	case !r.Told():
		return "no verdict"
	case r.Conforms():
		return "conforms"
	}
	return "does not conform"
}

// engine names what was checked as it names itself.
func (r *Report) engine() string {
	name := fmt.Sprintf("the engine at %s", r.Address)
	if r.Vendor != "" || r.Build != "" {
		name += fmt.Sprintf(", vendor %q, build %q", r.Vendor, r.Build)
	}
	return name
}

func short(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}

// timings sums up what all checks have measured.
func (r *Report) timings() map[string]Timing {
	all := map[string]samples{}
	for _, x := range r.Results {
		for what, s := range x.samples {
			all[what] = append(all[what], s...)
		}
	}
	out := map[string]Timing{}
	for what, s := range all {
		out[what] = s.timing()
	}
	return out
}

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		*Report
		Conforms bool              `json:"conforms"`
		Timings  map[string]Timing `json:"timings"`
	}{r, r.Conforms(), r.timings()})
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     float64     `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string      `xml:"classname,attr"`
	Name    string      `xml:"name,attr"`
	Time    float64     `xml:"time,attr"`
	Failure *junitCause `xml:"failure,omitempty"`
	Error   *junitCause `xml:"error,omitempty"`
	Skipped *junitCause `xml:"skipped,omitempty"`
}

type junitCause struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report as JUnit XML. A check that SHOULD pass and does
// not is shown as skipped, with its reason: it must not break a build. One that MUST and
// could not be told is an error.
func (r *Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{
		Name: "callward conformance " + string(r.Service), Tests: len(r.Results), Failures: r.count(Failed, Must),
		Errors: r.count(Unknown, Must), Skipped: r.count(Skipped) + r.count(Failed, Should) + r.count(Unknown, Should), Time: r.Took.Seconds(),
	}
	for _, x := range r.Results {
		c := junitCase{Class: "callward.conformance." + string(r.Service), Name: x.ID, Time: x.Took.Seconds()}
		cause := &junitCause{Message: oneLine(x.Why), Text: string(x.Level) + ": " + x.Means + " (" + x.Spec + ")"}
		switch {
		case x.State == Failed && x.Level == Must:
			c.Failure = cause
		case x.State == Unknown && x.Level == Must:
			c.Error = cause
		case x.State != Passed:
			c.Skipped = cause
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
