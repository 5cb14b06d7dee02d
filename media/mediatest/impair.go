package mediatest

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"
)

// An Impairment is what a bad network does to packets. Probabilities are from 0 to 1.
//
// As with netem of Linux, the delay of each packet is drawn by itself: Jitter above
// the distance between two packets reorders some of them, beside those that Reorder
// does.
type Impairment struct {
	Loss      float64       // probability that a packet does not arrive
	Reorder   float64       // that one which arrives does so after the one behind it
	Duplicate float64       // that one which arrives does so twice
	Jitter    time.Duration // each is delayed by 0 to this, all equally likely
	Seed      uint64        // of all draws
}

// A Fate is what happens to one packet.
type Fate struct {
	Lost      bool // nothing else happens to it
	Held      bool // it follows the next packet that is neither lost nor held
	Twice     bool
	Delay     time.Duration
	CopyDelay time.Duration // of the second one of two; it is not held
}

// Fates draws the fates of the packets of one direction. The fate of packet n depends
// on the impairment and on n alone; the same draws serve for it whatever the
// probabilities are, so that more loss loses what less did, and more.
type Fates struct {
	impairment Impairment
	random     *rand.Rand
}

// NewFates begins with the first packet of a stream; streams of one seed are
// independent of each other.
func NewFates(i Impairment, stream uint64) *Fates {
	return &Fates{i, rand.New(rand.NewPCG(i.Seed, stream))} //nolint:gosec // it is to be repeatable
}

// Next is the fate of the next packet.
func (f *Fates) Next() Fate {
	i := f.impairment
	lost, held, twice := f.random.Float64() < i.Loss, f.random.Float64() < i.Reorder, f.random.Float64() < i.Duplicate
	delay, copyDelay := f.delay(), f.delay()
	switch {
	case lost:
		return Fate{Lost: true}
	case !twice:
		copyDelay = 0
	}
	return Fate{Held: held, Twice: twice, Delay: delay, CopyDelay: copyDelay}
}

func (f *Fates) delay() time.Duration {
	return time.Duration(f.random.Float64() * float64(f.impairment.Jitter))
}

// Counts are the packets of one direction by their fate.
type Counts struct {
	Came  int // from the sender
	Lost  int
	Held  int
	Twice int
	Left  int // towards the receiver, copies included
}

// longestHold is how long a packet waits for one to overtake it, if none follows.
const longestHold = 200 * time.Millisecond

// A queue holds the packets of one direction until they are due. It has no clock.
type queue struct {
	fates  *Fates
	counts Counts
	due    agenda
	held   []delayed // in order; due at the latest when they say
	order  int
}

// A delayed packet is due at a time, and among those of one time in order.
type delayed struct {
	at    time.Time
	order int
	data  []byte
}

// push takes a packet that came at now, and keeps a copy of it.
func (q *queue) push(now time.Time, data []byte) {
	f := q.fates.Next()
	q.counts.Came++
	if f.Lost {
		q.counts.Lost++
		return
	}
	data = slices.Clone(data)
	if f.Twice {
		q.counts.Twice++
		q.add(now.Add(f.CopyDelay), data)
	}
	if f.Held {
		q.counts.Held++
		q.held = append(q.held, delayed{at: now.Add(f.Delay + longestHold), data: data})
		return
	}
	due := now.Add(f.Delay)
	q.add(due, data)
	for _, h := range q.held {
		if own := h.at.Add(-longestHold); own.After(due) {
			due = own
		}
		q.add(due, h.data)
	}
	q.held = q.held[:0]
}

func (q *queue) add(at time.Time, data []byte) {
	q.order++
	heap.Push(&q.due, delayed{at, q.order, data})
}

// next is when something is due; ok is false if nothing waits.
func (q *queue) next() (at time.Time, ok bool) {
	if len(q.due) > 0 {
		at, ok = q.due[0].at, true
	}
	for _, h := range q.held {
		if !ok || h.at.Before(at) {
			at, ok = h.at, true
		}
	}
	return at, ok
}

// pop gives a packet that is due at now, the earliest first; ok is false if none is.
func (q *queue) pop(now time.Time) (data []byte, ok bool) {
	for len(q.held) > 0 && !q.held[0].at.After(now) { // nothing overtook it
		q.add(q.held[0].at, q.held[0].data)
		q.held = q.held[1:]
	}
	if len(q.due) == 0 || q.due[0].at.After(now) {
		return nil, false
	}
	q.counts.Left++
	return heap.Pop(&q.due).(delayed).data, true //nolint:errcheck // it is one
}

// agenda is a heap of packets by when they are due.
type agenda []delayed

func (a agenda) Len() int { return len(a) }

func (a agenda) Less(i, j int) bool {
	if a[i].at.Equal(a[j].at) {
		return a[i].order < a[j].order
	}
	return a[i].at.Before(a[j].at)
}

func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push implements heap.Interface.
func (a *agenda) Push(x any) { *a = append(*a, x.(delayed)) } //nolint:errcheck // only a queue pushes

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	out := (*a)[last]
	(*a)[last] = delayed{}
	*a = (*a)[:last]
	return out
}
