package e2e

import (
	"flag"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets more tests run at once than there are cores: calls take real time,
// most of it idle. How many calls there are at once, talkers bounds. Those that load the machine
// by themselves (floods, scanners, two hundred callers) run first, and alone.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(3*runtime.NumCPU())) // fails only if there is no such flag
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}
