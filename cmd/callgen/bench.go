package main

import (
	"encoding/json"
	"fmt"
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
			if err != nil {
				return failed(err)
			}
			if asJSON {
				return failed(json.NewEncoder(c.OutOrStdout()).Encode(report))
			}
			report.Write(c.OutOrStdout())
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&callward, "callward", "bin/callward", "the server's program")
	f.StringVar(&speechd, "speechd", "", "the bundled engines' program; empty: leave them out")
	f.BoolVar(&quick, "quick", false, "few calls and short windows: shows that it works")
	f.IntSliceVar(&calls, "calls", nil, "calls at once, for each row (default 50,200)")
	f.DurationVar(&window, "window", 0, "how long each row is measured (default 8s)")
	f.BoolVar(&asJSON, "json", false, "write the report as JSON")
	c.AddCommand(benchPartCommand())
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
		Example: "  callgen bench part raw-echo 50 127.0.0.1:30000",
		Hidden:  true,
		RunE: func(c *cobra.Command, args []string) error {
			return failed(bench.RunPart(c.Context(), args, os.Stdin, c.OutOrStdout()))
		},
	}
}
