package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// The kinds of rows.
const (
	RawPaced = "raw UDP, paced"             // a socket and a reader a call, 20 clocks
	RawEcho  = "raw UDP, echo"              // a packet goes back when it came
	Music    = "callward: answered, plays"  // the number music: no recognizer, no VAD
	Echo     = "callward: echoes"           // the number echo: through the jitter buffer and the pacer
	Bot      = "callward: plays, VAD + ASR" // a line: prompt from memory, VAD, gRPC to a recognizer
)

// Conditions are what a run measured on.
type Conditions struct {
	Machine       string  `json:"machine"`
	Load          float64 `json:"load_average"` // of a minute, at the start
	ServerCore    int     `json:"server_core"`
	OtherCore     int     `json:"other_core"`
	WindowSeconds float64 `json:"window_seconds"`
}

// A Report is what a run measured.
type Report struct {
	Conditions

	Rows    []Row    `json:"rows"`
	Setups  []Setup  `json:"setups,omitempty"`
	Speechd *Speechd `json:"speechd,omitempty"`
}

// A Row is one program under one number of calls.
type Row struct {
	Kind       string    `json:"kind"`
	SRTP       bool      `json:"srtp"` // of a raw program: packets as long as those of SRTP
	Calls      int       `json:"calls"`
	CPU        float64   `json:"cpu_percent_per_100_calls"` // of one core
	CPURatio   float64   `json:"cpu_to_raw"`                // to the raw program at as many calls: see yardstick
	Pacing     Quantiles `json:"pacing_ms"`                 // |gap - 20 ms| as received
	BestPacing Quantiles `json:"best_pacing_ms"`            // of the window with the least p99
	GapRatio   float64   `json:"pacing_p99_to_raw"`
	Packets    float64   `json:"packets_per_second_and_call"` // received by the callers
	Voiced     float64   `json:"voiced_percent"`              // of those looked at: not digital silence
	Lost       int       `json:"packets_lost"`
	Unopened   int       `json:"packets_unopened"` // of those looked at: the key was not theirs
	Others     float64   `json:"others_percent"`   // of the server's core, used by other programs
	Callers    float64   `json:"callers_percent"`  // of the callers' core, used by all
	MemoryMB   float64   `json:"memory_mb"`
	CallMB     float64   `json:"memory_mb_per_call,omitempty"` // beyond that of an idle server; of RunMedia alone

	// Of callward only.
	Allocations float64 `json:"allocations_per_frame,omitempty"` // of the whole process, for 20 ms of a call
	Heard       float64 `json:"recognizer_heard_percent,omitempty"`
	Synthesized int     `json:"synthesized,omitempty"` // texts that did not come from memory
}

// Quantiles tell how something is spread, in milliseconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// Speechd is what the bundled recognizer costs. Its callers repeat a request
// every CycleSeconds.
type Speechd struct {
	Speakers     int     `json:"speakers"`
	CPU          float64 `json:"cpu_percent_per_speaker"`      // of one core
	PerSecond    float64 `json:"cpu_ms_per_second_of_speech"`  // silence and all
	Speaking     float64 `json:"speaking_percent_of_the_time"` // of a caller
	CycleSeconds float64 `json:"cycle_seconds"`
	Finals       int     `json:"finals"` // utterances transcribed
	MemoryMB     float64 `json:"memory_mb"`
}

// yardstick is the raw program that a kind is compared with.
func yardstick(kind string) string {
	if kind == Echo {
		return RawEcho
	}
	return RawPaced
}

// compare puts each row beside the raw one of as many calls and bytes.
func compare(rows []Row) {
	for i := range rows {
		row := &rows[i]
		raw, ok := find(rows, yardstick(row.Kind), row.SRTP, row.Calls)
		if !ok {
			continue
		}
		row.CPURatio = ratio(row.CPU, raw.CPU)
		row.GapRatio = ratio(row.Pacing.P99, raw.Pacing.P99)
	}
}

func find(rows []Row, kind string, srtp bool, calls int) (row Row, ok bool) {
	i := slices.IndexFunc(rows, func(o Row) bool { return o.Kind == kind && o.SRTP == srtp && o.Calls == calls })
	if i < 0 {
		return Row{}, false
	}
	return rows[i], true
}

// protection follows the name of a kind.
func protection(srtp bool) string {
	if srtp {
		return ", SRTP"
	}
	return ""
}

func (r Row) name() string { return r.Kind + protection(r.SRTP) }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func quantiles(values []float32) Quantiles {
	if len(values) == 0 {
		return Quantiles{}
	}
	slices.Sort(values)
	at := func(q float64) float64 { return float64(values[int(q*float64(len(values)-1))]) }
	return Quantiles{P50: at(0.5), P99: at(0.99), P999: at(0.999), Max: at(1)}
}

// Above these, figures are off.
const (
	busyLoad   = 0.5 // at the start
	busyOthers = 5.0 // percent of the server's core
	nearlyFull = 90.0
	missing    = 49.5
	allHeard   = 98.0 // percent
	leastHeard = 35.0 // percent: callers speak for 40 % of the time, and silence is kept from engines
)

