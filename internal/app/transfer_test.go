package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
	"github.com/callward/callward/tts/ttstest"
)

// A house is a line with a few agents, and a carrier that calls outside go to. No
// engine speaks for it, so that callers are in the queue at once.
type house struct {
	*server

	t       *testing.T
	engine  *media.Engine
	carrier *siptest.Phone
	anna    *siptest.Phone
	boris   *siptest.Phone
	eve     *siptest.Phone // of another tenant
}

const houseYAML = `
trunks:
  local: {from: [127.0.0.1]}
  carrier: {from: [192.0.2.1], to: "sip:%s", user: line, password: pass, country: "33", outbound: {allow: ["+33", "+44"]}}
tenants:
  acme:
    numbers: {"+33100000000": {language: en}}
    queues: {billing: {%s}, technical: {}}
    agents: {anna: {password: a, queues: [billing]}, boris: {password: b, queues: [technical]}}
    ring_timeout: 8s
    wrap_up: 0s
    outbound: {trunk: carrier, number: "+33155555555", allow: ["+33"], calls: 2}
    %s
  globex:
    numbers: {"+33200000000": {language: en}}
    queues: {sales: {}, billing: {}}
    agents: {eve: {password: e, queues: [sales]}}
`

func newHouse(t *testing.T, billing, more string, args ...string) *house {
	t.Helper()
	h := &house{t: t, engine: farEngine(t)}
	h.carrier = siptest.NewPhone(t, "carrier", nil)
	at, _ := h.carrier.Addr("udp")
	h.server = serveApp(t, fmt.Sprintf(houseYAML, at, billing, more), args...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what happened:\n%s", h.journal())
		}
	})
	phone := func(name string) *siptest.Phone { return siptest.NewPhone(t, name, nil) }
	h.anna, h.boris, h.eve = phone("anna"), phone("boris"), phone("eve")
	for p, password := range map[*siptest.Phone]string{h.anna: "a", h.boris: "b", h.eve: "e"} {
		p.Login(h.sip, "udp", password)
	}
	var agents []console.Agent
	h.eventually("the agents to be there", func() bool {
		h.get("/api/v1/agents", &agents)
		n := 0
		for _, a := range agents {
			if a.State == "available" {
				n++
			}
		}
		return n == 3
	})
	return h
}

func farEngine(t *testing.T) *media.Engine {
	t.Helper()
	engine, err := media.New(media.Config{PortMin: 45000, PortMax: 46999, Quarantine: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = engine.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return engine
}

// A person is somebody on a phone, with sound.
type person struct {
	h       *house
	leg     *sip.Leg
	session *media.Session
	ear     *mediatest.Ear
}

func (h *house) person() *person {
	h.t.Helper()
	s, err := h.engine.Open(media.Options{NoVAD: true})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = s.Close() })
	p := &person{h: h, session: s, ear: mediatest.NewEar()}
	s.Hear(p.ear)
	return p
}

// calls places a call from a phone.
func (h *house) calls(from *siptest.Phone, inv sip.Invite) (*person, error) {
	h.t.Helper()
	p := h.person()
	var err error
	if inv.SDP, err = p.session.Offer(); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), siptest.Patience)
	defer cancel()
	if p.leg, err = from.Dial(ctx, inv, nil); err != nil {
		return nil, err
	}
	if err := p.session.SetAnswer(p.leg.Remote()); err != nil {
		h.t.Fatal(err)
	}
	return p, nil
}

// picks answers a call that rings.
func (h *house) picks(leg *sip.Leg) *person {
	h.t.Helper()
	p := h.person()
	p.leg = leg
	answer, err := p.session.Accept(leg.Offer())
	if err != nil {
		h.t.Fatal(err)
	}
	if err := leg.Answer(h.t.Context(), answer); err != nil {
		h.t.Fatal(err)
	}
	return p
}

// atAnna is a caller who talks with anna.
func (h *house) atAnna() (caller, anna *person) {
	h.t.Helper()
	caller, err := h.calls(siptest.NewPhone(h.t, "caller", nil), sip.Invite{To: h.uri("+33100000000")})
	if err != nil {
		h.t.Fatal(err)
	}
	anna = h.picks(h.anna.Ring())
	h.talk(caller, anna)
	return caller, anna
}

// alone reports whether nothing else runs, as in make test-slow: then it is judged how soon
// people hear each other, and that nothing is missing.
func alone() bool { return os.Getenv("CALLWARD_SLOW") != "" }

