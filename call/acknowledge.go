package call

import (
	"context"
	"sync"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/tts"
)

// What who dials a code hears: a short high tone if it was done, a long low one if not.
const (
	doneHz   = 1000
	doneTime = 400 * time.Millisecond // of which a phone that is hung up on may lose what it had yet to play
	failHz   = 300
	failTime = 800 * time.Millisecond

	acknowledging = 8 * time.Second // at most, if the sound is not taken, or words are late
)

// An Acknowledgement is what who dialled a code hears.
type Acknowledgement struct {
	Done  bool
	Words redact.Safe // after the tone; empty: none
	By    Synthesizer // of the words; nil: they are not said
	Voice tts.Voice
}

// Acknowledge lets who dialled a code hear whether it was done, and hangs up.
func Acknowledge(ctx context.Context, p Party, a Acknowledgement) {
	within, cancel := context.WithTimeout(ctx, acknowledging)
	tone := media.NewTone(failHz, failTime)
	if a.Done {
		tone = media.NewTone(doneHz, doneTime)
	}
	last, said := p.session.Play(tone), make(chan media.Gen, 1)
	var saying sync.WaitGroup
	saying.Go(func() { said <- a.tell(within, p.session) })
	hear(within, p, last, said)
	cancel()
	saying.Wait()
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer stop()
	_ = p.leg.Hangup(end, sip.Normal) // who is gone has heard what there was to hear
	_ = p.session.Close()
}

// tell plays the words, and gives 0 if there are none, or they cannot be spoken.
func (a Acknowledgement) tell(ctx context.Context, s *media.Session) media.Gen {
	if a.Words.Empty() || a.By == nil {
		return 0
	}
	gen, _ := tell(ctx, a.By, s, a.Words, a.Voice) // the tone has said the most of it
	return gen
}

// hear waits until the sound last, and what said gives after it, have been played, or nobody
// is there to hear them.
func hear(ctx context.Context, p Party, last media.Gen, said <-chan media.Gen) {
	played, over := map[media.Gen]bool{}, false
	for !over {
		select {
		case gen := <-said:
			said, last = nil, max(last, gen)
		case ev, ok := <-p.session.Events():
			played[ev.Gen] = played[ev.Gen] || ev.Kind == media.PlayDone
			over = !ok || ev.Kind == media.Broken
		case answer := <-p.leg.Answers():
			over = p.session.SetAnswer(answer) != nil
		case r := <-p.leg.Reoffers():
			over = r.AnswerWith(p.session.Reply) != nil
		case <-p.leg.Done():
			over = true
		case <-ctx.Done():
			over = true
		}
		over = over || said == nil && played[last]
	}
}
