package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media/mediatest"
)

// What each of the three says, once it is to be told who hears whom.
const (
	callerTone = 500.0
	agentTone  = 900.0
	bossTone   = 1500.0
)

// A newcomer calls from a browser, says a card number and is put into a queue; an agent in a
// second browser reads why and answers; a supervisor in a third listens, whispers, barges in,
// takes over and hands back. Each hears whom the step allows, and the audit tells of each step.
func TestThreeBrowsersWorkOneCall(t *testing.T) {
	needs(t, "chromium", "espeak-ng", "flite", "sox")
	const card = "4111111111111111"
	script := filepath.Join(t.TempDir(), "script.txt")
	write(t, script, "i want to pay my bill by card\n4111 1111 1111 1111\ni want to talk to a person\n")
	l := startLine(t, "--web-call", "line-en", "--asr", startScripted(t, script), "--tenants", deskTenants)
	newcomer := openPage(t, speakerOf(t, "I want to pay my bill by card", "four one one one, one one one one, one one one one, one one one one"), "http://"+l.http+"/signin")
	newcomer.welcome(l, "/call")
	desk := l.colleague(newcomer, "jean", "hello this is jean how may i help you", "agent@default")
	boss := l.colleague(newcomer, "boris", "jean offer a refund", "supervisor@default", "listener@default")
	desk.run("open the desk", chromedp.Navigate("http://"+l.http+"/desk"), chromedp.SendKeys("input[name=name]", "jean"),
		chromedp.SendKeys("input[name=password]", "j"), chromedp.Click("#register"))
	l.waitFor("jean's phone to be there", 30*time.Second, func() bool { n, _ := l.metric("callward_sip_registrations"); return n == 1 })

	newcomer.calls()
	newcomer.answers(l, card)
	desk.run("read who calls, and why, before it is answered", chromedp.WaitVisible("#answer"), chromedp.WaitVisible(".pop-summary"))
	if pop := desk.text(); !strings.Contains(pop, "Wants to talk to a person") || !strings.Contains(pop, "[card ••••1111]") || leak(pop, card) != "" {
		t.Errorf("before the answer jean reads:\n%s", pop)
	}
	desk.run("answer", chromedp.Click("#answer"), chromedp.WaitVisible("#hold"))
	newcomer.shows("talking to a person", 30*time.Second)
	newcomer.hearsVoice("the caller") // they still speak into their microphones
	desk.hearsVoice("jean")
	newcomer.says(callerTone)
	desk.says(agentTone)
	boss.supervises(l, newcomer, desk)
	if found := leak(evaluate[string](newcomer, "window.seen"), card); found != "" {
		t.Errorf("%s of the card was captioned:\n%s", found, newcomer.text())
	}
	newcomer.run("hang up", chromedp.Click("#end"))
	l.isClean()
	l.audited("user:admin sign-in-by-link: ok", "user:jean sign-in-by-link: ok", "user:boris sign-in-by-link: ok",
		"user:boris listen: call", "user:boris whisper: call", "user:boris barge: call", "user:boris take-over: call", "user:boris hand-back: call")
}

// supervises has the page come onto the call, by the keyboard, and do each thing in turn.
func (p *page) supervises(l *line, newcomer, desk *page) {
	t := p.t
	t.Helper()
	p.run("open the call", chromedp.Navigate("http://"+l.http+"/live/"+string(l.calls()[0].Call)),
		chromedp.WaitVisible(`.supervise-form button[value=listen]`), chromedp.Focus(`.supervise-form button[value=listen]`), chromedp.KeyEvent("\r"),
		chromedp.WaitVisible(`.supervisor button[value=listen][aria-pressed=true]`))
	if asked := p.says(bossTone); asked != 1 {
		t.Errorf("the supervisor was asked %d times for the microphone", asked)
	}
	p.hearing("who listens", callerTone, agentTone)
	newcomer.hearing("a caller who is listened to", agentTone)
	desk.hearing("an agent who is listened to", callerTone)
	does := func(mode, shows string) {
		t.Helper()
		p.run(mode, chromedp.Click(`.supervisor button[value=`+mode+`]`), chromedp.WaitVisible(shows))
	}
	does("whisper", `.supervisor button[value=whisper][aria-pressed=true]`)
	desk.hearing("an agent who is whispered to", callerTone, bossTone)
	newcomer.hearing("a caller whose agent is whispered to", agentTone)
	does("barge", `.supervisor button[value=barge][aria-pressed=true]`)
	newcomer.hearing("a caller who is barged in on", agentTone, bossTone)
	desk.hearing("an agent who is barged in on", callerTone, bossTone)
	does("take-over", `.supervisor button[value=hand-back]`)
	newcomer.hearing("a caller who was taken over", bossTone)
	p.hearing("who took over", callerTone)
	desk.run("see that the call is over", chromedp.WaitNotPresent("#hold"))
	does("hand-back", `.supervisor button[value=listen][aria-pressed=true]`)
	desk.run("be offered the caller again", chromedp.WaitVisible("#answer"))
	if asked := evaluate[int](p, "asked"); asked != 1 {
		t.Errorf("the supervisor was asked %d times for the microphone", asked)
	}
}

// calls calls the line from the page, and is silent for now.
func (p *page) calls() {
	p.t.Helper()
	evaluate[string](p, `new MutationObserver(() => window.seen += "\n" + document.body.innerText).observe(document.body, {subtree: true, childList: true, characterData: true}); window.seen = ""`)
	p.run("call", chromedp.Click("#call"), chromedp.WaitVisible("#end + button"))
	p.mute(true)
}