// talk checks that two hear each other within a second, both at once: half a second of a
// tone, loud enough, without a gap.
func (h *house) talk(a, b *person) {
	h.t.Helper()
	began := time.Now()
	for _, p := range []*person{a, b} {
		p.ear.Forget()
		p.session.Play(media.NewTone(p.tone(a), 0))
	}
	for _, way := range [][2]*person{{a, b}, {b, a}} {
		hz, to := way[0].tone(a), way[1]
		if to.ear.Until(siptest.Patience, func(pcm []int16) bool { return sounds(pcm, hz) }) {
			h.soon(began, hz)
		}
		mustHear(h.t, to.ear, hz)
	}
	a.session.Flush()
	b.session.Flush()
}

// tone is what one of two who talk says.
func (p *person) tone(first *person) float64 {
	if p == first {
		return 1100
	}
	return 600
}

// soon demands that no more than a second has passed.
func (h *house) soon(began time.Time, hz float64) {
	h.t.Helper()
	took := time.Since(began)
	if took <= time.Second {
		return
	}
	late := h.t.Logf // clocks lie on a busy machine
	if alone() {
		late = h.t.Errorf
	}
	late("%.0f Hz is heard after %s", hz, took)
}

// mustHear waits for half a second of a tone without a gap. A busy machine may cut all of it up:
// then 200 ms of it are enough.
func mustHear(tb testing.TB, ear *mediatest.Ear, hz float64) {
	tb.Helper()
	if alone() {
		if err := ear.Hears(siptest.Patience, 500*time.Millisecond, hz); err != nil {
			tb.Fatalf("one does not hear the other: %v", err)
		}
		return
	}
	err := ear.Hears(2*time.Second, 500*time.Millisecond, hz)
	if err != nil && !ear.Until(siptest.Patience, func(pcm []int16) bool { return sounds(pcm, hz) }) {
		tb.Fatalf("one does not hear the other: %v", err)
	}
}

// sounds reports whether a tone is in the last 200 ms.
func sounds(pcm []int16, hz float64) bool {
	const span = media.Rate / 5
	return len(pcm) >= span && mediatest.Share(pcm[len(pcm)-span:], hz) > 0.8
}

// ringback waits until the caller hears ringing.
func (h *house) ringback(caller *person) {
	h.t.Helper()
	caller.ear.Forget()
	if !caller.ear.Until(siptest.Patience, func(pcm []int16) bool { return sounds(pcm, 425) }) {
		h.t.Error("the caller hears no ringing")
	}
}

// over checks that nothing of any call is left.
func (h *house) over() {
	h.t.Helper()
	h.eventually("nothing is left", func() bool {
		if h.sip.Stats().Dialogs != 0 || h.media.Stats().Sessions != 0 || h.gate.Calls("carrier") != 0 {
			return false
		}
		calls, offers, _, err := h.pools.of("acme").Leftovers(h.t.Context())
		return err == nil && calls+offers == 0
	})
	h.metric("callward_media_ports_in_use 0")
}

// sends has somebody ask for the other side to be put through, and gives what is
// told of it.
func (p *person) sends(to string) (outcome <-chan error) {
	out := make(chan error, 1)
	go func() { out <- p.leg.Refer(p.h.t.Context(), sip.Transfer{To: to}, nil) }()
	return out
}

func codeOf(err error) int {
	if f, ok := errors.AsType[*sip.TransferFailed](err); ok {
		return f.Code
	}
	if r, ok := errors.AsType[*sip.Rejected](err); ok {
		return r.Code
	}
	return 0
}

// An agent sends a caller to a colleague: whatever becomes of that, the caller hears
// ringing, ends in the right place, and nobody's leg is left over.
func TestATransferByAnAgentTellsTheTruth(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "", "")
	for name, story := range map[string]func(caller, anna *person){
		"busy": func(caller, anna *person) {
			h.sentInVain(caller, anna, 486, func(l *sip.Leg) { _ = l.Reject(t.Context(), sip.Busy) })
		},
		"declined": func(caller, anna *person) {
			h.sentInVain(caller, anna, 603, func(l *sip.Leg) { _ = l.Reject(t.Context(), sip.Declined) })
		},
		"no answer":           func(caller, anna *person) { h.sentInVain(caller, anna, 408, func(*sip.Leg) {}) },
		"answered":            h.sentAndTaken,
		"the caller gives up": h.sentAndGone,
		"who sent him is gone, and nobody takes him": h.sentByOneWhoLeaves,
		"to a queue": h.sentToAQueue,
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			h.anotherTry()
			story(h.atAnna())
			h.over()
		})
	}
}

