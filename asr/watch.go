package asr

import "time"

// minBacklog is the least audio whose neglect counts as a stall: an engine
// reports every 200 ms, and up to a batch may still be on its way.
const minBacklog = 300 * time.Millisecond

// watch judges an engine by progress against the clock. It never looks at a
// clock itself.
type watch struct {
	readyWithin time.Duration
	stallAfter  time.Duration // 0: not judged once ready
	minBacklog  int64

	ready    bool
	at       time.Time // of the last progress, or of the start
	since    time.Time // since when more than minBacklog waits without progress
	written  int64     // position after the newest sample
	consumed int64     // position up to which the engine got
}

func newWatch(now time.Time, c Config, backlog int) watch {
	return watch{readyWithin: c.ReadyWithin, stallAfter: c.StallAfter, minBacklog: int64(backlog), at: now}
}

// wrote notes audio up to a position.
func (w *watch) wrote(position int64, now time.Time) {
	w.written = position
	w.mark(now)
}

// heard notes that the engine got up to a position. One beyond the audio is
// not believed; one that does not rise is no progress. It reports whether it
// was believed.
func (w *watch) heard(position int64, now time.Time) bool {
	if position > w.written {
		return false
	}
	if position > w.consumed {
		w.consumed = position
		w.at = now
		w.restart(now)
	}
	return true
}

// began notes that the engine is ready.
func (w *watch) began(now time.Time) {
	w.ready = true
	w.at = now
	w.restart(now)
}

// restart begins to count again: the engine got on, or owed nothing until now.
func (w *watch) restart(now time.Time) {
	w.since = time.Time{}
	w.mark(now)
}

func (w *watch) mark(now time.Time) {
	switch {
	case w.written-w.consumed < w.minBacklog:
		w.since = time.Time{}
	case w.since.IsZero():
		w.since = now
	}
}

// stalled says whether the engine is to be given up.
func (w *watch) stalled(now time.Time) bool {
	if !w.ready {
		return now.Sub(w.at) >= w.readyWithin
	}
	return w.stallAfter > 0 && !w.since.IsZero() && now.Sub(w.since) >= w.stallAfter
}

// rest gives how long to wait before the next judgement.
func (w *watch) rest() time.Duration {
	if w.ready && w.stallAfter > 0 {
		return w.stallAfter / 8
	}
	return w.readyWithin / 8
}

// startWatch judges the stream again and again until it ends. The timer runs no
// goroutine of its own between judgements; run stops it.
func (s *Stream) startWatch() {
	if known := s.client.known.Load(); known != nil && !known.Progress {
		s.watch.stallAfter = 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due = time.Now().Add(s.watch.rest())
	s.timer = time.AfterFunc(s.watch.rest(), s.judge)
}

// judge gives up a stalled stream. It blames nobody when it runs late itself:
// then the whole process was starved.
func (s *Stream) judge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	now, rest := time.Now(), s.watch.rest()
	late := now.Sub(s.due) > rest
	if !late && !s.paused && s.watch.stalled(now) {
		s.cancel(ErrStalled)
		return
	}
	s.due = now.Add(rest)
	s.timer.Reset(rest)
}
