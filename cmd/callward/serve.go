package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/app"
	"github.com/callward/callward/internal/telemetry"
)

func serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Answer the phone",
		Long: "serve starts the server. Ctrl-C or SIGTERM drains: new calls are refused, those in\n" +
			"progress may finish; a second one hangs up at once. SIGHUP reads the configuration\n" +
			"again. Log lines go to stderr, what people should know to stdout.",
		Example: "  callward serve\n" +
			"  callward serve --test-numbers --demo-agent\n" +
			"  callward serve --config callward.yaml --log-format json\n" +
			"  callward serve --speech-model fr=/srv/models/fr --redis redis://127.0.0.1:6379",
		Args: cobra.NoArgs,
		RunE: serve,
	}
	app.AddFlags(c.Flags())
	return c
}

func serve(c *cobra.Command, _ []string) error {
	l, err := load(c)
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	level.Set(l.Config.Log.Level.Level)
	log := telemetry.NewLogger(c.ErrOrStderr(), telemetry.Log{JSON: l.Config.Log.Format == "json", Level: level})
	logRedis(log)
	a, err := app.Open(c.Context(), l, app.Options{
		Version: versionOf(version), Out: c.OutOrStdout(), Log: log, Level: level,
		Load: func() (app.Loaded, error) { return load(c) },
	})
	if err != nil {
		return err
	}
	ctx, hurry, stop := signals(c.Context(), a, log)
	defer stop()
	return a.Run(ctx, hurry)
}

// signals ends ctx at the first request to stop, and closes hurry at the second.
func signals(ctx context.Context, a *app.App, log *slog.Logger) (_ context.Context, hurry <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	quick := make(chan struct{})
	got := make(chan os.Signal, 4)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stops := 0
		for s := range got {
			if s == syscall.SIGHUP {
				_, _ = a.Reload(ctx, "signal") // it logs what came of it
				continue
			}
			stops++
			log.Info("asked to stop", slog.String("signal", s.String()))
			switch stops {
			case 1:
				cancel()
			case 2:
				close(quick)
			}
		}
	}()
	return ctx, quick, func() {
		signal.Stop(got)
		close(got)
		<-ended
		cancel()
	}
}