// sentInVain has the colleague not take the caller: anna is told, and has him back.
func (h *house) sentInVain(caller, anna *person, code int, refuse func(*sip.Leg)) {
	h.t.Helper()
	outcome := anna.sends(h.uri("boris"))
	leg := h.boris.Ring()
	h.ringback(caller)
	refuse(leg)
	if got := codeOf(<-outcome); got != code {
		h.t.Errorf("anna is told %d, not %d", got, code)
	}
	h.talk(caller, anna)
	_ = caller.leg.Hangup(h.t.Context(), sip.Normal)
	siptest.Ended(h.t, anna.leg)
}

func (h *house) sentAndTaken(caller, anna *person) {
	h.t.Helper()
	outcome := anna.sends(h.uri("boris"))
	leg := h.boris.Ring()
	h.ringback(caller)
	boris := h.picks(leg)
	if err := <-outcome; err != nil {
		h.t.Errorf("anna is told %v", err)
	}
	siptest.Ended(h.t, anna.leg)
	h.talk(caller, boris)
	_ = boris.leg.Hangup(h.t.Context(), sip.Normal)
	siptest.Ended(h.t, caller.leg)
}

func (h *house) sentAndGone(caller, anna *person) {
	h.t.Helper()
	_ = anna.sends(h.uri("boris"))
	leg := h.boris.Ring()
	_ = caller.leg.Hangup(h.t.Context(), sip.Normal)
	siptest.Ended(h.t, leg)
	siptest.Ended(h.t, anna.leg)
}

// sentByOneWhoLeaves leaves the caller in anna's queue, and she is free.
func (h *house) sentByOneWhoLeaves(caller, anna *person) {
	h.t.Helper()
	_ = anna.sends(h.uri("boris"))
	leg := h.boris.Ring()
	_ = anna.leg.Hangup(h.t.Context(), sip.Normal)
	_ = leg.Reject(h.t.Context(), sip.Declined)
	again := h.picks(h.anna.Ring())
	h.talk(caller, again)
	_ = again.leg.Hangup(h.t.Context(), sip.Normal)
	siptest.Ended(h.t, caller.leg)
}

func (h *house) sentToAQueue(caller, anna *person) {
	h.t.Helper()
	if err := <-anna.sends(h.uri("technical")); err != nil {
		h.t.Errorf("anna is told %v", err)
	}
	siptest.Ended(h.t, anna.leg)
	boris := h.picks(h.boris.Ring())
	h.talk(caller, boris)
	_ = caller.leg.Hangup(h.t.Context(), sip.Normal)
	siptest.Ended(h.t, boris.leg)
}

// stateOf is what an agent is doing, as supervisors see it.
func (h *house) stateOf(agent string) string {
	var agents []console.Agent
	h.get("/api/v1/agents?tenant=acme", &agents)
	for _, a := range agents {
		if a.Name == agent {
			return a.State
		}
	}
	return ""
}

// An agent hands a caller over who hangs up in that moment: nobody is left behind, and
// the colleague is free again.
func TestACallerWhoHangsUpAsHeIsHandedOverLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "", "")
	for range 5 {
		h.anotherTry()
		caller, anna := h.atAnna()
		asks := make(chan *person, 1)
		go func() {
			p, err := h.calls(h.anna, sip.Invite{To: h.uri("boris"), User: "anna", Password: "a"})
			if err != nil {
				t.Error(err)
			}
			asks <- p
		}()
		boris := h.picks(h.boris.Ring())
		second := <-asks
		outcome := anna.sends(second.leg.InPlace())
		_ = caller.leg.Hangup(t.Context(), sip.Normal)
		<-outcome // whatever it is, it comes
		siptest.Ended(t, anna.leg)
		_ = second.leg.Hangup(t.Context(), sip.Normal) // where the wish came too late, she still talks with boris
		siptest.Ended(t, boris.leg)
		h.over()
	}
}

// Whoever is reached outside is no agent.
func TestSomebodyOutsideCannotSendTheCallerOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, `number: "+33123456789"`, "")
	caller, err := h.calls(siptest.NewPhone(t, "caller", nil), sip.Invite{To: h.uri("+33100000000")})
	if err != nil {
		t.Fatal(err)
	}
	outside := h.picks(h.carrier.Ring())
	h.talk(caller, outside)
	for _, to := range []string{"boris", "technical", "nobody", "+33123456780"} {
		if got := codeOf(<-outside.sends(h.uri(to))); got != 403 {
			t.Errorf("to %s: %d", to, got)
		}
	}
	h.talk(caller, outside)
	_ = caller.leg.Hangup(t.Context(), sip.Normal)
	siptest.Ended(t, outside.leg)
	h.over()
}

