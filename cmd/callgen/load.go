package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/callgen"
	"github.com/callward/callward/internal/callgen/voice"
)

func loadCommand() *cobra.Command {
	var o callgen.LoadOptions
	var text string
	var pause time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "load",
		Short: "Place many calls at once and measure the sound that comes back",
		Long: "load places calls at a steady rate. Each speaks the same clip again and again and\n" +
			"measures what comes back: by how much packets are apart from where their timestamps\n" +
			"put them (kernel times), and how many are missing.",
		Example: "  callgen load --to sip:echo@127.0.0.1:5060 --rate 10 --calls 200 --hold 10s\n" +
			"  callgen load --to sip:music@127.0.0.1:5060 --rate 50 --calls 50 --hold 30s --json\n" +
			"  callgen load --to sip:line-en@127.0.0.1:5060 --calls 100 --concurrent 5",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			clip, err := voice.Default("en").Render(c.Context(), text)
			if err != nil {
				return failed(err)
			}
			o.Clip = append(clip, make([]int16, int(pause.Seconds()*voice.Rate))...)
			report, err := callgen.Load(c.Context(), o)
			if report.Placed > 0 {
				writeReport(c.OutOrStdout(), report, asJSON)
			}
			return failed(err)
		},
	}
	f := c.Flags()
	f.StringVar(&o.To, "to", "sip:echo@127.0.0.1:5060", "number to call")
	f.Float64Var(&o.Rate, "rate", 10, "calls a second")
	f.IntVar(&o.Calls, "calls", 200, "calls in all")
	f.IntVar(&o.Concurrent, "concurrent", 0, "calls at once at most; 0: no limit")
	f.DurationVar(&o.Hold, "hold", 10*time.Second, "length of each call")
	f.StringVar(&text, "say", "what are your opening hours", "what each caller says")
	f.DurationVar(&pause, "pause", 4*time.Second, "silence before it is said again")
	f.BoolVar(&asJSON, "json", false, "write the report as JSON")
	phoneFlags(f, &o.Transport, &o.Ports)
	o.Ports = callgen.Ports{Min: 30000, Max: 39999}
	return c
}

func writeReport(w io.Writer, r callgen.LoadReport, asJSON bool) {
	if asJSON {
		_ = json.NewEncoder(w).Encode(r) // a reader that went away has what it wanted
		return
	}
	fmt.Fprintf(w, "calls     %d placed, %d answered, %d completed, %d of them silent\n",
		r.Placed, r.Answered, r.Completed, r.Silent)
	reasons := make([]string, 0, len(r.Failed))
	for reason := range r.Failed {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		fmt.Fprintf(w, "failed    %d: %s\n", r.Failed[reason], reason)
	}
	fmt.Fprintf(w, "setup     %s\n", spread(r.Setup))
	fmt.Fprintf(w, "pacing    %s\n", spread(r.Pacing))
	fmt.Fprintf(w, "packets   %d sent (%d late), %d received, %d lost\n", r.Sent, r.SentLate, r.Received, r.Lost)
}

func spread(q callgen.Quantiles) string {
	return fmt.Sprintf("p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms", q.P50, q.P99, q.P999, q.Max)
}
