package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media/mediatest"
)

// newest gives what the journal of the newest call has of a kind.
func (l *line) newest(kind call.Kind) []call.Entry {
	l.t.Helper()
	all := l.calls()
	if len(all) == 0 {
		return nil
	}
	return visit{entries: l.entries(string(all[0].Call))}.all(kind)
}

// A newcomer has nothing but a browser: one button, and the line hears, answers, and is
// heard.
func TestANewcomerCallsTheLineFromAWebPage(t *testing.T) {
	needs(t, "chromium", "flite", "sox")
	l := startLine(t, "--web-call", "line-en").ready()
	p := openPage(t, microphone(t, "what are your opening hours", 7*time.Second), "http://"+l.http+"/call")
	p.run("call", chromedp.Click("#call"))
	heard := p.hears(4 * time.Second) // the opening
	if sound := mediatest.Sounding(heard); len(sound) < rate || loudness(sound) < 300 {
		t.Errorf("of the opening the page heard %d samples of level %.0f", len(sound), loudness(sound))
	}
	l.waitFor("the request to be understood", time.Minute, func() bool {
		for _, e := range l.newest(call.KindIntent) {
			if e.Intent.Name == "opening_hours" {
				return true
			}
		}
		return false
	})
	p.shows("opening hours", 30*time.Second)
	r := l.calls()[0]
	if r.Caller != "web" || r.Sound == nil || !r.Sound.Protected || r.Sound.Codec != "opus" {
		t.Errorf("the record tells of %q, and of the sound %+v", r.Caller, r.Sound)
	}
	p.run("hang up", chromedp.Click("#end"))
	l.isClean()
}

// What is heard as a card is never seen, not even for a moment.
func TestACardSaidToAWebPageIsNotCaptioned(t *testing.T) {
	needs(t, "chromium", "flite", "sox")
	const card = "4111111111111111"
	script := filepath.Join(t.TempDir(), "script.txt")
	write(t, script, "i want to pay my bill by card\n4111 1111 1111 1111\nthank you\n")
	l := startLine(t, "--web-call", "line-en", "--asr", startScripted(t, script))
	p := openPage(t, microphone(t, "one two three four", 5*time.Second), "http://"+l.http+"/call")
	evaluate[string](p, `new MutationObserver(() => window.seen += "\n" + document.body.innerText).observe(document.body, {subtree: true, childList: true, characterData: true}); window.seen = ""`)
	p.run("call", chromedp.Click("#call"))
	p.shows("pay my bill by card", time.Minute)
	p.shows("••••1111", time.Minute) // its mask
	if found := leak(evaluate[string](p, "window.seen"), card); found != "" {
		t.Errorf("%s of the card was shown:\n%s", found, p.text())
	}
}

// A caller in a browser keys what it is about, and talks with an agent who has a SIP phone:
// Opus on one side, G.711 on the other.
func TestACallerInABrowserTalksWithAnAgentOnAPhone(t *testing.T) {
	needs(t, "chromium", "flite", "sox")
	l := startLine(t, "--web-call", "line-en", "--speech", "unix:/nonexistent/speech.sock", "--tenants", strings.Replace(deskTenants, "[technical]", "[billing]", 1))
	marie := startColleague(t, l)
	p := openPage(t, microphone(t, "hello my bill is wrong what can i do", 200*time.Millisecond), "http://"+l.http+"/call")
	p.run("call", chromedp.Click("#call"), chromedp.WaitVisible("button[aria-expanded]"), chromedp.Click("button[aria-expanded]"))
	p.shows("press seven", 30*time.Second)
	l.waitFor("the legal opening to be over", 30*time.Second, func() bool { return len(l.newest(call.KindDisclosure)) > 0 })
	p.run("press 7", chromedp.Click(".keypad button:nth-child(7)"))
	p.shows("talking to a person", time.Minute)
	if sound := mediatest.Sounding(p.hears(4 * time.Second)); len(sound) < rate || loudness(sound) < 200 {
		t.Errorf("of marie the caller heard %d samples of level %.0f", len(sound), loudness(sound))
	}
	l.waitFor("marie to hear the caller", 30*time.Second, func() bool { return strings.Contains(marie.String(), "callgen.hears") })
	p.run("hang up", chromedp.Click("#end"))
	l.isClean()
}