// From the answer to a call nobody learns which agents there are.
func TestTheAnswerToACallDoesNotTellWhoIsAnAgent(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "", "")
	p := siptest.NewPhone(t, "prober", nil)
	for _, called := range []string{"boris", "nobody", "+33100000000"} {
		codes := map[int]bool{}
		for _, from := range []string{"anna", "nobody", "+33612345678"} {
			leg, err := p.Dial(t.Context(), sip.Invite{To: h.uri(called), Caller: from, SDP: siptest.SDP(9)}, nil)
			codes[codeOf(err)] = true
			if leg != nil {
				_ = leg.Hangup(t.Context(), sip.Normal)
			}
		}
		if len(codes) != 1 {
			t.Errorf("to %s: %v", called, codes)
		}
	}
}

// An agent's own call: he counts as busy meanwhile, hears why nobody answers, and a
// stop does not wait for it.
func TestAnAgentCallsAColleague(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "", "", "--drain-timeout", "100ms")
	to := sip.Invite{To: h.uri("boris"), User: "anna", Password: "a"}
	if _, err := h.calls(h.anna, to); codeOf(err) != 408 {
		t.Errorf("no answer: %v", err)
	}
	<-h.boris.Calls
	h.anotherTry()
	go func() { _ = h.boris.Ring().Reject(t.Context(), sip.Busy) }()
	if _, err := h.calls(h.anna, to); codeOf(err) != 486 {
		t.Errorf("busy: %v", err)
	}
	h.anotherTry()
	asks := make(chan *person, 1)
	go func() {
		p, err := h.calls(h.anna, to)
		if err != nil {
			t.Error(err)
		}
		asks <- p
	}()
	boris := h.picks(h.boris.Ring())
	anna := <-asks
	h.talk(anna, boris)
	for _, name := range []string{"anna", "boris"} {
		h.eventually(name+" to count as busy", func() bool { return h.stateOf(name) == string(queue.Busy) })
	}
	began := time.Now()
	h.stop()
	siptest.Ended(t, boris.leg)
	siptest.Ended(t, anna.leg)
	if err := h.ended(); err != nil {
		t.Errorf("ended with %v", err)
	}
	t.Logf("the stop took %s", time.Since(began))
}

// anotherTry ends the rest of agents who did not take a call.
func (h *house) anotherTry() {
	for _, name := range []string{"anna", "boris"} {
		if err := h.pools.of("acme").SetAgent(h.t.Context(), queue.Agent{ID: name, State: queue.Available}); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestAnAgentAsksAColleagueAndHandsTheCallerOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "", "")
	caller, anna := h.atAnna()
	for password, want := range map[string]int{"wrong": 403, "": 401} {
		_, err := h.calls(h.anna, sip.Invite{To: h.uri("boris"), From: h.anna.URI("udp"), User: userIf(password, "anna"), Password: password})
		if codeOf(err) != want {
			t.Errorf("with the password %q: %v", password, err)
		}
	}
	ringing := make(chan *sip.Leg, 1)
	go func() { ringing <- h.boris.Ring() }()
	var boris *person
	asks := make(chan *person, 1)
	go func() {
		p, err := h.calls(h.anna, sip.Invite{To: h.uri("boris"), From: h.anna.URI("udp"), User: "anna", Password: "a"})
		if err != nil {
			t.Error(err)
		}
		asks <- p
	}()
	boris = h.picks(<-ringing)
	second := <-asks
	h.talk(second, boris)
	if got := codeOf(<-anna.sends("sip:boris@x.example?Replaces=" + url.QueryEscape("nobody;to-tag=1;from-tag=2"))); got != 603 {
		t.Errorf("a call that is not hers: %d", got)
	}
	if err := <-anna.sends(second.leg.InPlace()); err != nil {
		t.Errorf("anna is told %v", err)
	}
	siptest.Ended(t, anna.leg)
	siptest.Ended(t, second.leg)
	h.talk(caller, boris)

	t.Run("a colleague picks the call up", func(t *testing.T) {
		_, replaces, _ := strings.Cut(boris.leg.InPlace(), "?Replaces=")
		replaces, _ = url.QueryUnescape(replaces)
		pick := sip.Invite{To: h.uri("boris"), Headers: map[string]string{"Replaces": replaces}}
		pick.From, pick.User, pick.Password = h.eve.URI("udp"), "eve", "e"
		if _, err := h.calls(h.eve, pick); codeOf(err) != 403 {
			t.Errorf("of another tenant: %v", err)
		}
		pick.From, pick.User = siptest.NewPhone(t, "mallory", nil).URI("udp"), ""
		if _, err := h.calls(h.carrier, pick); codeOf(err) != 401 {
			t.Errorf("of nobody known: %v", err)
		}
		pick.From, pick.User, pick.Password = h.anna.URI("udp"), "anna", "a"
		third, err := h.calls(h.anna, pick)
		if err != nil {
			t.Fatal(err)
		}
		siptest.Ended(t, boris.leg)
		h.talk(caller, third)
		h.eventually("anna to count as busy", func() bool { return h.stateOf("anna") == string(queue.Busy) })
		_ = caller.leg.Hangup(t.Context(), sip.Normal)
		siptest.Ended(t, third.leg)
		h.over()
	})
}

