package asr

import "time"

const (
	// minBacklog is the least audio whose neglect counts as a stall: an engine
	// reports every 200 ms, and up to a batch may still be on its way.
	minBacklog = 300 * time.Millisecond
	// starved is the time between two frames after which nobody is blamed: this
	// process itself did not run.
	starved = 150 * time.Millisecond
)

// watch judges an engine by progress against the clock. It never looks at a
// clock itself. Positions are those of the engine's own stream.
type watch struct {
	readyWithin time.Duration
	stallAfter  time.Duration // 0: not judged once ready
	minBacklog  int64
	mute        int64 // speech after which an engine that reports no progress should have said something; 0: not judged by that

	ready    bool
	at       time.Time // of the last progress, or of the start
	since    time.Time // since when more than minBacklog waits without progress
	wroteAt  time.Time // when the newest sample came
	written  int64     // position after the newest sample
	consumed int64     // position up to which the engine got
	voiced   int64     // samples of speech since the engine last said anything
}

func newWatch(now time.Time, c Config, backlog int) watch {
	return watch{readyWithin: c.ReadyWithin, stallAfter: c.StallAfter, minBacklog: int64(backlog), at: now}
}

// wrote notes audio up to a position, and how much of the newest is speech.
func (w *watch) wrote(position, voiced int64, now time.Time) {
	if now.Sub(w.wroteAt) > starved {
		w.since = time.Time{}
	}
	w.wroteAt = now
	w.written = position
	w.voiced += voiced
	w.mark(now)
}

// heard notes that the engine got up to a position. One beyond the audio is
// not believed; one that does not rise is no progress. It reports whether it
// was believed.
func (w *watch) heard(position int64, now time.Time) bool {
	if position > w.written {
		return false
	}
	w.voiced = 0
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
func (w *watch) stalled(now time.Time) bool { return w.late(now, 1) }

// suspect says whether it may have to be soon, so that a standby should get ready.
func (w *watch) suspect(now time.Time) bool { return w.late(now, 3) }

// late reports whether a part of the patience with the engine is over.
func (w *watch) late(now time.Time, part int64) bool {
	if !w.ready {
		return now.Sub(w.at) >= w.readyWithin/time.Duration(part)
	}
	if w.mute > 0 && w.voiced >= w.mute {
		return true
	}
	return w.stallAfter > 0 && !w.since.IsZero() && now.Sub(w.since) >= w.stallAfter/time.Duration(part)
}

// busy reports whether the engine has yet to get on with audio that it has.
func (w *watch) busy() bool { return w.stallAfter > 0 && w.written-w.consumed >= w.minBacklog }
