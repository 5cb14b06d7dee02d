package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/bench"
)

func benchCommand() *cobra.Command {
	var callward, speechd string
	var quick, asJSON bool
	var calls []int
	var window time.Duration
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure what a call costs the server, beside a raw UDP program",
		Long: "bench starts callward on one core, with callers and engines on another, and tells\n" +
			"the CPU of a call, the gaps between its packets, and what a speaking caller costs\n" +
			"speechd. The same packets through a raw Go program, in the same run, are the yardstick.\n" +
			"No figure makes it fail: only a measurement that did not work.",
		Example: "  callgen bench --callward bin/callward --speechd bin/speechd\n" +
			"  callgen bench --callward bin/callward --quick --json\n" +
			"  callgen bench --callward bin/callward --calls 500 --window 20s",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o := bench.Full()
			if quick {
				o = bench.Quick()
			}
			if len(calls) > 0 {
				o.Calls = calls
			}
			if window > 0 {
				o.Window = window
			}
			o.Callward, o.Speechd, o.Part = callward, speechd, benchPart
			o.Progress = func(what string) { fmt.Fprintln(c.ErrOrStderr(), "…", what) }
			report, err := bench.Run(c.Context(), o)
			return tell(c.OutOrStdout(), report, asJSON, err)
		},
	}
	f := c.Flags()
	f.StringVar(&callward, "callward", "bin/callward", "the server's program")
	f.StringVar(&speechd, "speechd", "", "the bundled engines' program; empty: leave them out")
	f.BoolVar(&quick, "quick", false, "few calls and short windows: shows that it works")
	f.IntSliceVar(&calls, "calls", nil, "calls at once, for each row (default 50,200)")
	f.DurationVar(&window, "window", 0, "how long each row is measured (default 8s)")
	f.BoolVar(&asJSON, "json", false, "write the report as JSON")
	c.AddCommand(benchMediaCommand(), benchPartCommand())
	return c
}

// tell prints a report, or fails with why there is none.
func tell(w io.Writer, report interface{ Write(w io.Writer) }, asJSON bool, err error) error {
	switch {
	case err != nil:
		return failed(err)
	case asJSON:
		return failed(json.NewEncoder(w).Encode(report))
	}
	report.Write(w)
	return nil
}

func benchMediaCommand() *cobra.Command {
	o := bench.FullMedia()
	var quick, asJSON bool
	c := &cobra.Command{
		Use:   "media",
		Short: "Measure what calls that stand cost the server, plain and with SRTP",
		Long: "media measures calls that play, that echo, and that have a whole bot on the line: CPU\n" +
			"and memory of a call and the gaps between its packets, from few calls to many, beside a\n" +
			"raw Go program with the same packets; how many fill a core; and whether a stall of the\n" +
			"server leaves a delay. It takes about a quarter of an hour. No figure makes it fail.",
		Example: "  callgen bench media\n" +
			"  callgen bench media --quick --json\n" +
			"  callgen bench media --calls 300,1000 --window 10s --suite AEAD_AES_256_GCM",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if quick {
				q, set := bench.QuickMedia(), c.Flags().Changed
				o.Tries, o.Settle = q.Tries, q.Settle
				if !set("calls") {
					o.Calls = q.Calls
				}
				if !set("window") {
					o.Window = q.Window
				}
			}
			o.Part = benchPart
			o.Progress = func(what string) { fmt.Fprintln(c.ErrOrStderr(), "…", what) }
			report, err := bench.RunMedia(c.Context(), o)
			return tell(c.OutOrStdout(), report, asJSON, err)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Callward, "callward", "bin/callward", "the server's program")
	f.BoolVar(&quick, "quick", false, "few calls and one short window: shows that it works")
	f.IntSliceVar(&o.Calls, "calls", o.Calls, "calls at once, for each row")
	f.DurationVar(&o.Window, "window", o.Window, "how long each row is measured, three times")
	f.StringVar(&o.Suite, "suite", o.Suite, "cipher of SRTP, under its name in RFC 4568 or RFC 7714")
	f.BoolVar(&asJSON, "json", false, "write the report as JSON")
	return c
}

// benchPart leads to benchPartCommand.
func benchPart(args ...string) (program string, all []string) {
	return "/proc/self/exe", append([]string{"bench", "part", "--"}, args...)
}

func benchPartCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "part",
		Short:   "A program that bench starts",
		Example: "  callgen bench part raw-echo 50 127.0.0.1:30000 172",
		Hidden:  true,
		RunE: func(c *cobra.Command, args []string) error {
			return failed(bench.RunPart(c.Context(), args, os.Stdin, c.OutOrStdout()))
		},
	}
}
