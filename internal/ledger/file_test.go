package ledger_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/internal/ledger"
)

// A clock is what the tests' files look at.
type clock struct{ now time.Time }

func open(t *testing.T, cfg ledger.Config) *ledger.File {
	t.Helper()
	f, err := ledger.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func commit(t *testing.T, f *ledger.File, lines, id string) {
	t.Helper()
	f.Append([]byte(lines))
	if err := f.Commit(id); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func config(t *testing.T) (ledger.Config, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 3, 28, 22, 0, 0, 0, time.UTC)}
	return ledger.Config{Path: filepath.Join(t.TempDir(), "cdr[1].csv"), Now: func() time.Time { return c.now }}, c
}

func TestWhatWasWrittenButNotNotedIsWrittenOnce(t *testing.T) {
	cfg, _ := config(t)
	f := open(t, cfg)
	commit(t, f, "one\n", "1-0")
	half, err := os.OpenFile(cfg.Path, os.O_APPEND|os.O_WRONLY, 0) // a process that died after the write
	if err != nil {
		t.Fatal(err)
	}
	if _, err := half.WriteString("two\nthr"); err != nil {
		t.Fatal(err)
	}
	_ = half.Close()
	_ = f.Close()

	f = open(t, cfg)
	if f.Last() != "1-0" {
		t.Errorf("last %q", f.Last())
	}
	commit(t, f, "two\nthree\n", "2-0")
	if got := text(t, cfg.Path); got != "one\ntwo\nthree\n" {
		t.Errorf("got %q", got)
	}
	for _, name := range []string{cfg.Path, cfg.Path + ".at"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestAFileOfOthersThatIsThereAlreadyIsNotCut(t *testing.T) {
	cfg, _ := config(t)
	if err := os.WriteFile(cfg.Path, []byte("theirs\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	commit(t, open(t, cfg), "ours\n", "1-0")
	if got := text(t, cfg.Path); got != "theirs\nours\n" {
		t.Errorf("got %q", got)
	}
}

func TestAnotherFileBeginsBySizeAndByDayEachWithItsHeader(t *testing.T) {
	cfg, clock := config(t)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zones here")
	}
	cfg.Header, cfg.Size, cfg.Daily, cfg.Keep = []byte("head\n"), 20, paris, 2
	f := open(t, cfg)
	commit(t, f, "a234567\n", "1-0") // 13 bytes with the header
	commit(t, f, "b234567\n", "2-0") // too much
	clock.now = clock.now.Add(90 * time.Minute)
	commit(t, f, "", "3-0") // nothing to write begins no file
	commit(t, f, "c\n", "4-0")
	if got := text(t, cfg.Path); got != "head\nc\n" {
		t.Errorf("after midnight in Paris: %q", got)
	}
	commit(t, f, strings.Repeat("d", 30)+"\n", "5-0")
	old, err := os.ReadDir(filepath.Dir(cfg.Path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range old {
		names = append(names, e.Name())
	}
	want := "cdr[1].csv cdr[1].csv.20260328T233000.000Z cdr[1].csv.20260328T233000.001Z cdr[1].csv.at"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("there are\n%s, want\n%s", got, want)
	}
	if f = open(t, cfg); f.Last() != "5-0" {
		t.Errorf("last %q", f.Last())
	}
}

func TestAFolderThatIsNotThereIsNamed(t *testing.T) {
	_, err := ledger.Open(ledger.Config{Path: "/nonexistent/cdr"})
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/cdr") {
		t.Errorf("%v", err)
	}
}
