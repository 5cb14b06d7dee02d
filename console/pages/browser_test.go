package pages_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/callward/callward/console/pages"
)

// shown are the pages, each with words that only its content has.
func shown() map[string]string {
	return map[string]string{
		"/": ".queue .levels", "/live": "table tbody tr", "/live/c-live": ".trace li", "/agents": "table tbody tr", "/calls": "table tbody tr", "/calls/e-0": ".entries", "/messages": ".message",
		"/assistant": ".diff", "/system": "table tbody tr", "/desk": "h1", "/call": "h1", "/signin": "form",
	}
}

// A browser is a real Chromium and what it complained of.
type browser struct {
	context.Context //nolint:containedctx // it is chromedp's handle on the browser

	mu    sync.Mutex
	wrong []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	if !pages.Built() {
		t.Skip("the pages are not built: run make web")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium: the pages are not tried")
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1440, 900))
	alloc, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), flags...)
	t.Cleanup(cancel)
	b := &browser{}
	b.Context, cancel = chromedp.NewContext(alloc, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(b); err != nil { // its first context is the browser's life
		t.Fatal(err)
	}
	return b
}

// newVisit is a browser in which the admin of a house is signed in.
func newVisit(t *testing.T) (*browser, *house) {
	t.Helper()
	b, h := newBrowser(t), newHouse(t)
	link, err := h.door.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.open(t, h.URL+"/signin", "form")
	redeem := fmt.Sprintf("fetch('/api/v1/session/bootstrap', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({token: %q})}).then(r => r.status)", link)
	if status := eval[int](t, b, redeem); status != http.StatusNoContent {
		t.Fatalf("the link is answered with %d", status)
	}
	b.complaints() // who is not signed in is told so
	return b, h
}

// listen keeps what the console of the browser tells of faults.
func (b *browser) listen(event any) {
	var text string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			text = fmt.Sprint(e.Type, e.Args)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			text = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if text != "" {
		b.mu.Lock()
		b.wrong = append(b.wrong, text)
		b.mu.Unlock()
	}
}

func (b *browser) complaints() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := strings.Join(b.wrong, "\n")
	b.wrong = nil
	return text
}

// open shows a page and waits for what it must hold.
func (b *browser) open(t *testing.T, url, holds string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url), chromedp.WaitVisible("main "+holds)); err != nil {
		text, _ := chromedp.Run(b, chromedp.Evaluate[string]("document.body.innerText"))
		t.Fatalf("%s never showed %s: %v %s\n%s", url, holds, err, b.complaints(), text)
	}
}

func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		text, _ := chromedp.Run(b, chromedp.Evaluate[string]("document.body.innerText"))
		t.Fatalf("%v %s\n%s", err, b.complaints(), text)
	}
}

// unfold opens what a page holds folded.
func (b *browser) unfold(t *testing.T) {
	t.Helper()
	eval[int](t, b, `document.querySelectorAll("details").forEach(d => d.open = true), new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))`)
}

func eval[T any](t *testing.T, b *browser, script string) T {
	t.Helper()
	out, err := chromedp.Run(b, chromedp.Evaluate[T](script, chromedp.EvalAsValue, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.80s: %v", script, err)
	}
	return out
}

// foreign lists what of a page is in English: not what people, files and programs are called
// or say, which is in their language.
const foreign = `[...document.querySelectorAll("main *:not(script)")].flatMap(e => [...e.childNodes].filter(n => n.nodeType === 3).map(n => [e, n.data]))
  .filter(([e, text]) => /\b(the|was|were|with|from|by|not|and|to|that|nothing|call|caller)\b/i.test(text.replaceAll("<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">", ""))
    && !e.closest("code, .path, .diff, .story, .failed h3, .rehearsal td:first-child, [lang=en]")).map(([, text]) => text)`

// TestEveryPageIsSoundInBothLanguagesAndThemes opens each page as a reader in English by
// day and in French by night.
func TestEveryPageIsSoundInBothLanguagesAndThemes(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Skipf("axe-core is not there: run make web: %v", err)
	}
	b, house := newVisit(t)
	for path, holds := range shown() {
		for _, as := range []string{"lang=en&theme=light", "lang=fr&theme=dark"} {
			b.open(t, house.URL+path+"?"+as, holds)
			b.unfold(t)
			eval[int](t, b, string(axe)+";0")
			found := eval[[]struct{ ID, Help, Where string }](t, b, `axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => r.violations.map(v => ({ID: v.id, Help: v.help, Where: v.nodes.map(n => n.html + " " + n.failureSummary).slice(0, 3).join("\n")})))`)
			for _, v := range found {
				t.Errorf("%s?%s: %s: %s\n%s", path, as, v.ID, v.Help, v.Where)
			}
			seen := eval[struct {
				Title, Lang string
				Injected    int
				Wide        bool
			}](t, b, `({Title: document.title, Lang: document.documentElement.lang, Injected: document.querySelectorAll("main script, main img").length, Wide: document.documentElement.scrollWidth > innerWidth})`)
			if seen.Title == "broken" || seen.Injected > 0 {
				t.Errorf("%s: text became markup", path)
			}
			if english := eval[[]string](t, b, foreign); strings.HasPrefix(as, "lang=fr") && len(english) > 0 {
				t.Errorf("%s?%s: in English: %q", path, as, english)
			}
			if !strings.HasPrefix(as, "lang="+seen.Lang) || seen.Wide {
				t.Errorf("%s?%s: language %s, wider than the window: %v", path, as, seen.Lang, seen.Wide)
			}
			if said := b.complaints(); said != "" {
				t.Errorf("%s?%s: the browser complains: %s", path, as, said)
			}
		}
	}
}

