package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/sdp"
)

// mallocs counts all that callward's process has ever allocated.
const mallocs = "go_memstats_mallocs_total"

// numbers are what is called for a kind of call.
//
//nolint:gochecknoglobals // a read-only table
var numbers = map[string]string{Music: "music", Echo: "echo", Bot: "bench"}

// line measures callward with one kind of call, protected if suite is not nil.
func (b *bench) line(ctx context.Context, l *line, kind string, calls int, suite *sdp.Suite) (Row, error) {
	b.Progress(fmt.Sprintf("%s%s, %d calls", kind, protection(suite != nil), calls))
	ears, err := openCallers(b.clip, 0)
	if err != nil {
		return Row{}, err
	}
	defer ears.close()
	p, err := b.place(ctx, l, numbers[kind], calls, ears, suite)
	if err != nil {
		return Row{}, err
	}
	defer p.hangUp(ctx)
	row, err := b.best(func() (Row, error) { return b.steady(ctx, l, kind, calls, ears) })
	if n := p.ended(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d calls were hung up while they were measured", n, calls))
	}
	if err != nil {
		err = fmt.Errorf("%w; the server took %.0f %% of its core, %.0f %% of the callers' was busy", err, row.core(), row.Callers)
	}
	row.SRTP = suite != nil
	return row, err
}

// steady measures a window, and what only callward and the engine know of it.
func (b *bench) steady(ctx context.Context, l *line, kind string, calls int, ears *callers) (Row, error) {
	made, err := l.metric(ctx, mallocs)
	if err != nil {
		return Row{}, err
	}
	before, err := l.engine.tally()
	if err != nil {
		return Row{}, err
	}
	began := time.Now()
	row, err := b.window(ctx, kind, calls, l.process, ears)
	if err != nil {
		return row, err
	}
	took := time.Since(began)
	after, err := l.engine.tally()
	if err != nil {
		return row, err
	}
	total, err := l.metric(ctx, mallocs)
	if err != nil {
		return row, err
	}
	row.Allocations = (total - made) / (took.Seconds() * float64(calls) * float64(time.Second/frameTime))
	row.Heard = float64(after.Samples-before.Samples) / media.Rate / took.Seconds() / float64(calls) * 100
	row.Synthesized = after.Spoken - before.Spoken
	if kind == Bot && row.Heard == 0 {
		return row, errors.New("no audio reached the recognizer")
	}
	return row, nil
}

// warm lets a call hear the prompt to its end.
func (b *bench) warm(ctx context.Context, l *line) error {
	ears, err := openCallers(b.clip, 0)
	if err != nil {
		return err
	}
	defer ears.close()
	p, err := b.place(ctx, l, numbers[Bot], 1, ears, nil)
	if err != nil {
		return fmt.Errorf("first call: %w", err)
	}
	defer p.hangUp(ctx)
	// A server that has just started has texts spoken ahead, those of this call among them
	// or not: it is warm when it asks for no more.
	began, spoken := time.Now(), -1
	for changed := began; ; {
		t, err := l.engine.tally()
		if err != nil {
			return err
		}
		now := time.Now()
		if t.Spoken != spoken {
			spoken, changed = t.Spoken, now
		}
		if spoken > 0 && now.Sub(began) > l.prompt && now.Sub(changed) > time.Second {
			return nil
		}
		if !pause(ctx, 100*time.Millisecond) {
			return ctx.Err()
		}
		if p.ended() > 0 {
			return errors.New("the first call was hung up")
		}
	}
}
