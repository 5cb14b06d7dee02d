package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

const sameQueueYAML = `version: 1
listeners: {ice_servers: {near: {urls: "stun:127.0.0.1:9"}}}
tenants:
  acme:
    numbers: {"+33100000000": {language: en}}
    queues: {billing: {}, technical: {}, emergency: {}}
    wrap_up: 100ms
    agents:
      bari: {password: b, queues: [billing]}
      desk: {password: d, queues: [billing]}
      jean: {password: j, queues: [billing]}
`

// An agentPhone is what an agent of the queue has: it says a tone, and waits until it hears one.
type agentPhone struct {
	says  float64
	hears func(hz float64)
}

// A toned caller says a tone of their own.
type toned struct {
	*speaker

	says float64
}

// Three callers come into one queue and each is answered: at a baresip, at a desk phone and in
// a browser. The desk phone holds its caller, takes him back, and sends him to the baresip once
// that is free again.
func TestABaresipADeskPhoneAndABrowserWorkInTheSameQueue(t *testing.T) {
	needs(t, "baresip", "chromium", "flite", "sox")
	file := filepath.Join(t.TempDir(), "callward.yaml")
	write(t, file, sameQueueYAML)
	l := startLine(t, "--config", file, "--speech", "unix:/nonexistent/speech.sock") // by keypad: a key fetches a human
	p := openPage(t, microphone(t, "hello this is jean", 200*time.Millisecond), "http://"+l.http+"/signin")
	p.welcome(l, "/desk")
	p.run("sign in", chromedp.SendKeys("input[name=name]", "jean"), chromedp.SendKeys("input[name=password]", "j"), chromedp.Click("#register"))
	bari, phone, events := startBaresip(t, l, "bari", "b", 1250), siptest.NewPhone(t, "desk", nil), listens(t, l)
	signsIn(t, l, phone, "desk", "d")
	l.waitFor("all agents to be there", time.Minute, func() bool { return strings.Count(l.get("/api/v1/agents"), `"available"`) == 3 })

	callers := queueUp(t, l, events, 450, 650, 850)
	desk := newSpeaker(t, l, events)
	desk.picks(phone.Ring())
	desk.session.Play(media.NewTone(1050, 0))
	p.run("answer", chromedp.Click("#answer"), chromedp.WaitVisible("#hold"))
	p.says(1550)
	if told := evaluate[string](p, "JSON.stringify(peers.at(-1).getConfiguration().iceServers)"); !strings.Contains(told, "stun:127.0.0.1:9") {
		t.Errorf("the servers of the browser are %s", told)
	}
	agents := map[string]agentPhone{"bari": {1250, bari.hears}, "desk": {1050, desk.hearsTone}, "jean": {1550, p.hearsTone}}
	at := map[string]toned{}
	for _, c := range callers {
		at[c.agent()] = c
	}
	if len(at) != len(agents) {
		t.Fatalf("the callers are at %v", at)
	}
	for name, a := range agents {
		at[name].talksAt(a)
	}

	held := at["desk"]
	desk.offers("sendonly", "recvonly")
	held.after(call.KindHeld, "")
	held.hearsMusic(agents["desk"].says)
	desk.offers("sendrecv", "sendrecv")
	held.after(call.KindUnheld, "")
	held.talksAt(agents["desk"])

	_ = at["bari"].leg.Hangup(t.Context(), sip.Normal)
	l.waitFor("the baresip to be free", time.Minute, func() bool { return l.stateOf("bari") == "available" })
	if err := desk.leg.Refer(t.Context(), sip.Transfer{To: "sip:bari@" + l.sip}, nil); err != nil {
		t.Errorf("the desk phone is told %v", err)
	}
	siptest.Ended(t, desk.leg)
	held.talksAt(agents["bari"])
	at["jean"].talksAt(agents["jean"]) // as if nothing had been
	for _, name := range []string{"desk", "jean"} {
		_ = at[name].leg.Hangup(t.Context(), sip.Normal)
	}
	l.isClean()
	if r := l.record(string(held.id)); r.Agent != "bari" {
		t.Errorf("the record of who was sent on names %q", r.Agent)
	}
}

// queueUp has callers come and ask for a human by key; each says a tone from then on.
func queueUp(t *testing.T, l *line, events *buffer, tones ...float64) []toned {
	t.Helper()
	var all []toned
	for _, hz := range tones {
		c := toned{newSpeaker(t, l, events), hz}
		c.calls("+33611111111")
		all = append(all, c)
	}
	for _, c := range all {
		c.after(call.KindDisclosure, "")
		c.keys("7")
		c.after(call.KindQueued, "")
		c.session.Play(media.NewTone(c.says, 0))
	}
	return all
}

// agent waits until the caller talks with one, and names them.
func (c toned) agent() (name string) {
	c.t.Helper()
	c.after(call.KindBridged, "")
	for _, e := range (visit{entries: c.l.entries(string(c.id))}).all(call.KindBridged) {
		name = e.Agent
	}
	return name
}

// talksAt waits until the caller and an agent hear each other.
func (c toned) talksAt(a agentPhone) {
	c.t.Helper()
	c.hearsTone(a.says)
	a.hears(c.says)
}

// hearsTone waits until what is heard last is a tone.
func (s *speaker) hearsTone(hz float64) {
	s.t.Helper()
	const span = rate / 5
	s.ear.Forget()
	if !s.ear.Until(siptest.Patience, func(pcm []int16) bool { return len(pcm) >= span && mediatest.Share(pcm[len(pcm)-span:], hz) > 0.8 }) {
		pcm := s.ear.PCM()
		s.t.Fatalf("of %d samples of level %.0f, %.0f %% are of %v Hz", len(pcm), loudness(pcm), 100*mediatest.Share(pcm, hz), hz)
	}
}

// hearsMusic waits until something is heard which is not who holds.
func (s *speaker) hearsMusic(holder float64) {
	s.t.Helper()
	const span = rate / 2
	s.ear.Forget()
	if !s.ear.Until(siptest.Patience, func(pcm []int16) bool {
		return len(pcm) >= span && loudness(pcm[len(pcm)-span:]) > 100 && mediatest.Share(pcm[len(pcm)-span:], holder) < 0.1
	}) {
		s.t.Fatal("who is held hears no music")
	}
}

// offers makes the other side an offer of a direction, as phones hold and take back.
func (s *speaker) offers(direction, want string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), siptest.Patience)
	defer cancel()
	offer, err := s.session.Offer()
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.leg.Reinvite(ctx, bytes.Replace(offer, []byte("a=sendrecv"), []byte("a="+direction), 1))
	if err == nil {
		err = s.session.SetAnswer(answer)
	}
	if err != nil || !bytes.Contains(answer, []byte("a="+want+"\r\n")) {
		s.t.Fatalf("the offer of %s is answered with %v:\n%s", direction, err, answer)
	}
}

// stateOf is what an agent is doing.
func (l *line) stateOf(agent string) string {
	l.t.Helper()
	var all []struct{ Name, State string }
	if err := json.Unmarshal([]byte(l.get("/api/v1/agents")), &all); err != nil {
		l.t.Fatal(err)
	}
	for _, a := range all {
		if a.Name == agent {
			return a.State
		}
	}
	return ""
}