func userIf(password, user string) string {
	if password == "" {
		return ""
	}
	return user
}

func TestAQueueMayBeOutside(t *testing.T) {
	t.Parallel()
	h := newHouse(t, `number: "+33123456789"`, "")
	number := h.uri("+33100000000")
	ring := func(t *testing.T) (caller *person, leg *sip.Leg) {
		t.Helper()
		h.t = t
		caller, err := h.calls(siptest.NewPhone(t, "caller", nil), sip.Invite{To: number})
		if err != nil {
			t.Fatal(err)
		}
		leg = h.carrier.Ring()
		if leg.Called() != "+33123456789" || leg.Caller() != "+33155555555" {
			t.Errorf("called %s as %s", leg.Called(), leg.Caller())
		}
		h.ringback(caller)
		return caller, leg
	}
	t.Run("answered", func(t *testing.T) {
		caller, leg := ring(t)
		outside := h.picks(leg)
		h.talk(caller, outside)
		h.metric(`callward_outbound_calls_active{trunk="carrier"} 1`)
		_ = outside.leg.Hangup(t.Context(), sip.Normal)
		siptest.Ended(t, caller.leg)
		h.over()
	})
	t.Run("busy", func(t *testing.T) {
		caller, leg := ring(t)
		_ = leg.Reject(t.Context(), sip.Busy)
		siptest.Ended(t, caller.leg)
		h.over()
	})
	t.Run("the caller gives up", func(t *testing.T) {
		caller, leg := ring(t)
		_ = caller.leg.Hangup(t.Context(), sip.Normal)
		siptest.Ended(t, leg)
		h.over()
	})
}

func TestTheCallersNetworkMayTakeTheCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, `number: "+33123456789", by: refer`, "")
	at, _ := h.carrier.Addr("udp")
	refer := func(t *testing.T) (caller *person, r *sip.Referral) {
		t.Helper()
		h.t = t
		caller, err := h.calls(siptest.NewPhone(t, "caller", nil), sip.Invite{To: h.uri("+33100000000")})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case r = <-caller.leg.Referrals():
		case <-time.NewTimer(siptest.Patience).C:
			t.Fatal("no REFER came")
		}
		if r.To != "+33123456789" {
			t.Errorf("to %s at %s", r.To, at)
		}
		return caller, r
	}
	t.Run("and says so", func(t *testing.T) {
		caller, r := refer(t)
		_ = r.Accept()
		h.ringback(caller)
		r.Notify(180)
		r.Notify(200)
		siptest.Ended(t, caller.leg)
		h.over()
	})
	t.Run("in vain", func(t *testing.T) {
		caller, r := refer(t)
		_ = r.Accept()
		r.Notify(486)
		siptest.Ended(t, caller.leg) // told that nobody can take the call: the queue is that number alone
		h.over()
	})
	t.Run("or does not do such things: we call", func(t *testing.T) {
		caller, r := refer(t)
		_ = r.Reject(sip.NotAcceptable)
		outside := h.picks(h.carrier.Ring())
		h.talk(caller, outside)
		_ = caller.leg.Hangup(t.Context(), sip.Normal)
		siptest.Ended(t, outside.leg)
		h.over()
	})
}