func (c Conditions) write(w io.Writer) {
	fmt.Fprintf(w, "\n%s; load average %.2f at the start\n", c.Machine, c.Load)
	fmt.Fprintf(w, "the measured program has core %d; the callers and the engines core %d; windows of %gs\n\n",
		c.ServerCore, c.OtherCore, c.WindowSeconds)
}

// Write prints the report for people.
func (r Report) Write(w io.Writer) {
	r.write(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tcalls\tcpu %/100\tto raw\tgap p50\tp99\tp99.9 ms\tp99 to raw\tpkt/s\tlost\tMB\tothers %\t")
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%d\t%.1f\t%.1fx\t%.2f\t%.2f\t%.2f\t%.1fx\t%.1f\t%d\t%.0f\t%.1f%s\t\n",
			row.Kind, row.Calls, row.CPU, row.CPURatio, row.Pacing.P50, row.Pacing.P99, row.Pacing.P999,
			row.GapRatio, row.Packets, row.Lost, row.MemoryMB, row.Others, mark(row.Others > busyOthers))
	}
	_ = t.Flush() // a reader that went away has what it wanted
	r.writeRest(w)
}

func mark(bad bool) string {
	if bad {
		return "!"
	}
	return " "
}

func (r Report) writeRest(w io.Writer) {
	fmt.Fprintln(w)
	for _, row := range r.Rows {
		if row.Kind == Bot {
			fmt.Fprintf(w, "%d calls: %.2f allocations a frame in the whole process; the recognizer heard %.1f %% of the time\n",
				row.Calls, row.Allocations, row.Heard)
		}
	}
	if s := r.Speechd; s != nil {
		fmt.Fprintf(w, "speechd: %.1f %% of a core for each of %d speaking callers (%.0f %% of the time, a request every %gs), "+
			"%.0f ms for a second of speech; %d utterances transcribed; %.0f MB\n",
			s.CPU, s.Speakers, s.Speaking, s.CycleSeconds, s.PerSecond, s.Finals, s.MemoryMB)
	}
	fmt.Fprintln(w, "\ncpu %/100: of one core, for 100 calls. gap: |gap - 20 ms| as received, kernel stamps; "+
		"of an echo it is the callers' own. others: other programs on that core.")
	r.writeSetups(w)
	for _, warning := range r.Warnings() {
		fmt.Fprintln(w, "!", warning)
	}
}

func (r Report) writeSetups(w io.Writer) {
	if len(r.Setups) == 0 {
		return
	}
	fmt.Fprintf(w, "\ncalls that begin and end: INVITE, 200 with an RTP port, ACK, BYE, 200; the best of three\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tcalls/s\treached\tcpu ms/call\tanswer p50\tp95 ms\tfailed\tMB\tothers %\t")
	for _, s := range r.Setups {
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.2f\t%.2f\t%.2f\t%d\t%.0f\t%.1f%s\t\n",
			s.Network, s.Rate, s.Reached, s.CPU, s.P50, s.P95, s.Failed, s.MemoryMB, s.Others, mark(s.Others > busyOthers))
	}
	_ = t.Flush() // a reader that went away has what it wanted
	if last := r.lastClean(); last > 0 {
		fmt.Fprintf(w, "\nclean up to %d calls a second over UDP; the callers have one core, as the server has\n", last)
	}
}

// lastClean is the highest rate over UDP below which none failed.
func (r Report) lastClean() (rate int) {
	for _, s := range r.Setups {
		if s.Network == "udp" && s.Clean() {
			rate = max(rate, s.Rate)
		}
	}
	return rate
}

func (c Conditions) warnings() (out []string) {
	if c.Load > busyLoad {
		out = append(out, fmt.Sprintf("the machine was busy before (load average %.2f): figures are off", c.Load))
	}
	if c.ServerCore == c.OtherCore {
		out = append(out, "there is one core only: the callers take of it, and pacing is theirs as well")
	}
	return out
}

// Warnings say why figures may be off.
func (r Report) Warnings() []string {
	out := r.warnings()
	for _, row := range r.Rows {
		out = append(out, row.warnings()...)
	}
	return out
}

func (r Row) warnings() (out []string) {
	var why []string
	if r.Others > busyOthers {
		why = append(why, fmt.Sprintf("other programs took %.0f %% of the core", r.Others))
	}
	if r.Callers > nearlyFull {
		why = append(why, fmt.Sprintf("the callers' core was %.0f %% busy, so that gaps and losses may be theirs", r.Callers))
	}
	if r.Unopened > 0 {
		why = append(why, fmt.Sprintf("%d packets did not open", r.Unopened))
	}
	if r.Packets < missing {
		why = append(why, fmt.Sprintf("%.1f packets a second instead of 50", r.Packets))
	}
	if r.Kind == Bot && r.Heard < leastHeard {
		why = append(why, fmt.Sprintf("the recognizer heard %.1f %% of the time", r.Heard))
	}
	if r.Kind == Bot && r.Voiced < allHeard {
		why = append(why, fmt.Sprintf("%.1f %% of the packets held sound", r.Voiced))
	}
	if r.Synthesized > 0 {
		why = append(why, fmt.Sprintf("%d texts came from the engine, not from memory", r.Synthesized))
	}
	if len(why) > 0 {
		out = append(out, fmt.Sprintf("%s, %d calls: %s", r.name(), r.Calls, strings.Join(why, "; ")))
	}
	return out
}
