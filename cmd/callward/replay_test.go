package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/rehearsal"
)

// codeOf is the exit code that an error of a command has.
func codeOf(err error) int {
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	if err != nil {
		return 1
	}
	return 0
}

func TestReplayEndsWithTheCodeOfWhatItFound(t *testing.T) {
	other := changed(t, "queue: people\n    summary", "queue: bills\n    summary")
	for what, tc := range map[string]struct {
		args []string
		code int
		want string // of the output, or the error
	}{
		"the same":          {[]string{recordEN, recordFR, "--assistant", lineFile}, 0, "2 calls, "},
		"a folder":          {[]string{recordEN, "--assistants", filepath.Dir(lineFile)}, 0, "1 calls, "},
		"another queue":     {[]string{recordEN, "--assistant", other}, 1, "decisions changed"},
		"unknown assistant": {[]string{recordEN}, 2, "no call could be replayed"},
		"no records":        {nil, 2, "which calls?"},
		"both":              {[]string{recordEN, "--server", "127.0.0.1:1"}, 2, "not both"},
		"no such file":      {[]string{"gone.json", recordEN}, 2, "gone.json: no such file"},
		"no record":         {[]string{lineFile}, 2, "line.yaml:1: this is no JSON"},
		"bad assistant":     {[]string{recordEN, "--assistant", recordEN}, 2, "line.en.json:"},
		"empty folder":      {[]string{recordEN, "--assistants", t.TempDir()}, 2, "there is no .yaml file in it"},
		"server down":       {[]string{"--server", "127.0.0.1:1"}, 2, "no server answers on"},
		"bad flag":          {[]string{"--lats", "3"}, 2, "unknown flag"},
	} {
		t.Run(what, func(t *testing.T) {
			out, err := execute(t, append([]string{"replay"}, tc.args...)...)
			if err != nil {
				out += err.Error()
			}
			if codeOf(err) != tc.code || !strings.Contains(out, tc.want) {
				t.Errorf("code %d, want %d; %q is to be in\n%s", codeOf(err), tc.code, tc.want, out)
			}
		})
	}
}

func TestReplayNamesTheAssistantsThatThereAre(t *testing.T) {
	out, _ := execute(t, "replay", recordEN)
	if !strings.Contains(out, "skipped  ") || !strings.Contains(out, "there is no assistant named") || !strings.Contains(out, "Lumenco") {
		t.Errorf("got\n%s", out)
	}
}

func TestReplayTakesTheCallsOfAServer(t *testing.T) {
	server := serveCalls(t, read(t, recordEN), read(t, recordFR), call.Record{Tenant: "default", Call: "echo", State: "ended"})
	out, err := execute(t, "replay", "--server", server, "--assistant", lineFile, "--last", "9")
	if err != nil || !strings.Contains(out, "no assistant served it") || !strings.Contains(out, "3 calls, ") || !strings.Contains(out, "1 calls were skipped") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReplayReports(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.xml")
	other := changed(t, "queue: people\n    summary", "queue: bills\n    summary")
	out, err := execute(t, "replay", recordEN, "--assistant", other, "--json", "--junit", report)
	var got struct {
		Summary rehearsal.Summary `json:"summary"`
		Calls   []rehearsal.Replay
	}
	if codeOf(err) != 1 || json.Unmarshal([]byte(out), &got) != nil || got.Summary.Changed != 1 || got.Calls[0].Changed != 1 {
		t.Errorf("%v\n%s", err, out)
	}
	xml, err := os.ReadFile(report)
	if err != nil || !strings.Contains(string(xml), `<failure message="1 turns changed">`) {
		t.Errorf("%v\n%s", err, xml)
	}
	if out, _ = execute(t, "replay", recordFR, "--assistant", lineFile, "--story"); !strings.Contains(out, "        then  ") {
		t.Errorf("no story in\n%s", out)
	}
}
