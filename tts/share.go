package tts

import (
	"context"
	"time"
)

const (
	// shareWait is how long a stream waits for audio that is being made for others.
	shareWait = 1500 * time.Millisecond
	// shareTime is how long making it may take in all.
	shareTime = 20 * time.Second
)

// A share is one text of the operator's that several callers are to be told at once,
// such as the greeting after a start: an engine is asked for it twice, by the first
// caller and for all the others, and not by each.
type share struct {
	askers int           // streams that ask an engine for it
	done   chan struct{} // closed when it has been made for the others; nil: nobody waits
}

// join enters a stream that found nothing kept. The channel is nil if the stream is to
// ask an engine itself; leave must follow then. Otherwise it is closed when the audio is
// there, or is not to be had.
func (p *Pool) join(k key, l Line) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.shares[k]
	if s == nil {
		s = &share{}
		p.shares[k] = s
	}
	if p.closed || s.askers == 0 && s.done == nil {
		s.askers++
		return nil
	}
	if s.done == nil {
		s.done = make(chan struct{})
		done := s.done
		p.watchers.Go(func() { p.makeShared(k, l, done) })
	}
	return s.done
}

// makeShared has a text spoken for all who wait.
func (p *Pool) makeShared(k key, l Line, done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), shareTime)
	defer cancel()
	_ = p.render(ctx, l, true) // who waits looks whether it is there, and asks an engine if not
	p.mu.Lock()
	defer p.mu.Unlock()
	close(done)
	if s := p.shares[k]; s != nil {
		s.done = nil
		p.drop(k, s)
	}
}

// leave ends what join began.
func (p *Pool) leave(k key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.shares[k]; s != nil {
		s.askers--
		p.drop(k, s)
	}
}

func (p *Pool) drop(k key, s *share) {
	if s.askers <= 0 && s.done == nil {
		delete(p.shares, k)
	}
}

// shared gives what others have asked for, if it comes soon. False: an engine is to be
// asked.
func (s *Stream) shared(ctx context.Context) ([]int16, bool) {
	done := s.pool.join(s.key(), Line{Text: s.safe, Voice: s.voice}) //nolint:contextcheck // it is made for others, too
	if done == nil {
		s.asks.Store(true)
		return nil, false
	}
	timer := time.NewTimer(shareWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
		return nil, false
	}
	return s.pool.kept(s.key(), s.ahead)
}
