package rehearsal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheSmallestFileOfTheDocumentsIsWhole plays the file and the scenario that
// docs/assistants.md begins with.
func TestTheSmallestFileOfTheDocumentsIsWhole(t *testing.T) {
	page, err := os.ReadFile("../../docs/assistants.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```yaml\n")
	if len(blocks) < 3 {
		t.Fatal("the page has no examples")
	}
	dir := t.TempDir()
	for i, name := range []string{"small.yaml", "scenario.yaml"} {
		text, _, _ := strings.Cut(blocks[i+1], "```")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Read(filepath.Join(dir, "scenario.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range run(t, f) {
		if !r.Passed {
			t.Error(r)
		}
	}
}
