package e2e

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets eight tests run at once: calls take real time, most of it idle.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // fails only if there is no such flag
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}
