package records

import (
	"slices"

	"github.com/callward/callward/call"
)

// Handle notes how far somebody is with a message, and gives it as it is then, without its
// sound. Errors: call.ErrNoMessage; call.ErrTaken, with the message as it stays.
func (k *Messages) Handle(tenant string, id call.ID, next call.Handling) (call.Message, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.tenants[tenant], is(id))
	if i < 0 {
		return call.Message{}, call.ErrNoMessage
	}
	m := &k.tenants[tenant][i]
	h, err := m.Handling.Then(next)
	if h != m.Handling {
		m.Handling = h
		k.change()
	}
	out := *m
	out.Sound = nil
	return out, err
}

// Changed gives what is closed when a message comes, goes, or is handled. Who looks at the
// messages takes it first.
func (k *Messages) Changed() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.changed
}

// change tells of a change; the lock is held.
func (k *Messages) change() {
	close(k.changed)
	k.changed = make(chan struct{})
}

// drop forgets the message that is missed least; the lock is held.
func (k *Messages) drop(all []call.Message) []call.Message {
	i := slices.IndexFunc(all, func(m call.Message) bool { return m.Handling.State == call.MessageDone })
	if i < 0 {
		i = 0
		k.dropped++
	}
	return slices.Delete(all, i, i+1)
}