func TestWhatTheCallersNetworkDoesNotTellIsNotTakenForDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, `number: "+33123456789", by: refer`, "")
	w, _, _ := h.wire("untold")
	w.Send(responseTo(w.Expect("REFER"), 202)) // and no NOTIFY, ever
	h.eventually("it counts as failed", func() bool { return strings.Contains(h.journal(), "agent.failed  no_answer ") })
	w.Send(responseTo(w.Expect("BYE"), 200)) // told that nobody can take the call: the queue is that number alone
	h.over()
}

// wire places a call by hand.
func (h *house) wire(id string) (w *siptest.Wire, uri, tag string) {
	h.t.Helper()
	caller := h.person()
	offer, err := caller.session.Offer()
	if err != nil {
		h.t.Fatal(err)
	}
	w, uri = siptest.NewWire(h.t, h.sip, "tcp"), siptest.URI(h.sip, "+33100000000", "tcp")
	invite := siptest.Request("INVITE", uri, "z9hG4bKwire1"+id, id, "", 1, "Content-Type: application/sdp\n")
	w.Send(invite + "\n" + string(offer))
	tag = w.Expect("SIP/2.0 200").Tag("To")
	w.Send(siptest.Request("ACK", uri, "z9hG4bKwire2"+id, id, tag, 1, ""))
	return w, uri, tag
}

func TestTheCallersNetworkMayJoinTheTwo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, `number: "+33123456789", by: join`, "")
	t.Run("or not: they stay joined here", func(t *testing.T) {
		h.t = t
		caller, err := h.calls(siptest.NewPhone(t, "caller", nil), sip.Invite{To: h.uri("+33100000000")})
		if err != nil {
			t.Fatal(err)
		}
		outside := h.picks(h.carrier.Ring())
		h.talk(caller, outside)
		h.eventually("the refusal is told", func() bool { return strings.Contains(h.journal(), "not joined without us: unsupported") })
		h.talk(caller, outside)
		_ = caller.leg.Hangup(t.Context(), sip.Normal)
		siptest.Ended(t, outside.leg)
		h.over()
	})
	t.Run("by Replaces", func(t *testing.T) {
		h.t = t
		w, uri, tag := h.wire("join")
		outside := h.picks(h.carrier.Ring())
		refer := w.Expect("REFER")
		to, replaces, _ := strings.Cut(strings.Trim(refer.Header("Refer-To"), "<>"), "?Replaces=")
		replaces, _ = url.QueryUnescape(replaces)
		if to == "" || !strings.HasSuffix(replaces, ";to-tag="+outside.leg.ID()+";from-tag="+strings.Split(replaces, "from-tag=")[1]) {
			t.Errorf("Refer-To is %s, %s", to, replaces)
		}
		w.Send(responseTo(refer, 202))
		_ = outside.leg.Hangup(t.Context(), sip.Elsewhere) // its place is taken
		w.Send(siptest.Request("NOTIFY", uri, "z9hG4bKjoin3", "join", tag, 2,
			"Event: refer\nSubscription-State: terminated;reason=noresource\nContent-Type: message/sipfrag\n") + "\nSIP/2.0 200 OK\n")
		w.Send(responseTo(w.Expect("BYE"), 200))
		h.over()
	})
}

// responseTo answers a request that came to a wire.
func responseTo(req siptest.Message, code int) string {
	text := fmt.Sprintf("SIP/2.0 %d X\n", code)
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range req.Headers(name) {
			text += name + ": " + v + "\n"
		}
	}
	return text
}

// journal is what happened so far, as text.
func (h *house) journal() string {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	entries, _ := h.App.journal.Next(ctx, 0)
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %s %s %s\n", e.Kind, e.Agent, e.Reason, e.Text)
	}
	return b.String()
}

