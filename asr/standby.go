package asr

import (
	"cmp"
	"context"
	"time"
)

// judgeEvery is how often an engine is judged when no audio comes that would have it
// judged, and judgeSoon how often at least once it is suspected.
const (
	judgeEvery = 250 * time.Millisecond
	judgeSoon  = 20 * time.Millisecond
)

// startJudging has the engine judged until the stream ends. The timer runs no goroutine
// of its own between judgements.
func (s *Stream) startJudging() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(judgeEvery, s.judge)
}

func (s *Stream) stopJudging() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.stopped = true
}

// judge gives up an engine that gets nowhere, and gets another ready once it looks so.
// It blames nobody when no audio came for a while: then this process was starved.
func (s *Stream) judge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	rest, now, a := judgeEvery, time.Now(), s.current
	fair := a != nil && !s.paused && (!a.watch.ready || s.half || now.Sub(a.watch.wroteAt) <= starved)
	if a != nil && a.watch.idles(now) {
		a.succeeds()
	}
	switch {
	case a != nil && !s.half && a.ages(now, s.restful(a)):
		a.cancel(errRenewed)
	case fair && a.watch.stalled(now) && !s.spared(a, now):
		a.cancel(ErrStalled)
	case fair && a.watch.suspect(now):
		rest = judgeSoon
		if left := a.watch.left(now); left > 0 {
			rest = min(rest, left)
		}
		s.prepare()
	}
	s.alarmed = false
	s.timer.Reset(rest)
}

// A standby is an attempt that is made ready while another hears the stream.
type standby struct {
	attempt *attempt
	cancel  context.CancelCauseFunc
	known   chan struct{} // closed once it is ready, or failed
	ready   bool          // once known is closed
}

// prepareFor sees to what comes after an engine that may have to be given up: a standby, or
// where none is to be had, whether it is alive; mu is held.
func (s *Stream) prepareFor(ctx context.Context, now time.Time) {
	switch {
	case s.pool.alone || s.standby != nil:
	case s.lonely(s.current, now):
		s.ask(ctx, s.current.provider, now)
	default:
		s.getReady(ctx)
	}
}

// getReady opens a stream at another engine; mu is held. The engine hears nothing unless
// it takes over.
func (s *Stream) getReady(ctx context.Context) {
	was := s.current.provider
	p := s.pool.pick(s.config, was, time.Now())
	if p == nil {
		return
	}
	if p == was { // nobody else is there
		p.breaker.Forgiven()
		p.leave()
		return
	}
	s.pool.warmed.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	st := &standby{attempt: s.newAttempt(p), cancel: cancel, known: make(chan struct{})}
	s.standby = st
	patience := cmp.Or(p.settings.Load().ReadyWithin, s.config.ReadyWithin)
	s.helpers.Go(func() {
		defer close(st.known)
		timer := time.AfterFunc(patience, func() { cancel(ErrStalled) })
		defer timer.Stop()
		err := s.open(ctx, st.attempt)
		for err == nil && !st.ready {
			msg, failure := st.attempt.up.Recv()
			if failure != nil {
				err = s.reason(st.attempt, failure)
			} else {
				st.ready = msg.GetReady() != nil
			}
		}
	})
}

// takeStandby lets the standby hear the stream, if there is one and it is ready, or gets
// so.
func (s *Stream) takeStandby() *attempt {
	s.mu.Lock()
	st := s.standby
	s.standby = nil
	s.mu.Unlock()
	if st == nil {
		return nil
	}
	<-st.known
	if !st.ready {
		s.judgeEngine(st.attempt, ErrStalled)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.attempt.warm = true
	s.engage(st.attempt)
	return st.attempt
}

// drop lets the standby go: the engine that was suspected gets on.
func (s *Stream) drop() {
	s.mu.Lock()
	st := s.standby
	s.standby = nil
	s.mu.Unlock()
	if st == nil {
		return
	}
	st.cancel(ErrClosed)
	s.helpers.Go(func() {
		<-st.known
		s.judgeEngine(st.attempt, nil)
	})
}

// switched makes the event of an engine that took over.
func (s *Stream) switched(a *attempt) Event {
	s.mu.Lock()
	w := Switch{
		From: a.after.provider.Name, To: a.provider.Name, Cause: a.after.failure, Warm: a.warm,
		Took: time.Since(a.after.watch.at), Replayed: s.duration(max(s.due-a.base, 0)),
	}
	s.mu.Unlock()
	s.pool.switches.Add(1)
	s.pool.replayed.Add(int64(s.samples(w.Replayed)))
	if tell := s.pool.config.Switched; tell != nil {
		tell(w)
	}
	return Event{Kind: Switched, Switch: &w}
}

// tellSwitch says that a standby has taken over.
func (s *Stream) tellSwitch(a *attempt) { s.tellAnyway(s.switched(a)) }
