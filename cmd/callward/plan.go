package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/router/queue/erlang"
)

func planCommand() *cobra.Command {
	l, target := erlang.Load{}, 20*time.Second
	level, agents := 80.0, 0
	c := &cobra.Command{
		Use:   "plan",
		Short: "Say how many agents a load of calls needs",
		Long: "plan computes by Erlang C how many agents answer so many calls in time, and what fewer or\n" +
			"more would make of it. It takes calls to come at random, nobody to give up, and every\n" +
			"agent to take every call: see docs/queues.md for what that means.",
		Example: "  callward plan --calls 360 --aht 4m\n" +
			"  callward plan --calls 360 --per 30m --aht 4m --agents 55 --target 15s",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			best, err := staffing(l, agents, level/100, target)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', tabwriter.AlignRight)
			_, _ = fmt.Fprintf(w, "agents\tin %s\tmean wait\tmust wait\toccupancy\t\n", target)
			for n := max(best.Agents-2, 1); n <= best.Agents+2; n++ {
				if s, err := erlang.With(l, n, target); err == nil {
					_, _ = fmt.Fprintf(w, "%d\t%.1f %%\t%.1f s\t%.1f %%\t%.1f %%\t\n",
						n, 100*s.Level, s.ASA.Seconds(), 100*s.Waiting, 100*s.Occupancy)
				}
			}
			return w.Flush()
		},
	}
	c.Flags().IntVar(&l.Calls, "calls", 0, "calls that come in")
	c.Flags().DurationVar(&l.Period, "per", 30*time.Minute, "in this time")
	c.Flags().DurationVar(&l.AHT, "aht", 0, "mean of talk, hold and wrap-up")
	c.Flags().DurationVar(&target, "target", target, "an answer is in time within")
	c.Flags().Float64Var(&level, "level", level, "percent of the calls to be answered in time")
	c.Flags().IntVar(&agents, "agents", 0, "show this number of agents, whatever the level")
	return c
}

// staffing takes the number of agents that was asked for, else the fewest who do.
func staffing(l erlang.Load, agents int, level float64, target time.Duration) (erlang.Staffing, error) {
	if agents > 0 {
		return erlang.With(l, agents, target)
	}
	return erlang.For(l, level, target)
}
