package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// guide gives the commands of the integrators' guide, block by block, without comments.
func guide(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile("../docs/integrators.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]string
	for _, b := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		var lines []string
		for line := range strings.Lines(b[1]) {
			line, _, _ = strings.Cut(line, " #")
			lines = append(lines, strings.TrimSpace(line))
		}
		blocks = append(blocks, lines)
	}
	if len(blocks) < 2 {
		t.Fatalf("the guide has %d blocks of commands", len(blocks))
	}
	return blocks
}

// A skeleton that has got another file must not leave the guide behind.
func TestTheGuideCopiesAllOfTheSkeleton(t *testing.T) {
	copies := regexp.MustCompile(`^cp \.\./callward/examples/(\S+)/\{(\S+)\}\.go \.$`)
	found := false
	for _, line := range guide(t)[0] {
		m := copies.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		found = true
		var want []string
		files, err := filepath.Glob(m[1] + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if name := strings.TrimSuffix(filepath.Base(f), ".go"); !strings.HasSuffix(name, "_test") {
				want = append(want, name)
			}
		}
		if got := slices.Sorted(slices.Values(strings.Split(m[2], ","))); !slices.Equal(got, want) {
			t.Errorf("%s copies %q, %s has %q", line, got, m[1], want)
		}
	}
	if !found {
		t.Error("the guide copies no skeleton")
	}
}

// Whoever follows the guide is told of each step: nothing is run that no step before it makes.
func TestTheGuideMakesWhatItRuns(t *testing.T) {
	made := map[string]bool{}
	for _, block := range guide(t) {
		for _, line := range block {
			command := strings.Fields(line)[0]
			if strings.Contains(command, "/") && !made[command] {
				t.Errorf("%q runs what no step before it makes", line)
			}
			switch {
			case strings.HasPrefix(line, "go build -o . . github.com/callward/callward/cmd/callward"):
				made["./engine"], made["./callward"] = true, true
			case line == "make -C ../callward build":
				made["../callward/bin/callward"], made["../callward/bin/callgen"], made["../callward/bin/speechd"] = true, true, true
			}
		}
	}
}

func TestSlowTheGuideLeadsToAPassingRun(t *testing.T) {
	if os.Getenv("CALLWARD_SLOW") == "" {
		t.Skip("SKIPPED: 2 minutes: set CALLWARD_SLOW=1")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	commands := guide(t)[0]
	if len(commands) >= 10 {
		t.Errorf("%d commands lead there, not less than 10", len(commands))
	}
	socket := "unix:" + filepath.Join(t.TempDir(), "engine.sock") // and not a port that another may have
	script := "set -e\ntrap 'kill %1' EXIT\n" + strings.ReplaceAll(strings.Join(commands, "\n"), "127.0.0.1:7070", socket)
	run := exec.CommandContext(t.Context(), "bash", "-c", script) //nolint:gosec // the guide's own
	run.Dir, run.WaitDelay = t.TempDir(), 10*time.Second
	run.Env = append(os.Environ(), "CALLWARD="+root, "GOWORK=")
	out, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\nconforms: the engine at "+socket) {
		t.Errorf("%v\n%s", err, out)
	}
}
