package signin

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A try counts failures of an account, or from a network, on every node together.
type try struct {
	Failed int       `json:"failed"`
	Last   time.Time `json:"last"`
	Until  time.Time `json:"until"` // nothing is tried before
}

// How failures are answered: a few are free, then each makes the next wait twice as
// long. An account is never locked for good, as that would let anybody lock it.
const (
	freeOfAccount = 5
	freeOfNetwork = 20
	firstWait     = 2 * time.Second
	longestWait   = 15 * time.Minute
	forgotten     = time.Hour // without a failure
)

// A Wait says that too much was tried, and when to try again.
type Wait struct{ For time.Duration } //nolint:errname // signin.Wait reads well, as sip.Rejected does

// Error says how long.
func (w Wait) Error() string {
	return fmt.Sprintf("too many tries; the next is taken in %s", w.For.Round(time.Second))
}

func ofAccount(name string) string    { return "account " + name }
func ofNetwork(network string) string { return "network " + network }

// begin counts a try as a failure before it is made, so that a thousand at once are a
// thousand too, and refuses one that comes too early. forgive takes it back. From this
// machine itself it counts by account alone (see networkOf).
func (s *Service) begin(ctx context.Context, name, address string) error {
	if err := s.store.sweep(ctx, s.now()); err != nil {
		return err
	}
	if network := networkOf(address); network != "" {
		if err := s.count(ctx, ofNetwork(network), freeOfNetwork); err != nil {
			return err
		}
	}
	return s.count(ctx, ofAccount(name), freeOfAccount)
}

func (s *Service) count(ctx context.Context, who string, free int) error {
	now := s.now()
	err := change(ctx, s.store, tries, hashOf(who), func(t *try) (*try, error) {
		if t == nil || now.Sub(t.Last) >= forgotten {
			t = &try{}
		}
		if wait := t.Until.Sub(now); wait > 0 {
			return nil, Wait{max(wait, time.Second)}
		}
		t.Failed++
		t.Last = now
		if over := t.Failed - free; over >= 0 {
			t.Until = now.Add(min(firstWait<<min(over, 16), longestWait))
		}
		return t, nil
	})
	if err != nil {
		return err
	}
	return s.store.forgetAt(ctx, tries, hashOf(who), now.Add(forgotten))
}

// forgive forgets an account's failures, and the one of a network that was none: others
// may have made the rest.
func (s *Service) forgive(ctx context.Context, name, address string) error {
	_, err := s.store.drop(ctx, tries, hashOf(ofAccount(name)))
	return errors.Join(err, s.refundNetwork(ctx, address))
}

func (s *Service) refundNetwork(ctx context.Context, address string) error {
	network := networkOf(address)
	if network == "" {
		return nil
	}
	return s.refund(ctx, ofNetwork(network))
}

// refund takes one failure back, and no more: who knows the passphrase must not be able to
// try codes for ever.
func (s *Service) refund(ctx context.Context, who string) error {
	return change(ctx, s.store, tries, hashOf(who), func(t *try) (*try, error) {
		if t == nil || t.Failed <= 1 {
			return nil, nil //nolint:nilnil // nothing is left of it
		}
		t.Failed--
		t.Until = time.Time{}
		return t, nil
	})
}
