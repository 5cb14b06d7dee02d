package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/callward/callward/media"
)

// mallocs counts all that callward's process has ever allocated.
const mallocs = "go_memstats_mallocs_total"

// line measures callward with one kind of call.
func (b *bench) line(ctx context.Context, l *line, kind string, calls int) (Row, error) {
	b.Progress(fmt.Sprintf("%s, %d calls", kind, calls))
	ears, err := openCallers(b.clip)
	if err != nil {
		return Row{}, err
	}
	defer ears.close()
	user := "music"
	if kind == Bot {
		user = "bench"
	}
	p, err := b.place(ctx, l, user, calls, ears)
	if err != nil {
		return Row{}, err
	}
	defer p.hangUp(ctx)
	row, err := b.steady(ctx, l, kind, calls, ears)
	if err != nil {
		return row, err
	}
	if n := p.ended(); n > 0 {
		return row, fmt.Errorf("%d of %d calls were hung up while they were measured", n, calls)
	}
	return row, nil
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
	ears, err := openCallers(b.clip)
	if err != nil {
		return err
	}
	defer ears.close()
	spoken, err := l.engine.tally()
	if err != nil {
		return err
	}
	p, err := b.place(ctx, l, "bench", 1, ears)
	if err != nil {
		return fmt.Errorf("first call: %w", err)
	}
	defer p.hangUp(ctx)
	for { // the second text is asked for when the first was read to its end
		t, err := l.engine.tally()
		if err != nil || t.Spoken >= spoken.Spoken+2 {
			return err
		}
		if !pause(ctx, 100*time.Millisecond) {
			return ctx.Err()
		}
		if p.ended() > 0 {
			return errors.New("the first call was hung up")
		}
	}
}
