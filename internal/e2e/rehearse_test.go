package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// rehearsed plays scenarios of the example line as real calls and gives what is told.
func rehearsed(t *testing.T, calls string, files ...string) (string, error) {
	t.Helper()
	l := startLine(t).ready()
	args := append([]string{"rehearse", "--voice", l.sip, "--api", "http://" + l.http, "--callers", "flite:rms", "--calls", calls}, files...)
	cmd := exec.CommandContext(t.Context(), program(t, "callward"), args...)
	cmd.Env = l.env()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestAScenarioIsPlayedAsARealCall(t *testing.T) {
	needs(t, "flite", "redis-server")
	t.Parallel()
	out, err := rehearsed(t, "1", "../../assistants/rehearsals/energy.fr.yaml")
	if err != nil || !strings.Contains(out, "1 of 1 scenarios went as expected") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSlowScenariosArePlayedAsRealCalls(t *testing.T) {
	slow(t)
	needs(t, "flite", "redis-server")
	out, err := rehearsed(t, "2", "../../assistants/rehearsals/energy.en.yaml", "../../assistants/rehearsals/energy.fr.yaml")
	if err != nil || !strings.Contains(out, "10 of 10 scenarios went as expected") {
		t.Errorf("%v\n%s", err, out)
	}
}
