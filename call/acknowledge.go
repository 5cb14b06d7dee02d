package call

import (
	"context"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

// What who dials a code hears: a short high tone if it was done, a long low one if not.
const (
	doneHz   = 1000
	doneTime = 200 * time.Millisecond
	failHz   = 300
	failTime = 800 * time.Millisecond

	acknowledging = 3 * time.Second // at most, if the sound is not taken
)

// Acknowledge lets who dialled a code hear whether it was done, and hangs up.
func Acknowledge(ctx context.Context, p Party, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, acknowledging)
	defer cancel()
	tone := media.NewTone(failHz, failTime)
	if ok {
		tone = media.NewTone(doneHz, doneTime)
	}
	p.session.Play(tone)
	for over := false; !over; {
		over = played(ctx, p)
	}
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer stop()
	_ = p.leg.Hangup(end, sip.Normal) // who is gone has heard what there was to hear
	_ = p.session.Close()
}

// played takes the next thing that happens, and reports whether nothing more is to be
// waited for.
func played(ctx context.Context, p Party) bool {
	select {
	case ev, ok := <-p.session.Events():
		return !ok || ev.Kind == media.PlayDone || ev.Kind == media.Broken
	case answer := <-p.leg.Answers():
		return p.session.SetAnswer(answer) != nil
	case r := <-p.leg.Reoffers():
		return r.AnswerWith(p.session.Reply) != nil
	case <-p.leg.Done():
		return true
	case <-ctx.Done():
		return true
	}
}
