package pages_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/console/access"
)

// A workshop is where an assistant's file differs from what runs, until it is activated.
type workshop struct {
	mu     sync.Mutex
	faults []string
	seen   console.Comparison
	last   []console.Rehearsal
	told   []string
}

func newWorkshop() *workshop {
	w := &workshop{seen: console.Comparison{
		Assistant: "energy", File: "/etc/callward/assistants/energy.yaml", Running: "5f2c9a1b77d0", OnDisk: "c01d4be8f3a2", Settings: []string{"tenants[default].queues"},
		Diff: "@@ -12,4 +12,5 @@\n   greeting:\n-    en: How can I help you?\n+    en: How can I help you today?\n+    fr: " + hostile + "\n   language:\n",
	}}
	w.last = []console.Rehearsal{w.played(false)}
	return w
}

// played is a rehearsal in which something goes wrong.
func (w *workshop) played(file bool) console.Rehearsal {
	return console.Rehearsal{
		Assistant: "energy", Version: "5f2c9a1b77d0", File: file, At: time.Now(), By: "user:admin", Took: 840 * time.Millisecond, Failed: 1,
		Scenarios: []console.Rehearsed{
			{Name: "the opening says that a machine speaks", At: "energy.en.yaml:16", Turns: 2},
			{Name: hostile, At: "energy.en.yaml:42", Turns: 5, Fault: &console.RehearsalFault{
				Turn: 2, At: "energy.en.yaml:48", Act: "say", Why: []string{`intent: expected meter_reading at 0.60 or more; came none: complaint at 0.41 is below the assistant's minimum of 0.50`},
				Story: []console.Told{{Who: "bot", Text: "This is an automatic voice assistant."}, {Turn: 1, Who: "caller", Text: "good morning"}, {Turn: 2, Who: "call", Text: "no intent, 1 of 3: ask again"}},
			}},
			{Name: "when the invoice is due, and another question", At: "energy.en.yaml:66", Turns: 4},
		},
	}
}

func (w *workshop) rehearse(_ context.Context, q console.Rehearse, actor string) (console.Rehearsal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, "rehearse "+q.Assistant+" "+actor)
	return w.played(q.File), nil
}

func (w *workshop) rehearsals() []console.Rehearsal {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.last)
}

func (w *workshop) compare(context.Context, string) (console.Comparison, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen, nil
}

func (w *workshop) activate(_ context.Context, name, version, actor string) (console.Reloaded, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.faults) > 0 {
		var all []error
		for _, f := range w.faults {
			all = append(all, errors.New(f))
		}
		return console.Reloaded{}, errors.Join(all...)
	}
	w.told = append(w.told, "activate "+name+" "+version+" "+actor)
	w.seen.Running, w.seen.Diff, w.seen.Settings = version, "", nil
	return console.Reloaded{Changed: []string{"assistant energy"}, Restart: []string{"redis"}}, nil
}

