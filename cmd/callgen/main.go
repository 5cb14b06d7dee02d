// Command callgen is the other side of the line: a caller for the terminal, an
// agent's telephone, many callers at once, and a recognizer that follows a
// script. See `callgen --help`.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/callgen"
)

// version is set by the build.
var version = "unknown" //nolint:gochecknoglobals // the linker writes it

func main() { os.Exit(run()) }

// run gives the exit code: 0 completed, 1 failed, 2 misused.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "callgen: %v\n", err)
	if misused(err) {
		return 2
	}
	return 1
}

// misused tells the errors of the command line from those of the work.
func misused(err error) bool {
	_, worked := err.(failure) //nolint:errorlint // only the outermost one counts
	return !worked || callgen.IsUsage(err)
}

// failure marks an error that came up after the command line was understood.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// failed marks err, if there is one.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return failure{err}
}

func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "callgen",
		Short: "A caller, an agent's telephone and a load generator for Callward",
		Long: "callgen makes real calls over SIP and RTP.\n\n" +
			"Exit codes: 0 completed, 1 failed (the reason is one line on stderr), 2 misused.",
		Example: "  callgen call --lang en --say \"what are your opening hours\"\n" +
			"  callgen call --to sip:line@127.0.0.1:5060 --dtmf 1 --record out.wav\n" +
			"  callgen agent --register 127.0.0.1:5060 --user agent1 --password secret",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },

		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	c.AddCommand(callCommand(), demoCommand(), agentCommand(), loadCommand(), fakeASRCommand(), benchCommand(), promptsCommand())
	return c
}
