package media_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets more tests run at once than there are cores: sound takes real time, most of
// it idle.
func TestMain(m *testing.M) {
	if os.Getenv(callersEnv) != "" {
		if err := beCallers(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.NumCPU())) // fails only if there is no such flag
	goleak.VerifyTestMain(m)
}
