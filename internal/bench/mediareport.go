package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// A MediaReport is what RunMedia measured.
type MediaReport struct {
	Conditions

	Suite      string       `json:"srtp_suite"`
	Tries      int          `json:"windows"` // of each row, of which that with the least CPU counts
	Rows       []Row        `json:"rows"`
	Unmeasured []Unmeasured `json:"unmeasured,omitempty"`
	Slopes     []Slope      `json:"slopes,omitempty"`
	Stall      *Stall       `json:"stall,omitempty"`
}

// An Unmeasured is a row that is missing, such as where the server has too much to do.
type Unmeasured struct {
	Kind  string `json:"kind"`
	SRTP  bool   `json:"srtp"`
	Calls int    `json:"calls"`
	Why   string `json:"why"`
}

// A Slope is what each further call of a kind costs, by its first and last rows in
// which all packets came: what is spent once, whatever the calls, is not in it.
type Slope struct {
	Kind string  `json:"kind"`
	SRTP bool    `json:"srtp"`
	From int     `json:"from_calls"`
	To   int     `json:"to_calls"`
	CPU  float64 `json:"cpu_percent_per_100_calls"`
	// Most is how many calls fill the core if it goes on like that. It is
	// extrapolated, unless a row came that far.
	Most int `json:"calls_of_a_core"`
}

// measureSlopes needs two rows of a kind.
func (r *MediaReport) measureSlopes() {
	for first, n := 0, 0; first < len(r.Rows); first += n {
		n = 1
		for first+n < len(r.Rows) && r.Rows[first+n].name() == r.Rows[first].name() {
			n++
		}
		rows := r.Rows[first : first+n]
		for len(rows) > 0 && rows[len(rows)-1].Packets < missing {
			rows = rows[:len(rows)-1]
		}
		if len(rows) > 1 {
			r.Slopes = append(r.Slopes, slope(rows[0], rows[len(rows)-1]))
		}
	}
}

func slope(a, b Row) Slope {
	s := Slope{Kind: a.Kind, SRTP: a.SRTP, From: a.Calls, To: b.Calls}
	s.CPU = 100 * (b.core() - a.core()) / float64(b.Calls-a.Calls)
	if s.CPU > 0 {
		s.Most = b.Calls + int(100*(100-b.core())/s.CPU)
	}
	return s
}

// core is the share of a core that all calls of a row take, in percent.
func (r Row) core() float64 { return r.CPU * float64(r.Calls) / 100 }

// Write prints the report for people.
func (r MediaReport) Write(w io.Writer) {
	r.write(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tcalls\tcpu %/100\tcore %\tto raw\tto plain\tMB/call\tgap p50\tp99\tp99.9 ms\tbest p99\tp99.9\tpkt/s\tlost\tcallers %\tothers %\t")
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%d\t%.1f\t%.0f\t%.2fx\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\t%d\t%.0f%s\t%.1f%s\t\n",
			row.name(), row.Calls, row.CPU, row.core(), row.CPURatio, r.toPlain(row), row.callMB(),
			row.Pacing.P50, row.Pacing.P99, row.Pacing.P999, row.BestPacing.P99, row.BestPacing.P999,
			row.Packets, row.Lost, row.Callers, mark(row.Callers > nearlyFull), row.Others, mark(row.Others > busyOthers))
	}
	_ = t.Flush() // a reader that went away has what it wanted
	r.legend(w)
	r.writeSlopes(w)
	r.Stall.write(w)
	r.writeTargets(w)
	for _, warning := range r.Warnings() {
		fmt.Fprintln(w, "!", warning)
	}
}

// overhead is by how many percent SRTP makes a row dearer.
func (r MediaReport) overhead(row Row) (percent float64, ok bool) {
	plain, ok := find(r.Rows, row.Kind, false, row.Calls)
	if !ok || !row.SRTP || row.raw() || plain.CPU == 0 {
		return 0, false
	}
	return 100 * (row.CPU/plain.CPU - 1), true
}

func (r MediaReport) toPlain(row Row) string {
	if percent, ok := r.overhead(row); ok {
		return fmt.Sprintf("%+.0f %%", percent)
	}
	return ""
}

func (r Row) callMB() string {
	if r.raw() {
		return ""
	}
	return fmt.Sprintf("%.3f", r.CallMB)
}

func (r Row) raw() bool { return r.Kind == RawPaced || r.Kind == RawEcho }