// Transfer fraud: wherever a wish comes from, the same gate stands before the trunk.
func TestNothingIsCalledThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "", "")
	caller, anna := h.atAnna()
	frauds := []string{
		"+33899123456", "0899123456", // premium, as E.164 and as at home writes it
		"+44791112345", "0044791112345", // abroad: the trunk would, the tenant does not
		"+33100000000", "0100000000", // our own
		"+33200000000",                         // another tenant's
		"+881612345678", "112", "eve", "sales", // satellite, emergency, another tenant's agent and queue
		"+33123456789%40evil.example", "carrier",
	}
	for _, to := range frauds {
		if got := codeOf(<-anna.sends("sip:" + to + "@127.0.0.1")); got != 403 {
			t.Errorf("a transfer to %s is answered %d", to, got)
		}
	}
	calls := 0
	for _, to := range frauds[:8] {
		if to == "+33100000000" || to == "+33200000000" {
			continue // called as anybody calls a line
		}
		calls++
		inv := sip.Invite{To: h.uri(to), From: h.anna.URI("udp"), User: "anna", Password: "a"}
		if _, err := h.calls(h.anna, inv); codeOf(err) != 403 {
			t.Errorf("a call to %s: %v", to, err)
		}
	}
	if got := codeOf(<-caller.sends("sip:+33123456789@127.0.0.1")); got != 403 {
		t.Errorf("the caller's own wish is answered %d", got)
	}
	h.talk(caller, anna)
	select {
	case l := <-h.carrier.Calls:
		t.Errorf("%s was called", l.Called())
	default:
	}
	var audit []console.AuditEvent
	h.get("/api/v1/audit", &audit)
	refused := 0
	for _, e := range audit {
		if e.Action == "outbound" && strings.HasPrefix(e.Result, "refused: ") {
			refused++
		}
		if strings.Contains(e.Result, "3899123456") {
			t.Errorf("the audit shows a number: %s", e.Result)
		}
	}
	if want := len(frauds) + calls; refused != want {
		t.Errorf("%d refusals in the audit, not %d", refused, want)
	}
	_ = caller.leg.Hangup(t.Context(), sip.Normal)
	h.over()
}

