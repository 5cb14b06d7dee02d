package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

const whisperYAML = `version: 1
trunks:
  local: {from: [127.0.0.1]}
  carrier: {from: [192.0.2.1], to: "sip:127.0.0.1:9", country: "33", outbound: {allow: ["+33"]}}
tenants:
  acme:
    numbers: {"+33100000000": {language: en}}
    queues: {billing: {whisper: ask, ring_timeout: 3m, callback: {after: 3s}}, technical: {}, emergency: {}}
    agents: {anna: {password: a, queues: [billing]}, boris: {password: b, queues: [billing]}}
    outbound: {trunk: carrier, number: "+33155555555", allow: ["+33"]}
`

// What is whispered of a caller who pays in instalments, and what is not.
const (
	ofInstalments = "wants to pay in instalments of forty euros a month"
	ofAComplaint  = "complains about a bill or the service"
	ofAPowerCut   = "reports a power cut"
)

// A caller says what it is about, keys an amount, and hears the place in the queue. The
// first agent hears of it and declines; the second hears of it, takes the caller, and only
// then do the two hear each other.
func TestASpokenCallIsWhisperedToOneWhoDeclinesAndOneWhoTakesIt(t *testing.T) {
	needs(t, "flite")
	judge := newJudgeOf(t, "en", ofInstalments, ofAComplaint, ofAPowerCut, "new call", "to take it press one to decline press two")
	anna, boris := siptest.NewPhone(t, "anna", nil), siptest.NewPhone(t, "boris", nil)
	file := filepath.Join(t.TempDir(), "callward.yaml")
	write(t, file, whisperYAML)
	l := startLine(t, "--config", file).ready()

	events := listens(t, l)
	caller := newSpeaker(t, l, events)
	caller.calls("+33611111111")
	caller.after(call.KindBotDone, "")
	caller.says("I would like to pay in instalments")
	caller.after(call.KindBotSaid, "How many euros")
	caller.keys("40#")
	caller.after(call.KindBotSaid, "Is that right?")
	caller.keys("1")
	caller.after(call.KindQueued, "Wants to pay in instalments of")
	caller.after(call.KindBotPlayed, "You are next")

	signsIn(t, l, anna, "anna", "a")
	first := newSpeaker(t, l, events)
	first.picks(anna.Ring())
	if heard := judge.among(first.until(ofInstalments, judge)); !heard[ofInstalments] {
		t.Errorf("who is to decline hears %v", heard)
	}
	signsIn(t, l, boris, "boris", "b")
	first.keys("2")
	<-first.leg.Done()
	caller.after(call.KindAgentFailed, "declined")

	second := newSpeaker(t, l, events)
	leg := boris.Ring()
	caller.ear.Forget()
	second.picks(leg)
	second.session.Play(media.NewTone(600, 0))
	caller.session.Play(media.NewTone(900, 0))
	whispered := second.until(ofInstalments, judge)
	if heard := judge.among(whispered); !heard[ofInstalments] || heard[ofAComplaint] || heard[ofAPowerCut] {
		t.Errorf("who is to take the caller hears %v", heard)
	}
	if share := mediatest.Share(mediatest.Sounding(whispered), 900); share > 0.1 {
		t.Errorf("%.0f %% of what the agent hears before the caller is joined is the caller", share*100)
	}
	waiting := mediatest.Sounding(caller.ear.PCM())
	if share := mediatest.Share(waiting, 600); share > 0.1 || len(waiting) == 0 {
		t.Errorf("of %d samples that the caller hears while another is told of the call, %.0f %% are the agent", len(waiting), share*100)
	}
	if heard := judge.among(waiting); heard[ofInstalments] {
		t.Error("the caller hears what is whispered")
	}
	second.session.Flush()
	caller.session.Flush()
	second.keys("1")
	caller.after(call.KindBridged, "")
	second.hearsOf(caller)
	caller.hearsOf(second)
	_ = caller.leg.Hangup(t.Context(), sip.Normal)
	<-second.leg.Done()
	l.isClean()
}

// signsIn registers an agent's phone until the test ends.
func signsIn(t *testing.T, l *line, p *siptest.Phone, user, password string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var registered sync.WaitGroup
	registered.Go(func() {
		_ = p.Register(ctx, sip.Registration{Registrar: "sip:" + l.sip, User: user, Password: password, Expires: time.Minute})
	})
	t.Cleanup(func() { cancel(); registered.Wait() })
}

// keys presses keys.
func (s *speaker) keys(digits string) {
	s.t.Helper()
	if _, err := s.session.SendDigits(digits); err != nil {
		s.t.Fatal(err)
	}
}

// until gives what is heard up to the end of some words, or for as long as they may take.
func (s *speaker) until(words string, j *judge) []int16 {
	s.t.Helper()
	const pause, longest = rate / 2, 20
	for heard := 0; heard < longest*rate; {
		if !s.ear.Until(siptest.Patience, func(pcm []int16) bool { return len(pcm) >= heard+rate }) {
			break
		}
		pcm := s.ear.PCM()
		heard = len(pcm)
		quiet := loudness(pcm[max(0, len(pcm)-pause):]) < 50
		if said := mediatest.Sounding(pcm); len(said) > 2*rate && quiet && j.among(said)[words] {
			return pcm
		}
	}
	return s.ear.PCM()
}

// newJudgeOf makes a judge that knows some phrases and nothing else.
func newJudgeOf(t *testing.T, lang string, phrases ...string) *judge {
	t.Helper()
	j := &judge{t: t, prompts: phrases}
	spec := recog.Spec{Languages: []string{lang}, Expect: recog.Menu}
	for _, p := range phrases {
		spec.Hints = append(spec.Hints, recog.Hint{Phrase: p, Class: "menu"}, recog.Hint{Phrase: p, Class: "example"})
	}
	var err error
	j.engine, err = recog.New(recog.Config{Models: []recog.ModelConfig{modelOf(t, lang)}, Threads: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.engine.Close)
	if j.task, err = j.engine.Prepare(t.Context(), spec); err != nil {
		t.Fatal(fmt.Errorf("teach the judge: %w", err))
	}
	return j
}

// among gives which of the phrases are in a sound, each between two pauses.
func (j *judge) among(pcm []int16) map[string]bool {
	heard := map[string]bool{}
	for _, piece := range pieces(pcm) {
		if p := j.hear(piece); p != "" {
			heard[p] = true
		}
	}
	return heard
}

// pieces cuts a sound where nothing is heard for a while.
func pieces(pcm []int16) (out [][]int16) {
	const block, pause = rate / 50, 9 // 180 ms
	begin, quiet := -1, 0
	for i := 0; i+block <= len(pcm); i += block {
		switch loud := loudness(pcm[i:i+block]) > 150; {
		case loud && begin < 0:
			begin, quiet = i, 0
		case loud:
			quiet = 0
		case begin >= 0:
			if quiet++; quiet == pause {
				out, begin = append(out, pcm[begin:i]), -1
			}
		}
	}
	if begin >= 0 {
		out = append(out, pcm[begin:])
	}
	return out
}
