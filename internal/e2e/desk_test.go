package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media/mediatest"
)

// An agent has nothing but a browser: it rings, says who calls and why before it is
// answered, both hear each other, and the caller is handed to a colleague who was asked first.
func TestAnAgentAnswersInABrowser(t *testing.T) {
	needs(t, "chromium", "flite", "sox")
	l := startLine(t, "--speech", "unix:/nonexistent/speech.sock", "--tenants", deskTenants) // by keypad: a key fetches a human
	p := openPage(t, microphone(t, "hello this is jean how may i help you", 200*time.Millisecond), "http://"+l.http+"/signin")
	p.welcome(l, "/desk")
	p.run("sign in", chromedp.SendKeys("input[name=name]", "jean"), chromedp.SendKeys("input[name=password]", "j"),
		chromedp.Click("#register"))
	l.waitFor("jean's phone to be there", 30*time.Second, func() bool { n, _ := l.metric("callward_sip_registrations"); return n == 1 })
	dir := t.TempDir()
	said, heard := filepath.Join(dir, "said.wav"), filepath.Join(dir, "heard.wav")
	tone(t, said, 60*time.Second)
	caller := exec.Command(program(t, "callgen"), "call", "--to", "sip:line-en@"+l.sip, "--api", "http://"+l.http, "--no-wait", "--dtmf", "7", "--wav", said, "--record", heard, "--hangup-after", "1m")
	caller.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = caller.Wait() }()
	t.Cleanup(func() { _ = caller.Process.Kill(); <-gone })
	p.run("look at the wallboard meanwhile", chromedp.Click(`a[href="/"]`), chromedp.WaitVisible(".rings a"))
	if title := p.titled("A call rings · Callward"); title != "A call rings · Callward" {
		t.Errorf("while it rings the tab is named %q", title)
	}
	p.run("see who rings", chromedp.Click(".rings a"), chromedp.WaitVisible("#answer"))
	p.run("read who calls", chromedp.WaitVisible(".pop"))
	p.run("answer by the keyboard", chromedp.Focus("#answer"), chromedp.KeyEvent("\r"), chromedp.WaitVisible("#hold"))
	if at := evaluate[string](p, "document.activeElement.id"); at != "hold" {
		t.Errorf("once the call is answered, the focus is at %q: the next key must not end it", at)
	}
	sound := mediatest.Sounding(p.hears(3 * time.Second))
	if len(sound) < rate || shareOf(sound, 500) < 0.8 {
		t.Errorf("of %d samples that jean hears, %.0f %% are the caller's tone", len(sound), 100*shareOf(sound, 500))
	}
	p.run("hold", chromedp.Click("#hold"), chromedp.WaitVisible("#hold[aria-pressed=true]"))
	p.run("go on", chromedp.Click("#hold"), chromedp.WaitVisible("#hold[aria-pressed=false]"))
	p.hears(2 * time.Second)
	p.run("send the caller to nobody", chromedp.SendKeys("input[name=to]", "nobody\r"), chromedp.WaitVisible("p.failure"))
	signOut := evaluate[int](p, `fetch("/api/v1/session", {method: "DELETE"}).then((r) => r.status)`)
	p.run(fmt.Sprintf("be signed out (%d) in the middle of the call", signOut), chromedp.WaitNotPresent(".who"), chromedp.WaitVisible("#hold"))
	marie := startColleague(t, l)
	p.run("ask a colleague first", chromedp.SetValue("input[name=to]", "marie"), chromedp.Click("#ask"))
	l.waitFor("the caller to hear music meanwhile", 30*time.Second, func() bool { return len(l.newest(call.KindHeld)) > 0 })
	p.run("hand over", chromedp.WaitVisible("#handover:not([disabled])"), chromedp.Click("#handover"))
	l.waitFor("the caller to talk with marie", 30*time.Second, func() bool { return strings.Contains(marie.String(), "callgen.hears") })
	p.run("be asked to sign in, now that the call is over", chromedp.WaitVisible("input[name=passphrase]"))
	l.waitFor("jean's phone to be off", 30*time.Second, func() bool { n, _ := l.metric("callward_sip_registrations"); return n == 1 })
	_ = caller.Process.Signal(os.Interrupt)
	<-gone
	if pcm := mediatest.Sounding(readWAV(t, heard)); loudness(pcm) < 200 {
		t.Errorf("the caller heard %d samples with loudness %.0f", len(pcm), loudness(pcm))
	}
	if r := l.isOver(); r.Agent != "marie" {
		t.Errorf("the record names %q", r.Agent)
	}
	l.isClean()
}
