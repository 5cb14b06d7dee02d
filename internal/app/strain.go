package app

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A strain says whether this process can take more calls without harm to those it
// has: new ones are refused with 503 when it has used nearly all of its cores, or its
// pacers were late, for some seconds on end.
type strain struct {
	limit  float64 // share of the cores, 0 to 1
	most   int     // bad seconds in a row, until new calls are refused
	inARow int     // bad seconds
	cpu    atomic.Uint64
	over   atomic.Bool
}

const (
	strainTick  = time.Second
	badSeconds  = 3    // in a row, until new calls are refused
	relief      = 0.10 // below the limit, until they are taken again
	latePacing  = 0.5  // of the ticks: callers hear it
	littleDelay = 0.1
)

// note takes the share of the cores that was used in the last second, and that of
// the ticks that came late; it reports whether its verdict has changed.
func (s *strain) note(cpu, late float64) (changed bool) {
	s.cpu.Store(uint64(100 * cpu))
	switch {
	case cpu >= s.limit || late >= latePacing:
		s.inARow++
	case cpu < s.limit-relief && late < littleDelay:
		s.inARow = 0
	}
	over := s.inARow >= s.most
	return s.over.Swap(over) != over
}

// tooMuch reports whether new calls are to be refused. It does not block.
func (s *strain) tooMuch() bool { return s.over.Load() }

// percent is the share of the cores that was used in the last second.
func (s *strain) percent() float64 { return float64(s.cpu.Load()) }

// watchStrain measures each second until ctx ends.
func (a *App) watchStrain(ctx context.Context) error {
	tick := time.NewTicker(strainTick)
	defer tick.Stop()
	used, err := cpuTime()
	if err != nil {
		return err
	}
	at, pacing := time.Now(), a.media.Stats()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		usedNow, err := cpuTime()
		if err != nil {
			return err
		}
		now, pacingNow := time.Now(), a.media.Stats()
		cpu := (usedNow - used).Seconds() / now.Sub(at).Seconds() / float64(runtime.GOMAXPROCS(0))
		late := float64(pacingNow.LateTicks-pacing.LateTicks) / float64(max(1, pacingNow.Ticks-pacing.Ticks))
		used, at, pacing = usedNow, now, pacingNow
		if a.strain.note(cpu, late) {
			a.log.Warn("load", slog.Bool("new_calls_refused", a.strain.tooMuch()),
				slog.Float64("cpu_percent", 100*cpu), slog.Float64("late_percent", 100*late))
		}
	}
}

// cpuTime is what this process has used of all cores.
func cpuTime() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("measure the load: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
