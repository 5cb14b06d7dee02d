package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// timed applies a rule about time in each language.
func timed(rule func(*probe, *conversation) error) func(context.Context, *probe) error {
	return func(ctx context.Context, p *probe) error {
		return p.eachLanguage(func(l string) error {
			c, err := p.conversation(ctx, l)
			return inTime(ctx, func() (time.Duration, error) {
				if err != nil {
					return 0, err
				}
				if err = rule(p, c); err == nil || c.late <= tooLate {
					return 0, err
				}
				late, fault := c.late, err
				c = p.converse(ctx, p.config(l), l) // anew
				err = c.err
				return late, fault
			})
		})
	}
}

const (
	// tooLate is how late this program may wake up: more, and it is no judge of an
	// engine's time, which may well run on the same machine.
	tooLate = 50 * time.Millisecond
	// timesTried is how often a check of time is tried on a machine that is too busy.
	timesTried = 3
)

// inTime tries a check of time, which says how late this program was, until it passes or
// this program was in time itself.
func inTime(ctx context.Context, try func() (late time.Duration, err error)) error {
	worst := time.Duration(0)
	for n := 1; ; n++ {
		late, err := try()
		worst = max(worst, late)
		over := ctx.Err() != nil // there is no time for more
		switch {
		case err == nil, worst <= tooLate, late <= tooLate && !over:
			return err
		case n == timesTried, over:
			return unknown("this machine was too busy to tell (%v, but this program itself was up to %v late): run it again where less runs", err, worst.Round(time.Millisecond))
		}
	}
}

// mostSilence is how long progress may be away before it fails the check.
const mostSilence = 400 * time.Millisecond

func progress(p *probe, c *conversation) error {
	if !p.caps.GetProgress() {
		return skip("progress is not claimed")
	}
	at, offset := c.first, int64(-1)
	for _, e := range c.got {
		m := e.m.GetProgress()
		if m == nil || e.at.After(c.last) {
			continue
		}
		if d := e.at.Sub(at); d > mostSilence {
			return fmt.Errorf("no progress for %v", d.Round(time.Millisecond))
		}
		if m.GetOffsetSamples() < offset {
			return fmt.Errorf("progress goes back from %d to %d", offset, m.GetOffsetSamples())
		}
		p.measure("progress", e.at.Sub(at))
		at, offset = e.at, m.GetOffsetSamples()
	}
	if d := c.last.Sub(at); d > mostSilence {
		return fmt.Errorf("no progress for the last %v", d.Round(time.Millisecond))
	}
	return reached(c)
}

// reached wants the progress of before the half-close to be close to the end of the audio.
func reached(c *conversation) error {
	var sent, at int64
	for _, e := range c.got {
		if e.at.After(c.halved) {
			break
		}
		sent = max(sent, e.sent)
		at = max(at, e.m.GetProgress().GetOffsetSamples())
	}
	if behind := samplesIn(c.format, mostSilence); sent-at > behind {
		return fmt.Errorf("progress got to %d of %d samples by the end of the audio", at, sent)
	}
	return nil
}

func samplesIn(f *speechv1.AudioFormat, d time.Duration) int64 {
	return int64(f.GetSampleRateHz()) * int64(d) / int64(time.Second)
}

const (
	// burst is what a client sends at once when a voice ends a silence that it kept back.
	burst = 400 * time.Millisecond
	// resumedBy is the contract's time between two messages of progress, and some for their way.
	resumedBy = 200*time.Millisecond + 50*time.Millisecond
)

// asrResume keeps silence back, as a client may, and then sends what came before a voice
// all at once.
func asrResume(ctx context.Context, p *probe) error {
	if !p.caps.GetProgress() {
		return skip("progress is not claimed")
	}
	first, _, _, err := p.utterances(p.language())
	if err != nil {
		return err
	}
	pcm := append(quiet(burst-100*time.Millisecond), first...) //nolint:gocritic // a new slice is meant
	return inTime(ctx, func() (time.Duration, error) {
		k, err := p.open(ctx, p.config(p.language()))
		if err != nil {
			return 0, err
		}
		defer k.close()
		k.say(ctx, quiet(breath))
		for range 3 {
			if err := p.resume(ctx, k, pcm); err != nil {
				return k.late, err
			}
		}
		return k.late, wellEnded(k.finish(ctx))
	})
}

// resume is one pause, and what comes after it.
func (p *probe) resume(ctx context.Context, k *talk, pcm []int16) error {
	wait(ctx, 700*time.Millisecond)
	k.offset += samplesIn(k.format, 3*time.Second)
	resumed, began := k.offset, time.Now()
	rest := k.atOnce(pcm, burst)
	k.say(ctx, rest, quiet(pause))
	got, _, end := k.now()
	for _, e := range got {
		if e.m.GetProgress().GetOffsetSamples() <= resumed {
			continue
		}
		d := e.at.Sub(began)
		p.measure("progress resumed", d)
		if d > resumedBy {
			return fmt.Errorf("after a pause, the first progress came %v after the audio went on", d.Round(time.Millisecond))
		}
		return nil
	}
	if end != nil {
		return fmt.Errorf("the stream ended (%w) without progress after a pause", outcome(end))
	}
	return errors.New("after a pause there is no progress")
}

// The budgets of a turn.
const (
	readyBy   = 500 * time.Millisecond
	partialBy = time.Second
	finalBy   = endsBy + 700*time.Millisecond
)

func latency(p *probe, c *conversation) error {
	ready := c.got[0].at.Sub(c.began)
	if ready > readyBy {
		return fmt.Errorf("ready came after %v", ready.Round(time.Millisecond))
	}
	if p.caps.GetInterim() {
		d, ok := c.firstPartial()
		if !ok || d > partialBy {
			return fmt.Errorf("the first partial came %v after speech began", d.Round(time.Millisecond))
		}
		p.measure("first partial", d)
	}
	if err := placed(c); err != nil {
		return unknown("which final is of which utterance its offsets do not tell: %v (asr.offsets)", err)
	}
	for i, s := range c.said {
		d, ok := c.finalOf(i, s)
		if !ok {
			return unknown("utterance %d has no final where it lies: asr.final.once says why", i+1)
		}
		p.measure("final", d)
		if d > finalBy {
			return fmt.Errorf("a final came %v after the end of speech", d.Round(time.Millisecond))
		}
	}
	return nil
}

// firstPartial is the time from the first sound of speech to the first partial.
func (c *conversation) firstPartial() (time.Duration, bool) {
	spoke := c.first.Add(breath)
	for _, e := range c.got {
		if t := e.m.GetTranscript(); t != nil && !t.GetIsFinal() {
			return e.at.Sub(spoke), true
		}
	}
	return 0, false
}

// finalOf is the time from the last sound of an utterance to its last final: an
// engine may hear one utterance as two.
func (c *conversation) finalOf(i int, s said) (d time.Duration, ok bool) {
	next := int64(1 << 62)
	if i+1 < len(c.said) {
		next = c.said[i+1].start
	}
	for _, e := range c.got {
		t := e.m.GetTranscript()
		middle := (t.GetStartSamples() + t.GetEndSamples()) / 2 // an utterance may begin a little before what is said
		if t.GetIsFinal() && middle > s.start && middle < next {
			d, ok = e.at.Sub(s.over), true
		}
	}
	return d, ok
}
