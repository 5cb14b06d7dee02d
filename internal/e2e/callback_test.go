package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

const callbackYAML = `version: 1
trunks:
  local: {from: [127.0.0.1]}
  carrier: {from: [192.0.2.1], to: "sip:%s", country: "33", outbound: {allow: ["+33"]}}
tenants:
  acme:
    numbers: {"+33100000000": {language: en}}
    queues: {billing: {callback: {after: 5s, delay: 2s}}, technical: {}, emergency: {}}
    agents: {anna: {password: a, queues: [billing]}}
    outbound: {trunk: carrier, number: "+33155555555", allow: ["+33"]}
`

// A speaker is a caller with a voice of their own.
type speaker struct {
	t       *testing.T
	l       *line
	leg     *sip.Leg
	session *media.Session
	ear     *mediatest.Ear
	events  *buffer
	id      call.ID
}

func newSpeaker(t *testing.T, l *line, events *buffer, codecs ...string) *speaker {
	t.Helper()
	s := &speaker{t: t, l: l, events: events, session: farSession(t, codecs...), ear: mediatest.NewEar()}
	s.session.Hear(s.ear)
	return s
}

func (s *speaker) calls(from string) {
	s.t.Helper()
	offer, err := s.session.Offer()
	if err == nil {
		s.leg, err = siptest.NewPhone(s.t, "caller"+from, nil).Dial(s.t.Context(), sip.Invite{
			To: "sip:+33100000000@" + s.l.sip, Caller: from, SDP: offer,
		}, nil)
	}
	if err == nil {
		err = s.session.SetAnswer(s.leg.Remote())
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.id = call.ID(s.leg.Header("X-Callward-Call"))
}

func (s *speaker) picks(leg *sip.Leg) {
	s.t.Helper()
	s.leg = leg
	answer, err := s.session.Accept(leg.Offer())
	if err == nil {
		err = leg.Answer(s.t.Context(), answer)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// after waits until the call's journal has an entry with a text or reason such as that.
func (s *speaker) after(kind call.Kind, what string) {
	s.t.Helper()
	s.l.waitFor(fmt.Sprintf("%s %q", kind, what), time.Minute, func() bool {
		for text := range strings.Lines(s.events.String()) {
			var e call.Entry
			data, ok := strings.CutPrefix(text, "data: ")
			if !ok {
				data, ok = strings.CutPrefix(text, "data:")
			}
			if ok && json.Unmarshal([]byte(data), &e) == nil && e.Call == s.id && e.Kind == kind && strings.Contains(e.Text.String()+e.Reason, what) {
				return true
			}
		}
		return false
	})
}

// listens collects what the line tells of its calls.
func listens(t *testing.T, l *line) *buffer {
	t.Helper()
	events := &buffer{}
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.http+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+l.token())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(events, res.Body) })
	t.Cleanup(func() { cancel(); reading.Wait(); _ = res.Body.Close() })
	return events
}

func (s *speaker) says(words string) {
	s.t.Helper()
	pcm, err := voice.Default("en").Render(s.t.Context(), words)
	if err != nil {
		s.t.Fatal(err)
	}
	s.session.Play(media.NewClip(pcm))
}

func TestACallbackIsAcceptedByVoiceAndPlacedLaterWithTheOldPosition(t *testing.T) {
	needs(t, "flite")
	t.Parallel()
	carrier, anna := siptest.NewPhone(t, "carrier", nil), siptest.NewPhone(t, "anna", nil)
	at, _ := carrier.Addr("udp")
	file := filepath.Join(t.TempDir(), "callward.yaml")
	write(t, file, fmt.Sprintf(callbackYAML, at))
	l := startLine(t, "--config", file).ready()

	defer talks()()
	events := listens(t, l)
	first := newSpeaker(t, l, events)
	first.calls("+33611111111")
	first.after(call.KindBotDone, "")
	first.says("I want to talk to a person")
	first.after(call.KindBotPlayed, "Would you rather be called back")
	first.says("call me back please")
	first.after(call.KindBotPlayed, "For another number")
	first.says("yes")
	<-first.leg.Done()
	first.after(call.KindCallback, "asked for by the caller, by voice")

	second := newSpeaker(t, l, events)
	second.calls("+33622222222")
	second.after(call.KindBotDone, "")
	second.says("I want to talk to a person")
	second.after(call.KindQueued, "")

	ctx, cancel := context.WithCancel(t.Context())
	var registered sync.WaitGroup
	registered.Go(func() {
		_ = anna.Register(ctx, sip.Registration{Registrar: "sip:" + l.sip, User: "anna", Password: "a", Expires: time.Minute})
	})
	t.Cleanup(func() { cancel(); registered.Wait() })
	agent, again := newSpeaker(t, l, events), newSpeaker(t, l, events)
	agent.picks(anna.Ring())
	again.picks(carrier.Ring()) // the first, though the second waits on the line
	agent.hearsOf(again)
	again.hearsOf(agent)
	for _, s := range []*speaker{again, second} {
		_ = s.leg.Hangup(t.Context(), sip.Normal)
	}
	<-agent.leg.Done()
	if n, _ := l.metric("callward_queue_called_back_total"); n != 1 {
		t.Errorf("%v callbacks were counted", n)
	}
}

// hearsOf checks that sound comes from the other.
func (s *speaker) hearsOf(other *speaker) {
	s.t.Helper()
	other.session.Play(media.NewTone(900, 0))
	if err := s.ear.Hears(siptest.Patience, 500*time.Millisecond, 900); err != nil {
		s.t.Errorf("one does not hear the other: %v", err)
	}
	other.session.Flush()
}
