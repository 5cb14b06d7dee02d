package bench_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/callward/callward/internal/bench"
)

// TestMain is also main of the processes that a run starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == partArg {
		if err := bench.RunPart(context.Background(), os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

const partArg = "bench-part"

func part(args ...string) (program string, all []string) {
	return os.Args[0], append([]string{partArg}, args...)
}
