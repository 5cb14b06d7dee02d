package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// cores say who runs where; without a second core both are the same.
type cores struct{ server, others int }

// takeCores moves this process to the others' core until release.
func takeCores() (c cores, release func(), err error) {
	var old unix.CPUSet
	if err := unix.SchedGetaffinity(0, &old); err != nil {
		return cores{}, nil, fmt.Errorf("bench: cores of this process: %w", err)
	}
	c = choose(&old)
	procs := runtime.GOMAXPROCS(1)
	moveAll(only(c.others))
	return c, func() {
		moveAll(&old)
		runtime.GOMAXPROCS(procs)
	}, nil
}

// choose takes the first and the last core that are allowed.
func choose(set *unix.CPUSet) cores {
	c := cores{server: -1}
	for core := range 8 * len(set) * strconv.IntSize / 8 {
		if set.IsSet(core) {
			if c.server < 0 {
				c.server = core
			}
			c.others = core
		}
	}
	return c
}

func only(core int) *unix.CPUSet {
	var set unix.CPUSet
	set.Set(core)
	return &set
}

// moveAll moves every thread of this process; new ones inherit it. A thread that
// has ended meanwhile needs nothing.
func moveAll(set *unix.CPUSet) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.SchedSetaffinity(id, set)
		}
	}
}

// on runs f on a thread that is allowed on one core only, so that a process that
// f starts is too.
func on(core int, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var old unix.CPUSet
	if err := unix.SchedGetaffinity(0, &old); err != nil {
		return fmt.Errorf("cores of a thread: %w", err)
	}
	if err := unix.SchedSetaffinity(0, only(core)); err != nil {
		return fmt.Errorf("move to core %d: %w", core, err)
	}
	defer func() { _ = unix.SchedSetaffinity(0, &old) }()
	return f()
}
