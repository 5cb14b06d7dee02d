// Package records keeps what remains of calls, and what operators did, in
// bounded memory: the oldest goes when there is no room. Nothing reaches a
// disk. It starts no goroutine; its methods lock briefly and never block.
package records

import (
	"context"
	"sync"

	"github.com/callward/callward/call"
)

// Memory implements call.Records with a ring for each tenant.
type Memory struct {
	limit   int
	mu      sync.Mutex
	tenants map[string]*ring
}

var _ call.Records = (*Memory)(nil)

// NewMemory keeps up to limit records of each tenant, at least one.
func NewMemory(limit int) *Memory {
	return &Memory{limit: max(limit, 1), tenants: map[string]*ring{}}
}

// A ring holds records by call, and their calls in the order they first came.
type ring struct {
	order []call.ID
	byID  map[call.ID]call.Record
}

// Put keeps r, and forgets the tenant's oldest record if there is no room.
func (m *Memory) Put(_ context.Context, r call.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tenants[r.Tenant]
	if t == nil {
		t = &ring{byID: map[call.ID]call.Record{}}
		m.tenants[r.Tenant] = t
	}
	if _, known := t.byID[r.Call]; !known {
		t.order = append(t.order, r.Call)
	}
	t.byID[r.Call] = r
	for len(t.byID) > m.limit {
		t.drop(t.order[0])
	}
	return nil
}

// Get gives the record of a call, or call.ErrNoRecord.
func (m *Memory) Get(_ context.Context, tenant string, id call.ID) (call.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tenants[tenant]; t != nil {
		if r, ok := t.byID[id]; ok {
			return r, nil
		}
	}
	return call.Record{}, call.ErrNoRecord
}

// List gives up to limit records, newest first, without their journals.
func (m *Memory) List(_ context.Context, tenant string, limit int) ([]call.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tenants[tenant]
	if t == nil {
		return nil, nil
	}
	out := make([]call.Record, 0, max(0, min(limit, len(t.order))))
	for i := len(t.order) - 1; i >= 0 && len(out) < limit; i-- {
		r := t.byID[t.order[i]]
		r.Journal = nil
		out = append(out, r)
	}
	return out, nil
}

// Delete forgets a record.
func (m *Memory) Delete(_ context.Context, tenant string, id call.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tenants[tenant]; t != nil {
		t.drop(id)
	}
	return nil
}

func (t *ring) drop(id call.ID) {
	if _, known := t.byID[id]; !known {
		return
	}
	delete(t.byID, id)
	if t.order[0] == id { // by far the most: room is made for a new one
		t.order = t.order[1:]
		return
	}
	for i, o := range t.order {
		if o == id {
			t.order = append(t.order[:i:i], t.order[i+1:]...)
			return
		}
	}
}