func (r MediaReport) legend(w io.Writer) {
	fmt.Fprintf(w, "\nWindows of a row: %d. That of the least CPU counts, with its own gaps; best: the gaps of the window that had the least p99.\n", r.Tries)
	fmt.Fprintln(w, "cpu %/100: of one core, for 100 calls. to raw: to the raw program with as many packets, as long; playing and the bot to")
	fmt.Fprintln(w, "the paced one, echoing to the one that sends at receipt. gap: |gap - 20 ms| as received, kernel stamps; of a raw echo it is")
	fmt.Fprintln(w, "the callers' own. MB/call: resident memory beyond that after one call, the most of all windows. callers: their whole core.")
	fmt.Fprintf(w, "SRTP: %s, keys over TLS. Callers protect all that they send, and open what they hear of one call in %d: all are stamped.\n", r.Suite, sampled)
}

func (r MediaReport) writeSlopes(w io.Writer) {
	fmt.Fprintln(w)
	for _, s := range r.Slopes {
		fmt.Fprintf(w, "%s%s, from %d to %d calls: %.1f %% for each further 100", s.Kind, protection(s.SRTP), s.From, s.To, s.CPU)
		switch {
		case s.Most == 0:
			fmt.Fprintln(w, ": too little to say when the core is full")
		case s.Most <= s.To:
			fmt.Fprintf(w, "; the core was full at about %d\n", s.Most)
		default:
			fmt.Fprintf(w, "; the core is full at about %d (extrapolated)\n", s.Most)
		}
	}
	for _, f := range r.Unmeasured {
		fmt.Fprintf(w, "%s%s, %d calls: not measured: %s\n", f.Kind, protection(f.SRTP), f.Calls, f.Why)
	}
}

func (s *Stall) write(w io.Writer) {
	if s == nil {
		return
	}
	fmt.Fprintf(w, "\nstopped for %.0f ms while %d calls played: in the %.1f s around it the worst call missed %d packets of one for each 20 ms;\n",
		s.Stood, s.Calls, s.Seconds, s.Missing)
	fmt.Fprintf(w, "the longest gap was %.0f ms off; %d packets were lost on the way. Afterwards packets came %.2f ms later than before, in the worst call;\n",
		s.Longest, s.Lost, s.Delay)
	fmt.Fprintf(w, "gaps p50/p99/p99.9: %.2f/%.2f/%.2f ms before, %.2f/%.2f/%.2f ms from a second after it on\n",
		s.Before.P50, s.Before.P99, s.Before.P999, s.After.P50, s.After.P99, s.After.P999)
}

// Targets: those of 300 calls are told where that many were measured.
const (
	targetCalls    = 300
	targetCPU      = 9.0 // percent for 100 playing calls
	targetMost     = 1500
	targetMB       = 0.1
	targetP99      = 1.0 // ms
	targetP999     = 2.0
	targetOverhead = 15.0 // percent
)

func (r MediaReport) writeTargets(w io.Writer) {
	fmt.Fprintln(w)
	if row, ok := find(r.Rows, Music, false, targetCalls); ok {
		fmt.Fprintf(w, "%s %d playing calls: %.1f %% of a core for 100 (target %.0f, aim 8)\n",
			met(row.CPU <= targetCPU), targetCalls, row.CPU, targetCPU)
		fmt.Fprintf(w, "%s gaps at %d playing calls: p99 %.2f, p99.9 %.2f ms (target %.1f and %.1f, aim 0.3 and 0.8)\n",
			met(row.Pacing.P99 <= targetP99 && row.Pacing.P999 <= targetP999), targetCalls, row.Pacing.P99, row.Pacing.P999, targetP99, targetP999)
		fmt.Fprintf(w, "%s memory at %d playing calls: %.3f MB a call (target %.1f)\n", met(row.CallMB <= targetMB), targetCalls, row.CallMB, targetMB)
	}
	for _, s := range r.Slopes {
		if s.Kind == Music && !s.SRTP {
			fmt.Fprintf(w, "%s playing calls until the core is full: %d (target %d)\n", met(s.Most >= targetMost), s.Most, targetMost)
		}
	}
	for _, row := range r.Rows {
		if percent, ok := r.overhead(row); ok && row.Calls == targetCalls {
			fmt.Fprintf(w, "%s %s, %d calls: %+.0f %% CPU by SRTP (target %+.0f)\n", met(percent <= targetOverhead), row.Kind, row.Calls, percent, targetOverhead)
		}
	}
	if s := r.Stall; s != nil {
		fmt.Fprintf(w, "%s no delay stays after a stall: %d packets missing, %.2f ms (target 0 and below %.0f)\n",
			met(s.Missing == 0 && s.Delay < targetP99), s.Missing, s.Delay, targetP99)
	}
}

func met(ok bool) string {
	if ok {
		return "met:   "
	}
	return "missed:"
}

// Warnings say why figures may be off.
func (r MediaReport) Warnings() []string {
	out := r.warnings()
	for _, row := range r.Rows {
		out = append(out, row.warnings()...)
	}
	return out
}
