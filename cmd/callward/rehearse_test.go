package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mustFail = "../../internal/rehearsal/testdata/must-fail.yaml"

func TestRehearseEndsWithTheCodeOfWhatItFound(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("version: 1\nscenarois: {}"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := execute(t, "rehearse", "../../assistants/rehearsals/energy.en.yaml")
	if err != nil || !strings.HasPrefix(out, "ok    ../../assistants/rehearsals/energy.en.yaml: the opening") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = execute(t, "rehearse", mustFail)
	if _, coded := errors.AsType[*exitError](err); err == nil || coded || err.Error() != "1 of 1 scenarios failed" {
		t.Errorf("%v", err)
	}
	if !strings.Contains(out, "turn 2, say (line 11)\n        slot reading: expected 48219; came 48213\n") {
		t.Errorf("got\n%s", out)
	}
	out, err = execute(t, "rehearse", mustFail, bad, "gone.yaml")
	if e, ok := errors.AsType[*exitError](err); !ok || e.code != exitBadFile || out != "" {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`bad.yaml:2: unknown key "scenarois" in the file (did you mean "scenarios"?); allowed: `, "gone.yaml: no such file"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestRehearseReports(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.xml")
	out, err := execute(t, "rehearse", "--json", "--junit", report, mustFail)
	if err == nil || !json.Valid([]byte(out)) {
		t.Errorf("%v\n%s", err, out)
	}
	xml, err := os.ReadFile(report)
	if err != nil || !strings.Contains(string(xml), `<failure message="turn 2, say (line 11);`) {
		t.Errorf("%v\n%s", err, xml)
	}
	if out, _ = execute(t, "rehearse", "--story", "../../assistants/rehearsals/energy.fr.yaml"); !strings.Contains(out, "\n       1  caller  bonjour pourriez-vous me dire") {
		t.Errorf("no story in\n%s", out)
	}
}

// TestTheExampleInTheHelpGoesAsExpected plays what authors will copy.
func TestTheExampleInTheHelpGoesAsExpected(t *testing.T) {
	line, err := filepath.Abs("../../assistants/energy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, scenario, _ := strings.Cut(aboutRehearse, "\n\n")
	scenario, _, _ = strings.Cut(scenario, "\n\n")
	file := filepath.Join(t.TempDir(), "help.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(scenario, "energy.yaml", line, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := execute(t, "rehearse", file); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestRehearseAndReplayLearnOnlyWhatIsNotKept(t *testing.T) {
	dir := t.TempDir()
	play := func() map[string]os.FileInfo {
		t.Helper()
		for _, args := range [][]string{{"rehearse", mustFail}, {"replay", recordEN, "--assistant", lineFile}} {
			if out, err := execute(t, append(args, "--learnt", dir)...); err != nil && !strings.Contains(out, "scenarios went as expected") {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		kept := make(map[string]os.FileInfo)
		files, _ := filepath.Glob(filepath.Join(dir, "*.intents"))
		for _, name := range files {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			kept[name] = info
		}
		return kept
	}
	first := play()
	again := play()
	if len(first) < 2 || len(again) != len(first) {
		t.Fatalf("%d classifiers are kept of a rehearsal and a replay, %d after the second time", len(first), len(again))
	}
	for name, info := range first {
		if !os.SameFile(info, again[name]) {
			t.Errorf("%s was learnt and written again", filepath.Base(name))
		}
	}
}
