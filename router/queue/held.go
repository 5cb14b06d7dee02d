package queue

import (
	"cmp"
	"slices"
)

// A held is a call of this node, as needed to put it back at its place; or a callback that this
// node places, from when an agent has accepted it.
type held struct {
	entry    Entry
	place    int64  // number of the place, 0 until known
	entered  int64  // ms, 0 until known
	setBack  string // by how many ms the clock had been set back in all by then; empty: unknown
	came     int64  // ms, when it was first to enter
	given    int64  // number of the last offer that Next gave
	accepted int64  // number of the offer an agent accepted, 0: waiting
	by       string // that agent

	back             bool // a callback
	dialled, reached bool // the caller's phone rings for it; the caller has answered
}

// hold remembers a call of this node, until release. One that tried before without an
// answer has the place of then.
func (r *Redis) hold(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.owed[e.Call].held
	delete(r.owed, e.Call)
	switch {
	case r.held[e.Call] != nil:
	case before != nil:
		r.held[e.Call] = &held{entry: e, came: before.came, entered: cmp.Or(before.entered, before.came), setBack: before.setBack, given: before.given}
	default:
		r.held[e.Call] = &held{entry: e, came: r.now().UnixMilli()}
	}
}

// release forgets a call, and whom it is offered to.
func (r *Redis) release(call string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(call)
}

// forget does the same; r.mu is held.
func (r *Redis) forget(call string) {
	delete(r.held, call)
	ours := func(o Offer) bool { return o.Call == call }
	r.pending, r.told = slices.DeleteFunc(r.pending, ours), slices.DeleteFunc(r.told, ours)
}

func (r *Redis) heldCall(call string) (held, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.held[call]
	if h == nil {
		return held{}, false
	}
	return *h, true
}

func (r *Redis) placed(call string, place, entered int64, setBack string) {
	r.saw(place)
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.held[call]; h != nil {
		h.place, h.entered, h.setBack = place, entered, setBack
	}
}

// accepted notes whose agent has a call, even of a caller who never heard of having entered.
func (r *Redis) accepted(o Offer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d := r.owed[o.Call]; d.held != nil {
		r.held[o.Call] = d.held
		delete(r.owed, o.Call)
	}
	if h := r.held[o.Call]; o.Back != nil && (h == nil || h.back && h.accepted < o.Number) {
		r.held[o.Call] = &held{back: true}
	}
	if h := r.held[o.Call]; h != nil && h.accepted == 0 {
		h.accepted, h.by = o.Number, o.Agent
	}
}

// called notes how far a callback is: its caller's phone rings, or was answered.
func (r *Redis) called(o Offer, reached bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.held[o.Call]; h != nil && h.back && h.accepted == o.Number {
		h.dialled, h.reached = true, h.reached || reached
	}
}

// withdraw notes that a call waits again, a callback on no node, unless it is another agent who has it.
func (r *Redis) withdraw(o Offer, agent string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.held[o.Call]
	switch {
	case h == nil || h.accepted != o.Number || agent != "" && agent != h.by:
	case h.back:
		delete(r.held, o.Call)
	default:
		h.accepted, h.by = 0, ""
	}
}
