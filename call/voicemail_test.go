package call_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
)

// box keeps the last message.
type box struct {
	mu   sync.Mutex
	last call.Message
}

func (b *box) Put(_ context.Context, m call.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = m
	return nil
}

func (b *box) message() (m call.Message, pcm []int16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pcm = make([]int16, len(b.last.Sound))
	g711.PCMU.Decode(pcm, b.last.Sound)
	return b.last, pcm
}

// asksForAMessage is a caller who waits, and then may say a message.
func (b *bench) asksForAMessage(kept call.Messages) (caller *peer, done <-chan error) {
	b.t.Helper()
	b.deps.Messages = kept
	b.more = func(s *call.Setup) {
		s.Voicemails = map[string]call.Voicemail{"people": {After: 500 * time.Millisecond, Longest: time.Minute, Silence: 3 * time.Second}}
	}
	caller, done = b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.awaitTold(call.KindMessage, "offered")
	if _, err := caller.session.SendDigits("3"); err != nil {
		b.t.Fatal(err)
	}
	b.awaitTold(call.KindMessage, "asked for by the caller, by key")
	b.awaitTold(call.KindBotPlayed, "after the tone")
	return caller, done
}

func TestAMessageIsKeptWithItsSoundAndWhatWasUnderstood(t *testing.T) {
	b := newBench(t, "my bill is wrong", "please call me tomorrow")
	kept := &box{}
	caller, done := b.asksForAMessage(kept)
	caller.session.Play(media.NewTone(700, 1500*time.Millisecond))
	b.awaitTold(call.KindCallerSaid, "tomorrow")
	if _, err := caller.session.SendDigits("#"); err != nil {
		t.Fatal(err)
	}
	b.ended(done)
	m, pcm := kept.message()
	if share := mediatest.Share(mediatest.Sounding(pcm), 700); share < 0.9 || len(mediatest.Sounding(pcm)) < media.Rate {
		t.Errorf("%d samples, %.0f %% of them the caller:\n%s", len(pcm), share*100, b.story())
	}
	if m.Call != "c1" || m.Queue != "people" || m.Text.String() != "please call me tomorrow" || m.Summary.String() != "A wrong bill." {
		t.Errorf("message %+v", m)
	}
	r, err := b.deps.Records.Get(t.Context(), "acme", "c1")
	if err != nil || r.Message != m.Length || r.Cause != string(call.CauseMessage) {
		t.Errorf("record %+v, %v", r, err)
	}
	b.clean()
}

// A card that is said in a message is neither in its text nor in its sound, whoever hangs up
// right after it.
func TestACardInAMessageIsSilent(t *testing.T) {
	b := newBenchWith(t, append(asrtest.Say("my bill is wrong"), asrtest.Say("4539 1488 0343 6467")...))
	kept := &box{}
	caller, done := b.asksForAMessage(kept)
	caller.session.Play(media.NewTone(700, 1500*time.Millisecond))
	time.Sleep(1200 * time.Millisecond) //nolint:forbidigo // the caller speaks
	caller.leave()
	b.ended(done)
	m, pcm := kept.message()
	if sound := mediatest.Sounding(pcm); len(sound) > media.Rate/2 {
		t.Errorf("%d samples of a card are heard, text %q:\n%s", len(sound), m.Text, b.story())
	}
}
