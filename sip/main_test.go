package sip_test

import (
	"flag"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets more tests run at once than there are cores: they mostly wait for timers.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.NumCPU())) // fails only if there is no such flag
	goleak.VerifyTestMain(m)
}
