package media

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// clock wakes a pacer at regular times. It is a timer of the kernel that the
// runtime's poller watches: the poller sleeps whole milliseconds for Go's own
// timers, but wakes for a file within microseconds.
type clock struct {
	fd    int
	file  *os.File
	count [8]byte
}

// newClock starts a clock that ticks every period after origin.
func newClock(offset, period time.Duration) (*clock, time.Time, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("create pacer clock: %w", err)
	}
	origin := time.Now().Add(offset)
	spec := unix.ItimerSpec{
		Value:    unix.NsecToTimespec(int64(offset + period)),
		Interval: unix.NsecToTimespec(int64(period)),
	}
	if err := unix.TimerfdSettime(fd, 0, &spec, nil); err != nil {
		return nil, time.Time{}, errors.Join(fmt.Errorf("start pacer clock: %w", err), unix.Close(fd))
	}
	return &clock{fd: fd, file: os.NewFile(uintptr(fd), "pacer clock")}, origin, nil
}

// set has the clock tick after next and then every period; both 0 stop it.
func (c *clock) set(next, period time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(next)), Interval: unix.NsecToTimespec(int64(period))}
	_ = unix.TimerfdSettime(c.fd, 0, &spec, nil) // of our own timer, with times that are in range
}

// wait blocks until the next tick, or returns false once the clock is stopped.
func (c *clock) wait() bool {
	_, err := c.file.Read(c.count[:])
	return err == nil
}

// stop ends wait, from any goroutine.
func (c *clock) stop() { _ = c.file.SetReadDeadline(time.Unix(1, 0)) }

// close frees the clock once nobody waits.
func (c *clock) close() { _ = c.file.Close() }
