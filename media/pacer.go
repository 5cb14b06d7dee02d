package media

import (
	"context"
	"math/bits"
	"sync/atomic"
	"time"
)

// A tick is divided into slots, and each session has one, so that the packets of
// many calls do not leave in one burst. A pacer wakes for each slot.
const (
	slots     = 4
	slotTime  = FrameTime / slots
	lateAfter = 5 * time.Millisecond
	// mostBehind is what is caught up after a stall, slot by slot, so that no
	// sound is lost and no delay stays. More than that is given up.
	mostBehind = 25 * slots
)

// shard is the sessions of one pacer. The pacer's goroutine owns all but the
// atomics.
type shard struct {
	joining  atomic.Pointer[Session] // newest first
	sessions atomic.Int64            // open ones
	wake     chan struct{}           // somebody has joined

	slots [slots][]*Session
	work  *workspace

	ticks, late, skipped atomic.Uint64
	refused              [causes]atomic.Uint64
	lateness             [LatenessBuckets]atomic.Uint64
}

// maxTag is what protection adds to a packet, at most.
const maxTag = 16

// workspace is the scratch memory of a pacer: no session keeps any of it.
type workspace struct {
	batch             *batch
	heard, sent       Frame
	heardPCM, sentPCM [wideSamples]int16
	follows           [longestPiece]int16
	packet            [headerSize + longestPayload]byte
	sealed            [headerSize + longestPayload + maxTag]byte
	silence           [2][]byte
	now               int64 // Unix time of the slot, in nanoseconds
}

func newShard() *shard {
	return &shard{wake: make(chan struct{}, 1), work: &workspace{batch: newBatch(), silence: silences()}}
}

// join adds a session from any goroutine.
func (sh *shard) join(s *Session) {
	sh.sessions.Add(1)
	for {
		s.next = sh.joining.Load()
		if sh.joining.CompareAndSwap(s.next, s) {
			break
		}
	}
	select {
	case sh.wake <- struct{}{}:
	default: // it is awake, or will be
	}
}

// empty reports whether there is nobody to pace.
func (sh *shard) empty() bool {
	for i := range sh.slots {
		if len(sh.slots[i]) > 0 {
			return false
		}
	}
	return sh.joining.Load() == nil
}

// rest stops the clock until somebody joins, and gives the next slot; not ok means
// that ctx has ended. A machine that serves nobody is not woken 200 times a second.
func (sh *shard) rest(ctx context.Context, clock *clock, origin time.Time) (slot int64, ok bool) {
	clock.set(0, 0)
	for sh.empty() {
		select {
		case <-sh.wake:
		case <-ctx.Done():
			return 0, false
		}
	}
	since := time.Since(origin)
	slot = int64(since/slotTime) + 1
	clock.set(time.Duration(slot)*slotTime-since, slotTime)
	return slot, true
}

// run paces until ctx ends. The deadlines are multiples of slotTime after one
// origin, so they never drift.
func (sh *shard) run(ctx context.Context, offset time.Duration) error {
	clock, origin, err := newClock(offset, slotTime)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, clock.stop)
	defer func() {
		if stop() {
			clock.stop()
		}
		clock.close()
	}()
	for slot := int64(1); ; {
		if sh.empty() {
			var ok bool
			if slot, ok = sh.rest(ctx, clock, origin); !ok {
				return nil
			}
		}
		if !clock.wait() {
			return nil
		}
		slot = sh.catchUp(origin, slot)
	}
}

// catchUp runs all slots that are due and returns the next one.
func (sh *shard) catchUp(origin time.Time, slot int64) int64 {
	now := time.Since(origin)
	due := int64(now / slotTime)
	if due >= slot {
		sh.note(now - time.Duration(slot)*slotTime)
	}
	if behind := due - slot; behind > mostBehind {
		given := (behind - mostBehind) / slots * slots
		sh.skipped.Add(uint64(given))
		slot += given
	}
	for ; slot <= due; slot++ {
		sh.tick(slot)
	}
	return slot
}

// note counts how late the pacer woke.
func (sh *shard) note(late time.Duration) {
	bucket := bits.Len64(uint64(max(0, late.Microseconds())))
	sh.lateness[min(bucket, LatenessBuckets-1)].Add(1)
	if late > lateAfter {
		sh.late.Add(1)
	}
}

// tick runs the sessions of a slot.
func (sh *shard) tick(slot int64) {
	sh.ticks.Add(1)
	sh.work.now = time.Now().UnixNano()
	sh.admit()
	line := &sh.slots[slot%slots]
	kept := (*line)[:0]
	for _, s := range *line {
		if s.tick(sh.work, slot/slots) {
			kept = append(kept, s)
		}
	}
	clear((*line)[len(kept):])
	*line = kept
}

// admit gives each session that joined the emptiest slot.
func (sh *shard) admit() {
	if sh.joining.Load() == nil {
		return
	}
	for s := sh.joining.Swap(nil); s != nil; {
		best := 0
		for i := range sh.slots {
			if len(sh.slots[i]) < len(sh.slots[best]) {
				best = i
			}
		}
		sh.slots[best] = append(sh.slots[best], s)
		s, s.next = s.next, nil
	}
}
