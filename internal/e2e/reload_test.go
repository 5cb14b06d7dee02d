package e2e

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/call"
)

// While callers are on the line its file changes, twice: none of them notices, who calls
// then hears the new text, and the file with a fault changes nothing.
func TestAReloadUnderFiftyCallsDisturbsNone(t *testing.T) {
	needs(t, "flite")
	t.Parallel()
	const calls = 50
	open, longer := "We are open from Monday to Friday", "We are open on all days"
	before := string(assistants.Energy)
	after := strings.Replace(before, open, longer, 1)
	if after == before {
		t.Fatalf("the example line does not say %q any more", open)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "energy.yaml")
	write(t, file, before)
	l := startLine(t, "--assistants", dir).ready()
	reports := l.load(calls, 25*time.Second, "--to", "sip:line-en@"+l.sip)

	early, id, hangUp := l.placesFor(t, "line-en", 2*time.Minute)
	if early == nil {
		return
	}
	defer hangUp()
	early.quietFor(700*time.Millisecond, 40*time.Second)
	l.reloads(file, after, "reloaded")
	l.reloads(file, strings.Replace(after, "\nhuman:", "\nhumna:", 1), "humna")
	if got := l.hours(early, id); !strings.HasPrefix(got, open) {
		t.Errorf("who called before the reload is told %q", got)
	}
	late, id, hangUp := l.placesFor(t, "line-en", 2*time.Minute)
	if late == nil {
		return
	}
	defer hangUp()
	late.quietFor(700*time.Millisecond, 40*time.Second)
	if got := l.hours(late, id); !strings.HasPrefix(got, longer) {
		t.Errorf("who calls after both is told %q", got)
	}
	wholly(t, <-reports, calls)
}

// reloads has the line read its file, and waits until the log says something.
func (l *line) reloads(file, text, said string) {
	l.t.Helper()
	write(l.t, file, text)
	already := len(l.out.String())
	if err := l.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		l.t.Fatal(err)
	}
	l.waitFor(said+" in the log", time.Minute, func() bool { return strings.Contains(l.out.String()[already:], said) })
}

// hours has a caller ask by key when somebody is there.
func (l *line) hours(c *overCaller, id string) (told string) {
	l.t.Helper()
	asked := time.Now()
	c.keys("1")
	l.within(id, 20*time.Second, func(e call.Entry) bool {
		if e.Kind == call.KindBotPlayed && e.Time.After(asked) && told == "" {
			told = e.Text.String()
		}
		return told != ""
	})
	return told
}
