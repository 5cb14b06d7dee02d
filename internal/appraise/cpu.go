package appraise

import (
	"time"

	"golang.org/x/sys/unix"
)

// A stopwatch tells how long something took, and what it took of the processors: beside
// other work that is half as much again, for caches are shared, but not ten times as much.
type stopwatch struct {
	began time.Time
	used  time.Duration
}

func start() stopwatch { return stopwatch{time.Now(), used()} }

// since gives the time since start, and what this process used of the processors meanwhile.
func (s stopwatch) since() (elapsed, processor time.Duration) {
	return time.Since(s.began), used() - s.used
}

// used is the processor time of this process so far; 0 where the system does not tell.
func used() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
