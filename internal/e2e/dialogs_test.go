package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/call"
)

// Callers ask when the line is open. Each tenant's dialog service is asked first: late,
// gone or full of nonsense, it leaves the caller to the classifier that is there for the
// line.
func TestTheLineUnderstandsItsCallersWithoutTheDialogService(t *testing.T) {
	needs(t, "flite")
	t.Parallel()
	words := filepath.Join(t.TempDir(), "words.txt")
	write(t, words, "hours invoice_due\n") // which only a service takes it for
	faults := []string{"none", "slow-classify", "foreign-intent", "twice", "sure", "gone"}
	config := ""
	for _, fault := range faults {
		target, within := "127.0.0.1:"+freePort(t), "2s"
		if fault == "slow-classify" {
			within = "500ms" // which callers wait
		}
		if fault != "gone" {
			startDialogs(t, target, words, fault)
		}
		config += fmt.Sprintf(`%[1]s:
  numbers: {line-%[1]s: {assistant: energy, language: en}}
  queues: {billing: {}, technical: {}, emergency: {}}
  dialog: {target: "%[2]s", classify: %[3]s}
`, fault, target, within)
	}
	tenants := filepath.Join(t.TempDir(), "tenants.yaml")
	write(t, tenants, config)
	script := filepath.Join(t.TempDir(), "script.txt")
	write(t, script, "what are your opening hours\n")
	l := startLine(t, ahead, "--asr", startScripted(t, script), "--tenants", "file:"+tenants).ready()
	l.hasPrompts()
	for _, fault := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			intent, who, told := "opening_hours", "understood here, not by the dialog service", "We are open"
			if fault == "none" {
				intent, who, told = "invoice_due", "understood by the dialog service", "Your invoice is due"
			}
			played := func(e call.Entry) bool {
				return e.Kind == call.KindBotPlayed && strings.HasPrefix(e.Text.String(), told)
			}
			v := l.callTill(t.Context(), played, "line-"+fault, "--lang", "en", "--say", "first")
			if got := v.all(call.KindIntent); len(got) == 0 || got[0].Intent.Name != intent || !strings.HasPrefix(got[0].Reason, who) {
				t.Errorf("want %s, %s:\n%s", intent, who, v.story())
			}
			if !slices.ContainsFunc(v.entries, played) {
				t.Errorf("the caller is not told:\n%s", v.story())
			}
		})
	}
}

// startDialogs runs a dialog service that knows words, and may have a fault.
func startDialogs(t *testing.T, target, words, fault string) {
	t.Helper()
	args := []string{"fake", "dialog", "--script", words, "--listen", "tcp:" + target}
	if fault != "none" {
		args = append(args, "--fault", fault)
	}
	cmd := exec.Command(program(t, "callward"), args...) //nolint:noctx // it ends with the test
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}
