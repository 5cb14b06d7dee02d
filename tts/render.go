package tts

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/callward/callward/redact"
)

// A Line is a text of the operator's that is to be ready before it is asked for.
type Line struct {
	Text  redact.Safe
	Voice Voice // Cacheable is taken for granted
}

// Render has lines spoken that are not kept yet, at most atOnce at a time, and tells of
// each of these that is ready; progress may be nil. It begins no more after the first
// that fails: what was rendered stays, so that it may be tried again. ErrStoodIn says that
// all is ready, and would be better if it were rendered again later. Calls are not held up
// by more than that many texts.
func (p *Pool) Render(ctx context.Context, lines []Line, atOnce int, progress func(done, total int)) error {
	begin, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	todo := slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return p.holds(keyOf(l.Text.String(), l.Voice)) })
	var mu sync.Mutex
	done := 0
	told := func() {
		mu.Lock()
		defer mu.Unlock()
		if done++; progress != nil {
			progress(done, len(todo))
		}
	}
	work := make(chan Line)
	var all sync.WaitGroup
	for range max(atOnce, 1) {
		all.Go(func() {
			for l := range work {
				if begin.Err() != nil {
					continue
				}
				// What is being spoken is left to its end: by it may be found out that an engine
				// is well again, and the one that failed was refused because of that.
				if err := p.render(ctx, l, false); err != nil {
					stop(err)
					continue
				}
				told()
			}
		})
	}
	for _, l := range todo {
		select {
		case work <- l:
		case <-begin.Done():
		}
	}
	close(work)
	all.Wait()
	if err := context.Cause(begin); err != nil || !slices.ContainsFunc(lines, p.StoodIn) {
		return err
	}
	return ErrStoodIn
}

// StoodIn reports whether what is kept of a line was spoken by another engine than the one
// that is asked first, which was not to be had then.
func (p *Pool) StoodIn(l Line) bool {
	_, standIn, ok := p.cache.get(keyOf(l.Text.String(), l.Voice))
	return ok && standIn
}

// render has one line spoken to its end, if it is not kept; alone says that it must not
// wait for others.
func (p *Pool) render(ctx context.Context, l Line, alone bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	v := l.Voice
	v.Cacheable = true
	s, err := p.open(ctx, l.Text, v)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	s.alone, s.ahead = alone, !alone
	if p.holds(s.key()) {
		return nil
	}
	buf := make([]int16, sampleRateHz/10)
	for err == nil {
		_, err = s.Read(buf)
	}
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case s.Origin() == Prompt: // it is no engine's
		return ErrNoEngine
	}
	return nil
}
