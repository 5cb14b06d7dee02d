package asr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// An attempt is a stream at one engine. The goroutine of the Stream follows it and takes
// what comes; another sends.
type attempt struct {
	provider *provider
	number   int // from 1
	after    *attempt
	failure  error // why it was given up
	warm     bool  // it was made ready as a standby
	cancel   context.CancelCauseFunc
	done     <-chan struct{} // closed by cancel
	cause    func() error    // what cancel was given; nil while nobody has called it
	up       upstream
	wake     chan struct{} // has room for one: the sender has something to do
	seen     *utterances
	limits   limits
	doubted  int  // transcripts in a row that were not believed
	renews   bool // an attempt that had come to the longest stream of its engine

	// Of the Stream's mu:
	opened  time.Time
	knows   int  // updates of the stream when it was opened
	silence bool // it is sent that too
	watch   watch
	base    int64 // position in the stream of its first audio
	at      int64 // of the next to be sent
	gap     bool  // some before at was left out
	works   bool  // the engine has got on with audio, or had nothing to get on with
	owing   bool  // it has yet to end an utterance
	over    bool  // it has ended one since the last voice
}

func (a *attempt) whose() *provider {
	if a == nil {
		return nil
	}
	return a.provider
}

func (a *attempt) why() error {
	if a == nil {
		return nil
	}
	return a.failure
}

