package queue

import (
	"context"
	"time"
)

// grace is how long a caller who could not enter may try again and still have the place of
// the first try: Redis may have heard it, and was just not heard itself.
const grace = 10 * time.Second

// measured is more than the time of the pool goes back by where a node measures anew how far
// its clock is from Redis's: no more than an answer takes.
const measured = time.Second

// A debt is the end of a call that Redis has not heard of.
type debt struct {
	why  Reason
	held *held     // a caller who tried to enter, and may try again; nil: who has left
	due  time.Time // when it is told
}

// A refusal is an offer that came to nothing, of which Redis has not heard.
type refusal struct {
	offer Offer
	why   Reason
}

// owe remembers a call that ended while Redis could not be told.
func (r *Redis) owe(call string, why Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.owed[call] = debt{why: why}
}

// unheard lets go of a call that could not enter. maybe: Redis may think that it has.
func (r *Redis) unheard(call string, maybe bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.held[call]; maybe && h != nil {
		r.owed[call] = debt{why: Failure, held: h, due: r.now().Add(grace)}
	}
	r.forget(call)
}

// oweRefusal remembers an offer that came to nothing while Redis could not be told.
func (r *Redis) oweRefusal(o Offer, why Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused = append(r.refused, refusal{o, why})
}

// paid forgets what was owed for a call.
func (r *Redis) paid(call string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.owed, call)
}

// debt gives one call whose end is to be told, and forgets it.
func (r *Redis) debt() (call string, why Reason, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for call, d := range r.owed {
		if wait := d.due.Sub(now); wait <= 0 || wait > grace+measured { // or the clock was set back
			delete(r.owed, call)
			return call, d.why, true
		}
	}
	return "", "", false
}

// refusal gives one offer that is owed, and forgets it.
func (r *Redis) refusal() (owed refusal, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.refused) == 0 {
		return refusal{}, false
	}
	owed, r.refused = r.refused[0], r.refused[1:]
	return owed, true
}

// pay tells Redis what it has missed, until it fails again.
func (r *Redis) pay(ctx context.Context) error {
	for {
		call, why, ok := r.debt()
		if !ok {
			break
		}
		if err := r.Leave(ctx, call, why); err != nil {
			return err
		}
	}
	for {
		owed, ok := r.refusal()
		if !ok {
			return nil
		}
		if err := r.Reject(ctx, owed.offer, owed.why); err != nil {
			return err
		}
	}
}
