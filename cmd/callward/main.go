// Command callward is the server that answers the phone, and the operator's
// commands beside it. See `callward --help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
)

// version is set by the build.
var version string //nolint:gochecknoglobals // the linker writes it

func main() { os.Exit(run()) }

// versionOf gives what the build said, or else what the Go command knows.
func versionOf(said string) string {
	if said != "" {
		return said
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return b.Main.Version
	}
	return "devel"
}

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