// withExtensions is the bundled assistant of tests with one task more: who knows a
// number is put through to it.
func withExtensions(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(small(t), "energy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), "keys:\n    1: {intent: hours,", "keys:\n    2: {intent: extension, say: {en: Numbers are two., fr: Numéros deux.}}\n    1: {intent: hours,", 1)
	text += `  extension:
    slots: {number: {kind: digits, length: 10, ask: {en: The number?, fr: Le numéro ?}, confirm: {en: "{number}, right?", fr: "{number}, c'est cela ?"}}}
    say: {en: One moment., fr: Un instant.}
    transfer: "{number}"
    examples: {en: [connect me to a number, put me through to a number], fr: [passez moi un numéro, je veux un numéro]}
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "energy.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A caller may be put through to a number that he keys or says, if it is allowed; if
// it is not, a human takes him.
func TestANumberThatIsKeyedOrSaidPassesTheGate(t *testing.T) {
	t.Parallel()
	for number, words := range map[string]string{
		"0899123456": "zero eight nine nine one two three four five six",
		"0123456789": "zero one two three four five six seven eight nine",
	} {
		for _, way := range []string{"keyed", "said"} {
			t.Run(number+way, func(t *testing.T) {
				t.Parallel() // it is mostly waiting
				socket := filepath.Join(t.TempDir(), "s.sock")
				speaks(t, socket, asrtest.Say("connect me to a number", words, "yes"))
				args := []string{"--assistants", withExtensions(t), "--tts", "unix:" + socket}
				if way == "said" {
					args = append(args, "--asr", "unix:"+socket)
				}
				h := newHouse(t, "", "", args...)
				if way == "said" {
					h.eventually("speech to be ready", h.speech.isReady)
				}
				caller, err := h.calls(siptest.NewPhone(t, "caller", nil), sip.Invite{To: h.uri("+33100000000")})
				if err != nil {
					t.Fatal(err)
				}
				h.asks(caller, way, number)
				phone, called, result := h.carrier, "+33123456789", "called +33123xxxxxx by trunk carrier"
				if number[1] == '8' {
					phone, called, result = h.anna, "anna", "refused: +33899xxxxxx is not called: a premium or satellite number (by the tenant's policy)"
				}
				leg := phone.Ring()
				if leg.Called() != called {
					t.Errorf("called %s", leg.Called())
				}
				h.talk(caller, h.picks(leg))
				var audit []console.AuditEvent
				h.get("/api/v1/audit", &audit)
				if len(audit) == 0 || audit[0].Result != result {
					t.Errorf("audit: %+v", audit)
				}
				_ = caller.leg.Hangup(t.Context(), sip.Normal)
				h.over()
			})
		}
	}
}

// asks answers the bot, by key or with sounds that the engine takes for its script.
func (h *house) asks(caller *person, way, number string) {
	h.t.Helper()
	for _, keys := range []string{"2", number + "#", "1"} {
		done := h.waitsFor(caller)
		if way == "said" {
			caller.session.Play(media.NewTone(300, 800*time.Millisecond))
		} else if _, err := caller.session.SendDigits(keys); err != nil {
			h.t.Fatal(err)
		}
		h.eventually("the bot to take it", func() bool { return !h.listens(caller) || h.waitsFor(caller) > done })
	}
}

// waitsFor waits until the bot listens, and says how often it has begun to.
func (h *house) waitsFor(caller *person) (times int) {
	h.t.Helper()
	h.eventually("the bot to listen", func() bool { return h.listens(caller) })
	return strings.Count(h.journal(), string(call.KindBotDone))
}

func (h *house) listens(*person) bool {
	live := h.live()
	return len(live) == 1 && live[0].State == call.StateListening.String()
}

// speaks serves engines that follow a script on a socket.
func speaks(t *testing.T, socket string, script []asrtest.Turn) {
	t.Helper()
	l, err := net.Listen("unix", socket) //nolint:noctx // a bind does not wait
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	asrv1.RegisterAsrServiceServer(g, &asrtest.Server{Script: script})
	ttsv1.RegisterTtsServiceServer(g, &ttstest.Tone{})
	healthv1.RegisterHealthServer(g, health.NewServer())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = g.Serve(l)
	}()
	t.Cleanup(func() { g.Stop(); <-served })
}

// What is left when the time to drain is over is not cut off: a tenant's refuge takes
// it, or it is told goodbye. A test call has nobody to wait for, however long that
// takes others.
func TestAStopHandsCallersToTheRefuge(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "", `refuge: "+33123456789"`, "--drain-timeout", "100ms", "--test-numbers")
	caller, anna := h.atAnna()
	tester, err := h.calls(siptest.NewPhone(t, "tester", nil), sip.Invite{To: h.uri("echo")})
	if err != nil {
		t.Fatal(err)
	}
	h.stop()
	var r *sip.Referral
	select {
	case r = <-caller.leg.Referrals():
	case <-time.NewTimer(siptest.Patience).C:
		t.Fatal("no REFER came")
	}
	if r.To != "+33123456789" {
		t.Errorf("to %s", r.To)
	}
	siptest.Ended(t, anna.leg)
	siptest.Ended(t, tester.leg)
	_ = r.Accept()
	r.Notify(200)
	if err := h.ended(); err != nil {
		t.Errorf("ended with %v", err)
	}
	siptest.Ended(t, caller.leg)
	if !strings.Contains(h.journal(), "call.ended  transferred") {
		t.Errorf("journal:\n%s", h.journal())
	}
}

func TestAStopTellsCallersGoodbye(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s.sock")
	speaks(t, socket, nil)
	h := newHouse(t, "", "", "--drain-timeout", "100ms", "--tts", "unix:"+socket)
	caller, err := h.calls(siptest.NewPhone(t, "caller", nil), sip.Invite{To: h.uri("+33100000000")})
	if err != nil {
		t.Fatal(err)
	}
	h.waitsFor(caller)
	h.stop()
	if err := h.ended(); err != nil {
		t.Errorf("ended with %v", err)
	}
	siptest.Ended(t, caller.leg)
	if story := h.journal(); !strings.Contains(story, "bot.played   Nobody.") || !strings.Contains(story, "call.ended  server stopping") {
		t.Errorf("journal:\n%s", story)
	}
}

// We are registered where a trunk wants it, as configured now; a trunk that refuses
// us does not bring the server down.
func TestTheLineRegistersAtATrunk(t *testing.T) {
	t.Parallel()
	carrier := siptest.NewPhone(t, "carrier", func(c *sip.Config) {
		c.Credentials = func(user string) (string, bool) { return "pass", user == "line" }
	})
	at, _ := carrier.Addr("udp")
	config := func(password string) string {
		return fmt.Sprintf("trunks: {carrier: {from: [127.0.0.1], to: \"sip:%s\", user: line, password: %s, register: true}}\n", at, password)
	}
	s := serveApp(t, config("pass"), "--test-numbers")
	s.metric(`callward_trunk_registered{trunk="carrier"} 1`)
	contact, ok := carrier.Locate("line")
	if !ok {
		t.Fatal("the trunk does not know us")
	}
	leg, session, heard := speaking(t, carrier, strings.Replace(contact, "line@", "echo@", 1))
	echoes(t, session, heard)
	_ = leg.Hangup(t.Context(), sip.Normal)
	s.write(config("wrong"))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	s.metric(`callward_trunk_registered{trunk="carrier"} 0`)
	s.write(config("pass"))
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	s.metric(`callward_trunk_registered{trunk="carrier"} 1`)
	s.write("trunks: {carrier: {from: [127.0.0.1]}}\n")
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	s.eventually("the registration to be taken back", func() bool {
		_, ok := carrier.Locate("line")
		return !ok
	})
}
