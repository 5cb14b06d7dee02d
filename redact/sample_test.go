package redact_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/callward/callward/redact/corpus"
)

func samples(t *testing.T) []corpus.Dialogue {
	t.Helper()
	dir := os.Getenv("CALLWARD_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	file := filepath.Join(dir, "data", "redaction-sample.jsonl")
	f, err := os.Open(file)
	if err != nil {
		t.Skipf("NOT TESTED on dictated numbers: %s is missing; set CALLWARD_TESTDATA to the folder that holds data/", file)
	}
	defer func() { _ = f.Close() }()
	var out []corpus.Dialogue
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var d corpus.Dialogue
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}

// TestDictatedNumbersStayHidden runs the dialogues that were collected for
// redaction, and says how much leaks and how much stays useful.
func TestDictatedNumbersStayHidden(t *testing.T) {
	sc := newScore()
	for _, d := range samples(t) {
		for _, fault := range sc.run(d) {
			t.Log(d.ID, d.Kind+":", fault)
		}
	}
	sc.mustNotLeak(t)
	t.Logf("leaks: %v, more than four digits in a row: %v", &sc.leaks, &sc.strict)
	t.Logf("phrases kept: %v, in decoys: %v; words kept in partials of decoys: %v", &sc.kept, &sc.decoys, &sc.words)
	if sc.kept.percent() < 97 || sc.decoys.percent() < 93 || sc.words.percent() < 79 {
		t.Error("too little stays readable")
	}
}