func (a *attempt) poke() {
	if a == nil {
		return
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// owes reports whether the engine has audio that it has yet to get on with, or an utterance
// that it has yet to end: whoever takes over is to hear that; mu is held.
func (a *attempt) owes() bool { return !a.watch.ready || a.owing || a.watch.busy() }

// succeeds tells the other streams of the engine, once, that it works; mu is held.
func (a *attempt) succeeds() {
	if !a.works {
		a.works = true
		a.provider.breaker.Succeeded()
	}
}

// skipTo leaves audio out.
func (a *attempt) skipTo(position int64) {
	if position > a.at {
		a.at, a.gap = position, true
	}
}

// newAttempt is one at an engine that the stream has the right to.
func (s *Stream) newAttempt(p *provider) *attempt {
	s.tries++
	limits := p.limits(s.encoding)
	if s.ring.most < int64(s.samples(keptInPool)) { // the engine told of its longest stream too late: too little is kept to go on in another
		limits.stream = 0
	}
	return &attempt{
		provider: p, number: s.tries, wake: make(chan struct{}, 1), seen: newUtterances(), limits: limits, cancel: func(error) {},
	}
}

// begin makes an attempt the one that hears the stream, from the oldest audio that is
// kept.
func (s *Stream) begin(p *provider) *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.newAttempt(p)
	s.engage(a)
	return a
}

// engage lets an attempt have the audio; mu is held.
func (s *Stream) engage(a *attempt) {
	a.base, a.at = s.ring.first, s.ring.first
	if lost := a.base - s.reached; lost > 0 {
		a.provider.Client.stats.lost.Add(lost)
	}
	now := time.Now()
	settings := a.provider.settings.Load()
	a.silence = settings.Silence
	config := s.config
	config.ReadyWithin = cmp.Or(settings.ReadyWithin, config.ReadyWithin)
	config.StallAfter = cmp.Or(settings.StallAfter, config.StallAfter)
	a.watch = newWatch(now, config, s.samples(minBacklog))
	known := a.provider.Client.known.Load()
	switch {
	case known != nil && !known.Progress:
		a.watch.stallAfter = 0
		if known.Interim && s.pool.others(s.config.Language, a.provider, now) {
			a.watch.mute = int64(s.samples(s.config.MuteAfter))
		}
	case !s.pool.alone:
		// The time to a backlog is part of what a gap is.
		a.watch.stallAfter = max(config.StallAfter, min(a.provider.gaps.unusual()-minBacklog, mostPatience))
	}
	a.watch.ready = a.warm
	if a.warm && a.knows < s.updated { // it was opened before
		s.orders = slices.Insert(s.orders, 0, order{at: a.base, request: s.config.update().request()})
	}
	a.watch.wrote(max(s.due-a.base, 0), 0, now)
	s.current = a
	stats := &a.provider.Client.stats
	stats.streams.Add(1)
	stats.open.Add(1)
}

// mostPatience bounds what is granted to engines that are slow.
const mostPatience = 2 * time.Second

// follow opens an attempt, unless it is open, and takes what comes until it ends.
func (s *Stream) follow(ctx context.Context, a *attempt) error {
	if !a.warm {
		if err := s.open(ctx, a); err != nil {
			return err
		}
	}
	sent := make(chan struct{})
	go s.send(a, sent)
	if a.warm {
		s.tellSwitch(a)
	}
	err := s.receive(a)
	a.cancel(ErrClosed) // ends the sender, and the call if the engine did not
	<-sent
	return err
}

// open asks the engine to listen.
func (s *Stream) open(ctx context.Context, a *attempt) error {
	ctx, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	config := s.config
	a.cancel, a.opened, a.knows = cancel, time.Now(), s.updated
	s.mu.Unlock()
	a.done = ctx.Done()
	a.cause = func() error {
		if ctx.Err() == nil {
			return nil
		}
		return ours(ctx)
	}
	if a.number > 1 {
		config.Session = fmt.Sprintf("%s-%d", config.Session, a.number)
	}
	up, err := a.provider.Client.api.StreamingRecognize(ctx)
	if err != nil {
		return s.reason(a, err)
	}
	first := config.request()
	first.GetConfig().Hints = a.limits.few(first.GetConfig().GetHints())
	if up.Send(first) != nil {
		_, err = up.Recv() // Send tells only that the stream is over
		return s.reason(a, err)
	}
	a.up = up
	return nil
}

// reason says why a stream ended: our own doing comes first.
func (s *Stream) reason(a *attempt, err error) error {
	if ours := a.cause(); ours != nil {
		return ours
	}
	if !errors.Is(err, io.EOF) {
		return engineError(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.half && s.current == a {
		return nil
	}
	return &EngineError{} // code OK, but nobody asked it to end
}

// ours says why this side gave the stream up.
func ours(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ErrStalled) || errors.Is(cause, ErrOverrun) || errors.Is(cause, ErrNonsense) || errors.Is(cause, errRenewed) {
		return cause
	}
	return ErrClosed
}

// release ends an attempt that heard the stream: what it has begun to tell is taken
// back if it failed.
func (s *Stream) release(a *attempt, failure error) {
	s.mu.Lock()
	s.current = nil
	s.reached = max(s.reached, a.at)
	s.mu.Unlock()
	stats := &a.provider.Client.stats
	stats.open.Add(-1)
	s.judgeEngine(a, failure)
	if failure == nil {
		return
	}
	stats.failed.Add(1)
	if errors.Is(failure, ErrStalled) {
		stats.stalled.Add(1)
	}
	s.worry(time.Now())
	if !s.pool.alone {
		s.retract(a)
	}
}

// renewed ends an attempt whose time is over. Its engine has done nothing wrong.
func (s *Stream) renewed(a *attempt) {
	s.release(a, nil)
	s.drop()
	s.retract(a)
}

// retract takes back what an attempt began to tell, which will be told anew.
func (s *Stream) retract(a *attempt) {
	for id := range a.seen.open {
		s.tellAnyway(Event{Kind: SpeechEnded, Utterance: a.utterance(id), Discarded: true})
	}
}

// judgeEngine tells the other streams of an engine how this one fared, and leaves it.
func (s *Stream) judgeEngine(a *attempt, failure error) {
	s.mu.Lock()
	works := a.works
	s.mu.Unlock()
	switch {
	case failure != nil:
		a.provider.breaker.Failed(time.Now())
		a.provider.Client.outcomes.add(failure)
	case !works:
		a.provider.breaker.Forgiven()
	}
	a.provider.leave()
}

// utterance gives our name of an utterance that the engine has one for: what engines
// write may hold what was said, and is not passed on.
func (a *attempt) utterance(id string) string {
	return fmt.Sprintf("%d.%d", a.number, a.seen.number(id))
}
