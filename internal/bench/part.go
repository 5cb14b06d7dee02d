package bench

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strconv"
)

// The parts that run as processes of their own.
const (
	partPaced  = "raw-paced"
	partEcho   = "raw-echo"
	partEngine = "engine"
)

// RunPart is main of a process that Run starts; it ends with in.
func RunPart(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 2 && args[0] == partEngine {
		return discard(ctx, args[1], in, out)
	}
	if len(args) != 4 || (args[0] != partPaced && args[0] != partEcho) {
		return fmt.Errorf("bench: %q is no part of it", args)
	}
	calls, err := strconv.Atoi(args[1])
	if err != nil {
		return fmt.Errorf("bench: calls: %w", err)
	}
	to, err := netip.ParseAddrPort(args[2])
	if err != nil {
		return fmt.Errorf("bench: callers: %w", err)
	}
	size, err := strconv.Atoi(args[3])
	if err != nil || size < packetSize {
		return fmt.Errorf("bench: packets of %q bytes", args[3])
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in)
	}()
	return raw(ctx, calls, to, size, args[0] == partEcho, out)
}
