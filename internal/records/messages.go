package records

import (
	"context"
	"slices"
	"sync"

	"github.com/callward/callward/call"
)

// Messages implements call.Messages in bounded memory, as Memory does for records: a few of
// each tenant, and when there is no room the oldest goes, of those that are done with if there
// are any. None outlives the process.
type Messages struct {
	limit   int
	mu      sync.Mutex
	tenants map[string][]call.Message // oldest first
	dropped int64
	changed chan struct{} // closed at the next change
}

var _ call.Messages = (*Messages)(nil)

// NewMessages keeps up to limit messages of each tenant, at least one.
func NewMessages(limit int) *Messages {
	return &Messages{limit: max(limit, 1), tenants: map[string][]call.Message{}, changed: make(chan struct{})}
}

// Put keeps m, and forgets a message of the tenant if there is no room.
func (k *Messages) Put(_ context.Context, m call.Message) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := slices.DeleteFunc(k.tenants[m.Tenant], is(m.Call))
	if len(all) >= k.limit {
		all = k.drop(all)
	}
	k.tenants[m.Tenant] = append(all, m)
	k.change()
	return nil
}

func is(id call.ID) func(call.Message) bool {
	return func(m call.Message) bool { return m.Call == id }
}

// List gives the messages of a tenant without their sound, newest first.
func (k *Messages) List(tenant string) []call.Message {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]call.Message, 0, len(k.tenants[tenant]))
	for _, m := range slices.Backward(k.tenants[tenant]) {
		m.Sound = nil
		out = append(out, m)
	}
	return out
}

// Get gives the message that was left in a call. Its sound must not be changed.
func (k *Messages) Get(tenant string, id call.ID) (m call.Message, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.tenants[tenant], is(id))
	if i < 0 {
		return m, false
	}
	return k.tenants[tenant][i], true
}

// Delete forgets a message; it is no error if there is none.
func (k *Messages) Delete(tenant string, id call.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tenants[tenant] = slices.DeleteFunc(k.tenants[tenant], is(id))
	k.change()
}

// Count gives how many messages are kept, and how many that nobody was done with were
// forgotten for want of room.
func (k *Messages) Count() (kept int, dropped int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, all := range k.tenants {
		kept += len(all)
	}
	return kept, k.dropped
}
