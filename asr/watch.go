package asr

import "time"

const (
	// minBacklog is the least audio whose neglect counts as a stall, and the time that
	// an engine has for a sign in any case: it reports every 200 ms, and up to a batch
	// may still be on its way.
	minBacklog = 300 * time.Millisecond
	// starved is the time between two frames after which nobody is blamed: this
	// process itself did not run.
	starved = 150 * time.Millisecond
	// endless is how long an engine that has had all audio, and four seconds of silence at
	// its end, may leave an utterance open.
	endless = 2 * time.Second
)

// watch judges an engine by progress against the clock. It never looks at a
// clock itself. Positions are those of the engine's own stream.
type watch struct {
	readyWithin time.Duration
	stallAfter  time.Duration // beyond what minBacklog lasts; 0: not judged once ready
	minBacklog  int64
	mute        int64 // speech after which an engine that reports no progress should have said something; 0: not judged by that

	ready    bool
	at       time.Time // of the last progress, or of the start
	waits    time.Time // since when the engine may owe a sign: its last one, or audio after a pause
	wroteAt  time.Time // when the newest sample came
	grewAt   time.Time // when the newest sample for the engine did
	written  int64     // position after the newest sample
	consumed int64     // position up to which the engine got
	voiced   int64     // samples of speech since the engine last said anything
	open     bool      // it has begun an utterance, and nothing more comes by which it could tell the end
}

func newWatch(now time.Time, c Config, backlog int) watch {
	return watch{readyWithin: c.ReadyWithin, stallAfter: c.StallAfter, minBacklog: int64(backlog), at: now, waits: now}
}

// wrote notes audio up to a position, and how much of the newest is speech. After a pause
// more may come at once than an engine owes: it has its time from then on.
func (w *watch) wrote(position, voiced int64, now time.Time) {
	grew := position > w.written
	if now.Sub(w.wroteAt) > starved || grew && now.Sub(w.grewAt) > starved {
		w.waits = now
	}
	if grew {
		w.grewAt = now
	}
	w.wroteAt, w.written = now, position
	w.voiced += voiced
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
		w.at, w.waits = now, now
	}
	return true
}

// began notes that the engine is ready.
func (w *watch) began(now time.Time) {
	w.ready = true
	w.at, w.waits = now, now
}

// restart begins to count again: the engine owed nothing until now.
func (w *watch) restart(now time.Time) { w.waits = now }

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
	if w.open && !w.busy() && min(now.Sub(w.at), now.Sub(w.grewAt)) >= endless/time.Duration(part) {
		return true
	}
	return w.busy() && now.Sub(w.waits) >= minBacklog+w.stallAfter/time.Duration(part)
}

// left gives how long the engine has for a sign that it owes.
func (w *watch) left(now time.Time) time.Duration {
	if !w.ready {
		return w.readyWithin - now.Sub(w.at)
	}
	return minBacklog + w.stallAfter - now.Sub(w.waits)
}

// busy reports whether the engine has yet to get on with audio that it has.
func (w *watch) busy() bool { return w.stallAfter > 0 && w.written-w.consumed >= w.minBacklog }

// idleFor is how long an engine that is ready and owes nothing is thought well of for
// nothing: who found out whether it is well again may have a caller who is silent.
const idleFor = 2 * time.Second

// idles reports whether it is.
func (w *watch) idles(now time.Time) bool {
	return w.ready && w.voiced == 0 && !w.busy() && now.Sub(w.at) >= idleFor
}