func (p *page) mute(on bool) {
	p.t.Helper()
	p.run("mute or unmute", chromedp.Click("#end + button"), chromedp.WaitVisible(fmt.Sprintf("#end + button[aria-pressed=%v]", on)))
}

// answers speaks whenever a question is over, until the call is queued: a word or two into
// it are no answer.
func (p *page) answers(l *line, card string) {
	p.t.Helper()
	for _, turn := range [][2]string{
		{"How can I help you", "pay my bill by card"},
		{"tell me your card number", "••••" + card[len(card)-4:]}, // its mask
		{"Is that right", "talk to a person"},
	} {
		p.shows(turn[0], time.Minute)
		l.waitFor("the question to be over", 30*time.Second, l.hasAsked)
		p.mute(false)
		p.run("say "+turn[1], chromedp.WaitVisible(`//li[@class="caller"][@data-sure="true"][contains(., "`+turn[1]+`")]`))
		p.mute(true)
	}
	l.waitFor("the call to be queued", time.Minute, func() bool { return len(l.newest(call.KindQueued)) > 0 })
	p.mute(false)
}

// hasAsked reports whether the machine has said all that it had to say to the newest caller.
func (l *line) hasAsked() bool {
	said := 0
	for _, e := range l.entries(string(l.calls()[0].Call)) {
		switch e.Kind {
		case call.KindBotSaid:
			said++
		case call.KindBotDone:
			said = 0
		default:
		}
	}
	return said == 0
}

// says has the page's leg say a tone from now on, and gives how often the page has asked for
// the microphone.
func (p *page) says(hz float64) (asked int) {
	p.t.Helper()
	return evaluate[int](p, fmt.Sprintf("say(%v)", hz))
}

// hearsVoice waits until the page hears somebody speak.
func (p *page) hearsVoice(who string) {
	p.t.Helper()
	level, sounding := 0.0, 0
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		sound := mediatest.Sounding(p.hears(1500 * time.Millisecond))
		if level, sounding = loudness(sound), len(sound); sounding > rate/2 && level > 200 {
			return
		}
	}
	p.t.Fatalf("%s hears %d samples of level %.0f\n%s", who, sounding, level, p.text())
}

// hearing waits until the page hears these tones, each with its share, and no other of the
// three.
func (p *page) hearing(what string, hz ...float64) {
	p.t.Helper()
	told := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		heard := p.hears(time.Second)
		ok, sum := len(mediatest.Sounding(heard)) > rate/2, 0.0
		told = ""
		for _, f := range []float64{callerTone, agentTone, bossTone} {
			share, wanted := shareOf(heard, f), false
			for _, want := range hz {
				wanted = wanted || want == f
			}
			sum += share
			ok = ok && (wanted && share*float64(len(hz)) > 0.5 || !wanted && share < 0.02)
			told += fmt.Sprintf(" %.2f of %v Hz", share, f)
		}
		if ok && sum > 0.8 {
			return
		}
	}
	p.t.Fatalf("%s hears%s, wanted %v alone\n%s", what, told, hz, p.text())
}

// colleague is the browser of somebody whom the newcomer gives an account, signed in by its
// link.
func (l *line) colleague(newcomer *page, name, voice string, grants ...string) *page {
	l.t.Helper()
	body, err := json.Marshal(map[string]any{"name": name, "grants": grants})
	if err != nil {
		l.t.Fatal(err)
	}
	token := evaluate[string](newcomer, fmt.Sprintf(`fetch("/api/v1/users", {method: "POST", headers: {"Content-Type": "application/json"}, body: %q}).then((r) => r.json()).then((l) => l.token)`, body))
	p := openPage(l.t, microphone(l.t, voice, 200*time.Millisecond), "http://"+l.http+"/welcome#"+token)
	p.run("sign in by the link", chromedp.WaitVisible("#skip"), chromedp.Click("#skip"), chromedp.WaitNotPresent("#skip"))
	return p
}

// audited waits until the audit tells of all these, by who did what.
func (l *line) audited(wants ...string) {
	l.t.Helper()
	var events []struct{ Actor, Action, Result string }
	if err := json.Unmarshal([]byte(l.get("/api/v1/audit")), &events); err != nil {
		l.t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range events {
		fmt.Fprintf(&all, "%s %s: %s\n", e.Actor, e.Action, e.Result)
	}
	for _, want := range wants {
		if !strings.Contains(all.String(), want) {
			l.t.Errorf("no %q in the audit:\n%s", want, all.String())
		}
	}
}

// speakerOf is a microphone into which somebody speaks each of these, with time to be understood
// before the next.
func speakerOf(t *testing.T, words ...string) string {
	t.Helper()
	dir := t.TempDir()
	parts := make([]string, 0, len(words)+1)
	for i, w := range words {
		said, part := filepath.Join(dir, fmt.Sprint("said", i, ".wav")), filepath.Join(dir, fmt.Sprint("part", i, ".wav"))
		run(t, "espeak-ng", "-v", "en-us", "-s", "260", "-w", said, w)
		run(t, "sox", said, "-r", "48000", "-c", "1", "-b", "16", part, "pad", "2", "0.1")
		parts = append(parts, part)
	}
	out := filepath.Join(dir, "microphone.wav")
	run(t, "sox", append(parts, out)...)
	return out
}