// journalOf is the journal of a call in which the caller was muted for the agent.
func journalOf(t *testing.T, r call.Record) []call.Entry {
	t.Helper()
	at := r.Started
	j := call.NewJournal(64, func() time.Time {
		at = at.Add(2 * time.Second)
		return at
	})
	talk(j, r.Call)
	j.Append(call.Entry{Tenant: r.Tenant, Call: r.Call, Kind: call.KindMuted, Agent: "amina", Reason: "digits that may be a card's are being said"})
	j.Append(call.Entry{Tenant: r.Tenant, Call: r.Call, Kind: call.KindUnmuted, Agent: "amina"})
	entries, err := j.Next(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestAnAssistantIsRehearsedAndActivatedByHand(t *testing.T) {
	b, h := newVisit(t)
	h.work.mu.Lock()
	h.work.last = nil
	h.work.mu.Unlock()
	b.open(t, h.URL+"/assistant?lang=en", ".diff")
	b.do(t, chromedp.Click(".rehearsal button:first-of-type"), chromedp.WaitVisible(".failed"))
	if said := text(t, b, ".rehearsal"); !strings.Contains(said, "1 of 3 did not go as expected") || !strings.Contains(said, "energy.en.yaml:48") || !strings.Contains(said, hostile[:40]) {
		t.Errorf("rehearsed: %q", said)
	}
	h.work.mu.Lock()
	h.work.faults = []string{"energy.yaml:12: unknown key \"answer\"; allowed: answers", "callward.yaml:3: " + hostile}
	h.work.mu.Unlock()
	b.do(t, chromedp.Click(".version button.main"), chromedp.WaitVisible(".version .failure li:nth-child(2)"))
	if said := text(t, b, ".version .failure"); !strings.Contains(said, "energy.yaml:12: unknown key") || !strings.Contains(said, "Nothing was changed") {
		t.Errorf("refused: %q", said)
	}
	b.complaints() // a refusal is one
	h.work.mu.Lock()
	h.work.faults = nil
	h.work.mu.Unlock()
	b.do(t, chromedp.Click(".version button.main"), chromedp.Poll[chromedp.Void](`!document.querySelector(".diff")`))
	if said := text(t, b, ".version"); !strings.Contains(said, "The file is the version that runs") || !strings.Contains(said, "Activated.") || !strings.Contains(said, "redis") {
		t.Errorf("activated: %q", said)
	}
	if want := []string{"rehearse energy user:admin", "activate energy c01d4be8f3a2 user:admin"}; !slices.Equal(h.work.told, want) {
		t.Errorf("told %q", h.work.told)
	}
}

func TestASearchIsTakenAwayAsATableWithoutNumbers(t *testing.T) {
	b, h := newVisit(t)
	b.open(t, h.URL+"/calls?lang=en", "table tbody tr")
	b.do(t, chromedp.SendKeys(`input[name="caller"]`, "+33 1 55 50 02 00\r"), chromedp.Poll[chromedp.Void](`document.querySelectorAll("main tbody tr").length === 1`))
	csv := eval[string](t, b, `fetch(document.querySelector("a[download]").href).then(r => r.text())`)
	if rows := strings.Split(strings.TrimSpace(csv), "\r\n"); len(rows) != 2 || !strings.Contains(rows[1], ",e-0") || strings.Contains(csv, "33155500200") {
		t.Errorf("the table: %q", csv)
	}
	b.do(t, chromedp.Click(".alias a"), chromedp.Poll[chromedp.Void](`new URLSearchParams(location.search).get("caller")?.startsWith("p")`))
	b.open(t, h.URL+"/calls/e-0?lang=en", ".entries")
	if said := text(t, b, "main"); !strings.Contains(said, "no sound") || !strings.Contains(said, "muted for the agent at") {
		t.Errorf("what there is to hear: %q", said)
	}
	b.open(t, h.URL+"/calls?lang=fr&from=never", ".failure")
	if said := text(t, b, ".failure"); !strings.Contains(said, "never\u00a0» n’est pas une date") {
		t.Errorf("a time that is none: %q", said)
	}
}

func TestWhoMayNotChangeAnAssistantIsOfferedNothingInVain(t *testing.T) {
	b, h := newBrowser(t), newHouse(t)
	b.signIn(t, h, "boris", access.Supervisor)
	b.complaints()
	b.open(t, h.URL+"/assistant?lang=en", ".failed")
	if n := eval[int](t, b, `document.querySelectorAll(".rehearsal button, .version button").length`); n != 0 {
		t.Errorf("%d buttons", n)
	}
	if said := b.complaints(); said != "" {
		t.Errorf("asked for what is refused: %s", said)
	}
}

func TestNoWordOfTheBoardBreaksAndTheWallHoldsFiguresAlone(t *testing.T) {
	b, h := newVisit(t)
	for _, query := range []string{"lang=en", "lang=fr", "wall&lang=en", "wall&lang=fr"} {
		b.open(t, h.URL+"/?"+query, ".queue .facts")
		broken := eval[[]string](t, b, `[...document.querySelectorAll(".queue dt")].filter(e => {
			const lines = e.clientHeight / parseFloat(getComputedStyle(e).lineHeight);
			return e.scrollWidth > e.clientWidth + 1 || Math.round(lines) > e.textContent.split(" ").length;
		}).map(e => e.textContent)`)
		if len(broken) > 0 {
			t.Errorf("%s: broken words: %q", query, broken)
		}
		if seen := eval[bool](t, b, `document.querySelector(".nav").checkVisibility()`); seen != !strings.HasPrefix(query, "wall") {
			t.Errorf("%s: the way to other pages is shown: %v", query, seen)
		}
	}
}

// TestTheSystemGoesByTheServersClock has a browser whose clock is a year ahead.
func TestTheSystemGoesByTheServersClock(t *testing.T) {
	b, h := newVisit(t)
	b.open(t, h.URL+"/live?lang=en", "table tbody tr")
	eval[int](t, b, `{ const right = Date.now; Date.now = () => right() + 365 * 86400e3 } 0`)
	b.do(t, chromedp.Click(`.nav a[href="/system"]`), chromedp.WaitVisible(".summary"))
	if said := text(t, b, "main"); !strings.Contains(said, "7:11:") || !strings.Contains(said, "80 days") && !strings.Contains(said, "79 days") {
		t.Errorf("a browser a year ahead tells:\n%s", said)
	}
}
