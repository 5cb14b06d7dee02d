package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrNotWaiting says that the caller does not wait: an agent is being rung, or has
// answered, or the call has left.
var ErrNotWaiting = errors.New("the caller does not wait")

// ErrCalledBack says that the number has a callback in the queue already, which stands.
var ErrCalledBack = errors.New("the number is called back already")

// Reasons why a callback did not reach the caller, for Postpone, besides those of Reject.
const (
	QuietHours Reason = "quiet_hours" // it may not be placed now
	AgentLeft  Reason = "agent_left"  // the agent hung up while the caller's phone rang
)

// CalledBackAlready is why a call left whose number has a callback in the queue: ErrCalledBack.
const CalledBackAlready Reason = "callback_again"

// maxKept bounds how long a callback may be kept.
const maxKept = 7 * 24 * time.Hour

// A Callback is what is needed to call somebody back. The caller's place waits.
type Callback struct {
	Number   string    `json:"number"`   // E.164
	Language string    `json:"language"` // in which the caller was spoken to
	Line     string    `json:"line"`     // the number that was called
	Asked    time.Time `json:"asked"`

	After time.Duration `json:"-"`     // how long it is offered to nobody: the caller must have hung up
	Keep  time.Duration `json:"-"`     // after which it is given up
	Tries int           `json:"-"`     // how often the caller's phone may be rung
	Retry time.Duration `json:"retry"` // between two tries

	Rings int `json:"-"` // how often it was; set in an Offer
}

func (b Callback) check() error {
	switch {
	case !callForm.MatchString(b.Number):
		return errors.New("number has a form that cannot be stored")
	case b.After < 0 || b.After > b.Keep || b.Keep > maxKept:
		return fmt.Errorf("kept %s, offered after %s: need 0s to %s, and to be offered before the end", b.Keep, b.After, maxKept)
	case b.Tries < 1:
		return fmt.Errorf("tries %d: need at least 1", b.Tries)
	}
	return nil
}

// CallBack lets a caller who waits hang up: the place, with its score and number, waits
// instead, on no node, and is offered to agents in its turn. Whichever node is then given
// the Offer places the call; see Dial. ErrNotWaiting: the caller must stay on the line.
// ErrCalledBack: the caller may hang up, the older callback stands. It may be repeated
// after any other error.
func (r *Redis) CallBack(ctx context.Context, call string, b Callback) error {
	if err := b.check(); err != nil {
		return fmt.Errorf("call back: %w", err)
	}
	doc, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("call back: %w", err)
	}
	code, err := r.code(ctx, r.scripts.callback, call, string(doc), b.Number, b.After.Milliseconds(), b.Keep.Milliseconds(), b.Tries)
	switch {
	case err != nil:
	case code == 0:
		err = ErrNotWaiting
	case code == 2:
		err = ErrCalledBack
	}
	if err == nil || code == 2 {
		r.release(call)
	}
	if err != nil {
		return fmt.Errorf("call back call %s: %w", call, err)
	}
	return nil
}

// Dial says that the caller's phone is about to ring, with the agent of an accepted offer
// on the line. False: it must not; another node calls, or the callback is over. A phone
// is rung by one node at a time, so it may not ring for longer than a minute.
func (r *Redis) Dial(ctx context.Context, o Offer) (bool, error) {
	ok, err := r.settle(ctx, r.scripts.dial, o.Call, o.Number)
	if err != nil {
		return false, fmt.Errorf("dial for call %s: %w", o.Call, err)
	}
	if ok {
		r.called(o, false)
	}
	return ok, nil
}

// Reached says that the caller has answered. False: the callback is no longer ours. It
// ends with Complete.
func (r *Redis) Reached(ctx context.Context, o Offer) (bool, error) {
	ok, err := r.settle(ctx, r.scripts.reached, o.Call, o.Number)
	if err != nil {
		return false, fmt.Errorf("reached for call %s: %w", o.Call, err)
	}
	if ok {
		r.called(o, true)
	}
	return ok, nil
}

// Postpone ends the offer of a callback whose caller was not reached, or could not be connected. The agent is free,
// and the callback keeps its place and is offered again after a while, unless the phone
// was rung as often as it may be: then it is given up. Postponing an offer that is over is
// no error.
func (r *Redis) Postpone(ctx context.Context, o Offer, why Reason, after time.Duration) (givenUp bool, err error) {
	if err := checkReason(why); err != nil {
		return false, fmt.Errorf("postpone call %s: %w", o.Call, err)
	}
	code, err := r.code(ctx, r.scripts.postpone, o.Call, o.Number, string(why), max(after, 0).Milliseconds())
	if err != nil {
		return false, fmt.Errorf("postpone call %s: %w", o.Call, err)
	}
	r.withdraw(o, "")
	return code == 2, nil
}

// readCallback gives the callback of a document; never nil: what cannot be read calls nobody.
func readCallback(c callDoc) *Callback {
	var b Callback
	if json.Unmarshal([]byte(c.Back), &b) != nil {
		return &Callback{}
	}
	b.Rings = c.Rings
	return &b
}