// TestPagesFitANarrowWindow opens them 320 pixels wide, as WCAG 1.4.10 asks.
func TestPagesFitANarrowWindow(t *testing.T) {
	b, house := newVisit(t)
	b.do(t, chromedp.EmulateViewport(320, 640))
	for path, holds := range shown() {
		b.open(t, house.URL+path+"?lang=fr", holds)
		b.unfold(t)
		wide := eval[[]string](t, b, `document.documentElement.scrollWidth <= 320 ? [] : [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > 321 && !e.closest(".scroll")).map(e => e.tagName + "." + e.className + " " + Math.round(e.getBoundingClientRect().right)).slice(0, 5)`)
		if len(wide) > 0 {
			t.Errorf("%s scrolls sideways: %v", path, wide)
		}
	}
}

func TestTheKeyboardReachesEverythingOnTheBoard(t *testing.T) {
	b, house := newVisit(t)
	for _, path := range []string{"/", "/calls", "/calls/e-0", "/messages", "/assistant", "/system"} {
		b.open(t, house.URL+path+"?lang=en", shown()[path])
		b.unfold(t)
		want := eval[int](t, b, `window.reached = new Set(); document.addEventListener("focusin", e => reached.add(e.target)); document.querySelectorAll("a[href], button:not(:disabled), input, select, [tabindex='0']").length`)
		for range want + 12 { // a field for a date holds several stops
			b.do(t, chromedp.KeyEvent("\t"))
		}
		if reached := eval[int](t, b, `reached.size`); reached < want {
			t.Errorf("%s: tab reaches %d of %d", path, reached, want)
		}
	}
}

func TestASentenceIsTriedByHand(t *testing.T) {
	b, house := newVisit(t)
	b.open(t, house.URL+"/assistant?lang=en", "form.try")
	b.do(t, chromedp.SendKeys(`input[name="text"]`, "when is my invoice due\r"), chromedp.WaitVisible(".scores li:nth-child(3)"))
	said, err := chromedp.Run(b, chromedp.Text(".scores"))
	if err != nil || !strings.Contains(said, "invoice due") || !strings.Contains(said, "<script>") {
		t.Errorf("understood %q (%v)", said, err)
	}
}

// TestScreenshots draws every page for people to look at: make screenshots.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("CALLWARD_SCREENSHOTS")
	if dir == "" {
		t.Skip("only for people: make screenshots")
	}
	b, house := newVisit(t)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	sizes := map[string][2]int64{"wide": {1440, 900}, "narrow": {320, 640}}
	for size, px := range sizes {
		b.do(t, chromedp.EmulateViewport(px[0], px[1]))
		for path, holds := range shown() {
			for _, as := range [][2]string{{"en", "light"}, {"en", "dark"}, {"fr", "light"}, {"fr", "dark"}} {
				if size == "narrow" && as != [2]string{"fr", "light"} {
					continue
				}
				b.open(t, fmt.Sprintf("%s%s?lang=%s&theme=%s", house.URL, path, as[0], as[1]), holds)
				b.unfold(t)
				name := strings.Trim(strings.ReplaceAll(path, "/", "-"), "-")
				if name == "" {
					name = "board"
				}
				png, err := chromedp.Run(b, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, strings.Join([]string{name, size, as[0], as[1]}, "-")+".png"), png, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
