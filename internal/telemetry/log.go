// Package telemetry sets up logging and metrics. Only internal/app and the
// commands import it: the other packages take a *slog.Logger and a
// prometheus.Registerer. It starts no goroutine.
package telemetry

import (
	"io"
	"log/slog"
)

// Log says how to log.
type Log struct {
	JSON  bool
	Level *slog.LevelVar // may change while running
}

// NewLogger writes one line for each record to w.
func NewLogger(w io.Writer, l Log) *slog.Logger {
	opts := &slog.HandlerOptions{Level: l.Level}
	if l.JSON {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
