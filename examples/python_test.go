// Package examples_test sees that the engines in Python, which an integrator copies,
// keep the contract, and that the guide leads to one. Those in Go have tests of their own.
package examples_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/callward/callward/internal/conformance"
)

// python is Debian's, for which Debian has gRPC: another in PATH may lack it.
const python = "/usr/bin/python3"

func TestSlowTheEnginesInPythonConform(t *testing.T) {
	if os.Getenv("CALLWARD_SLOW") == "" {
		t.Skip("80 s: set CALLWARD_SLOW=1")
	}
	if out, err := exec.CommandContext(t.Context(), python, "-c", "import grpc, grpc_tools").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: gRPC for Python is missing (python3-grpcio, python3-grpc-tools): %s", out)
	}
	for _, s := range []conformance.Service{conformance.ASR, conformance.TTS} {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			report, err := conformance.Run(t.Context(), conformance.Options{Service: s, Address: start(t, s)})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report.Results {
				if r.State == conformance.Failed && r.Level == conformance.Must {
					t.Error(r.Line())
				} else {
					t.Log(r.Line())
				}
			}
		})
	}
}

// start starts an engine, which ends well with the test, and gives its address.
func start(t *testing.T, s conformance.Service) string {
	t.Helper()
	address := "unix:" + filepath.Join(t.TempDir(), "engine.sock")
	engine := exec.Command(python, filepath.Join(string(s)+"-python", "server.py"), "--listen", address)
	engine.Stderr = os.Stderr
	out, err := engine.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := engine.Wait(); err != nil {
			t.Errorf("the engine ended with %v", err)
		}
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "listening") {
		t.Fatalf("the engine says %q, %v", line, err)
	}
	return address
}
