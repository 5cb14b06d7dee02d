package jitter

import "math"

// How the depth follows the path.
const (
	windows     = 8  // seconds that are remembered
	lateAgain   = 2  // seconds: of two late packets within, the second makes the buffer deeper
	impatient   = 10 // seconds after which a shorter delay does not wait for silence
	surplusPart = 10 // of a second: a delay of so much more than the depth is given up at once
)

// adapt is what a Buffer knows of how early packets come: their margins, in ticks
// before they are due. A negative one was late.
type adapt struct {
	least [windows]int32 // margin of each second
	at    int            // the second that goes on
	ticks uint32         // of it that have been played
	since uint32         // ticks played since the last late packet, up to lateAgain seconds
	owed  uint32         // by which the delay is to grow yet
	busy  bool
}

// forget begins anew, for another source or another talkspurt.
func (a *adapt) forget() {
	*a = adapt{since: math.MaxUint32 / 2, busy: a.busy}
	for i := range a.least {
		a.least[i] = math.MaxInt32
	}
}

func (a *adapt) note(margin int32) { a.least[a.at] = min(a.least[a.at], margin) }

// shift moves the margins, for a delay that changed by so much.
func (a *adapt) shift(by int32) {
	for i, m := range a.least {
		if m != math.MaxInt32 {
			a.least[i] = m + by
		}
	}
}

// worst is the smallest margin remembered; ok is false if there is none.
func (a *adapt) worst() (margin int32, ok bool) {
	margin = math.MaxInt32
	for _, m := range a.least {
		margin = min(margin, m)
	}
	return margin, margin != math.MaxInt32
}

// Busy says whether somebody speaks in what is popped: then a shorter delay can wait.
func (b *Buffer) Busy(is bool) { b.adapt.busy = is }

// grew notes that the delay has become longer.
func (b *Buffer) grew(by uint32) {
	b.grown++
	b.depth = min(b.depth+by, b.config.Most)
	b.adapt.shift(int32(by)) //nolint:gosec // below a second
}

// deepen lets the delay grow for a packet that was late. One in two seconds is given
// up for lost: sound that stops to wait costs more than a packet that is made up.
func (b *Buffer) deepen(p Packet) {
	a := &b.adapt
	again := a.since < lateAgain*b.second
	a.since = 0
	by := b.due - p.Timestamp + p.Samples - 1
	if !again || a.owed > 0 || by > b.second {
		return
	}
	by = min(by, b.config.Most-b.depth)
	if by -= by % p.Samples; by == 0 { // whole packets
		return
	}
	a.owed = by
	b.grew(by)
}

// shorten gives up delay that no packet has needed for some seconds: a packet of it,
// while nobody speaks. What exceeds the depth by far, as after a stall, goes at once.
func (b *Buffer) shorten(played uint32) {
	a := &b.adapt
	a.since = min(a.since+played, lateAgain*b.second)
	if a.ticks += played; a.ticks < b.second {
		return
	}
	n, ofDepth := b.surplus(played)
	if n == 1 && a.busy && a.ticks < impatient*b.second {
		return
	}
	if ofDepth {
		b.depth -= played
	}
	for ; n > 0 && b.held > 1; n-- {
		b.leave()
		a.shift(-int32(played)) //nolint:gosec // a packet
	}
	a.ticks, a.at = 0, (a.at+1)%windows
	a.least[a.at] = math.MaxInt32
}

// surplus is how many packets may be left out, and whether the depth is then less.
func (b *Buffer) surplus(played uint32) (n int, ofDepth bool) {
	worst, ok := b.adapt.worst()
	spare, depth, packet := worst-int32(b.config.Least/2), int32(b.depth), int32(played) //nolint:gosec // below some seconds
	latest := b.adapt.least[b.adapt.at]
	switch {
	case !ok:
		return 0, false
	case latest > depth+int32(b.second/surplusPart) && latest != math.MaxInt32: //nolint:gosec // small
		b.adapt.forget() // it was another path before
		return int((latest - depth) / packet), false
	case spare < packet:
		return 0, false
	case spare > depth+packet:
		return 1, false
	case b.config.Least < b.config.Depth:
		return 1, b.depth >= b.config.Least+played
	}
	return 0, false
}
