package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestTheDemoShowsEverything(t *testing.T) {
	needs(t, "flite")
	first := 20000 + 2000*int(portBlock.add()%20)
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t, "callgen"), "demo",
		"--callward", program(t, "callward"),
		"--sip", "127.0.0.1:"+freePort(t), "--http", "127.0.0.1:"+freePort(t),
		"--rtp-ports", fmt.Sprintf("%d-%d", first, first+1999),
		"--timeout", "4m") // other tests run at the same time: only `make demo` is held to 90 s
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	b, err := cmd.CombinedOutput()
	out := string(b)
	if err != nil {
		t.Fatalf("the demo: %v\n%s", err, out)
	}
	if strings.Contains(out, "✗") || strings.Count(out, "✓") < 15 {
		t.Errorf("the demo succeeds without having shown everything:\n%s", out)
	}
	if found := leak(out, "4111111111111111"); found != "" {
		t.Errorf("the demo shows %s of the card:\n%s", found, out)
	}
	if !strings.Contains(out, "[card ••••1111]") {
		t.Errorf("the demo shows no masked card:\n%s", out)
	}
}
