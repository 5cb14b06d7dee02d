// Command callward is the server that answers the phone, and the operator's
// commands beside it. See `callward --help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// version is set by the build.
var version = "unknown" //nolint:gochecknoglobals // the linker writes it

func main() { os.Exit(run()) }

// run gives the exit code: 0 done, 1 failed, or what a command says.
func run() int {
	if err := root().ExecuteContext(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "callward: %v\n", err)
		if e, ok := errors.AsType[*exitError](err); ok {
			return e.code
		}
		return 1
	}
	return 0
}
