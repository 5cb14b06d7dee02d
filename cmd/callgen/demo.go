package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/callgen"
)

func demoCommand() *cobra.Command {
	var o callgen.DemoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Start the line, place the showcase call and check all that it shows",
		Long: "demo starts `callward serve` with the demo agent and calls it: greeting, a question, a\n" +
			"card number, a complaint that a human takes. It listens, adapts to what the bot says,\n" +
			"stops the server and ends with a checklist. It succeeds only if all was observed.",
		Example: "  callgen demo --callward bin/callward\n" +
			"  callgen demo --callward bin/callward --sip 127.0.0.1:5070 --http 127.0.0.1:8090",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Colours = isTerminal(os.Stdout)
			return failed(callgen.Demo(c.Context(), o, c.OutOrStdout()))
		},
	}
	f := c.Flags()
	f.StringVar(&o.Callward, "callward", "bin/callward", "the server's program; callgen and speechd are found beside it")
	f.StringVar(&o.SIP, "sip", "127.0.0.1:5060", "where the server listens for SIP, or a free port if that is taken")
	f.StringVar(&o.HTTP, "http", "127.0.0.1:8080", "where the server listens for HTTP, or a free port if that is taken")
	f.StringVar(&o.RTP, "rtp-ports", "", "the server's ports for sound, FIRST-LAST (default: the server's)")
	o.Ports = callgen.Ports{Min: 30000, Max: 32767}
	f.Var((*portRange)(&o.Ports), "caller-ports", "the caller's ports for sound")
	f.DurationVar(&o.Timeout, "timeout", 90*time.Second, "longest that all of it may take")
	return c
}
