// Command speechd is the bundled speech backend: it serves recognition
// (callward.asr.v1) by pocketsphinx and synthesis (callward.tts.v1) by espeak-ng
// and flite over gRPC. It is the only program of the project with cgo, so that
// callward itself stays one static binary, and engines can be swapped.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "speechd:", err)
		stop()
		os.Exit(1)
	}
}
