package app

import (
	"context"
	"testing"
)

// Who is told to stop while it starts, as by a rollout that is called back, has not failed.
func TestAStopDuringTheStartIsNoFault(t *testing.T) {
	t.Parallel()
	l, err := loadArgs(t, []string{"--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--rtp-ports", soundPorts(), "--speech", nowhere, "--assistants", small(t)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), l, Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := a.Run(ctx, make(chan struct{})); err != nil {
		t.Errorf("it ended with %v", err)
	}
	select {
	case <-a.Started():
		t.Error("it started all the same: nothing was tried")
	default:
	}
}
