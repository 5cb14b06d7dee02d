package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// userHz is the unit of /proc/stat.
const userHz = 100

// machine tells what is measured on, and how busy it was before.
func machine() (name string, load float64) {
	name = fmt.Sprintf("%d cores, %s, %s", runtime.NumCPU(), model(), runtime.Version())
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return name, 0
	}
	first, _, _ := strings.Cut(string(b), " ")
	load, _ = strconv.ParseFloat(first, 64)
	return name, load
}

func model() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// busy is the time in which a core did not idle; 0 where it is not told. Time
// that the hypervisor took counts.
func busy(core int) time.Duration {
	b, _ := os.ReadFile("/proc/stat")
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 9 || f[0] != "cpu"+strconv.Itoa(core) {
			continue
		}
		ticks := int64(0)
		for _, i := range []int{1, 2, 3, 6, 7, 8} { // user nice system irq softirq steal
			n, _ := strconv.ParseInt(f[i], 10, 64)
			ticks += n
		}
		return time.Duration(ticks) * time.Second / userHz
	}
	return 0
}

// memory is the resident memory of a process, in MB; 0 where it is not told.
func memory(pid int) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}
