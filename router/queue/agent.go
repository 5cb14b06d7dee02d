package queue

import (
	"context"
	"fmt"
)

// State is what an agent is doing.
type State string

// The states of an agent. SetAgent sets the first three; the others follow from
// offers and calls.
const (
	Offline   State = "offline"
	Paused    State = "paused" // with a Reason; by itself after an offer that came to nothing, for Config.Rest
	Available State = "available"
	Reserved  State = "reserved" // picked for a caller
	Rings     State = "ringing"
	Busy      State = "busy" // talks
	WrapUp    State = "wrapup"
)

// An Agent is a human who takes calls.
type Agent struct {
	ID     string
	State  State    // Offline, Paused or Available; empty: as before, Offline if new
	Reason Reason   // why paused
	Queues []string // whose callers; billing=2 for a penalty, 1 to 9; nil: as before
	Skills []string // gas=3 for a level, 1 to 9; without one: 1; nil: as before
}

// SetAgent changes what an agent can do and what they are doing. It never drops
// a call or an offer: Paused and Offline take effect when that is over. Setting
// Available ends a pause, a rest and wrap-up at once.
func (r *Redis) SetAgent(ctx context.Context, a Agent) error {
	if err := a.check(); err != nil {
		return fmt.Errorf("set agent: %w", err)
	}
	_, err := r.setAgent(ctx, a, "")
	return err
}

// EndWrapUp makes an agent available who wraps up a call, and nobody else: a pause that was
// asked for stays. ErrNoWrapUp: the agent is doing something else.
func (r *Redis) EndWrapUp(ctx context.Context, agent string) error {
	a := Agent{ID: agent, State: Available}
	if err := a.check(); err != nil {
		return fmt.Errorf("end wrap-up: %w", err)
	}
	did, err := r.setAgent(ctx, a, WrapUp)
	if err == nil && !did {
		err = fmt.Errorf("end wrap-up of %s: %w", agent, ErrNoWrapUp)
	}
	return err
}

// Reachable notes that an agent's phone is registered, or no longer is. It may
// be told at each refresh: a phone that is there makes an offline agent
// available, and does not disturb a pause or wrap-up.
func (r *Redis) Reachable(ctx context.Context, agent string, reachable bool) error {
	a, in := Agent{ID: agent, State: Available}, Offline
	if !reachable {
		a.State, in = Offline, ""
	}
	if err := a.check(); err != nil {
		return fmt.Errorf("set agent: %w", err)
	}
	_, err := r.setAgent(ctx, a, in)
	return err
}

// setAgent changes an agent who is in the given state, or is to be when a call is over; empty:
// in any. It says whether the agent was.
func (r *Redis) setAgent(ctx context.Context, a Agent, in State) (bool, error) {
	did, err := r.change(ctx, r.scripts.agentSet, a.ID, string(a.State), string(a.Reason),
		list(a.Queues, 0), list(a.Skills, 1), string(in), r.cfg.Node).Int64()
	if err != nil {
		return false, fmt.Errorf("set agent %s: %w", a.ID, err)
	}
	return did == 1, nil
}

func (a Agent) check() error {
	if err := checkName("agent", a.ID); err != nil {
		return err
	}
	switch a.State {
	case "", Offline, Paused, Available:
	default:
		return fmt.Errorf("state %q follows from calls: set %s, %s or %s", a.State, Offline, Paused, Available)
	}
	if err := checkLevels("queue", a.Queues, 0); err != nil {
		return err
	}
	if err := checkLevels("skill", a.Skills, 1); err != nil {
		return err
	}
	return checkReason(a.Reason)
}
