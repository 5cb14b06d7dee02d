package app

import (
	"context"
	"maps"
	"sync"

	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/router/queue"
)

// missed counts the offers that agents let ring out, of calls of this process.
type missed struct {
	mu sync.Mutex
	by map[string]int64
}

func (m *missed) count(agents []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil {
		m.by = map[string]int64{}
	}
	for _, a := range agents {
		m.by[a]++
	}
}

func (m *missed) all() map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.by)
}

// Reject counts who let an offer ring out.
func (p *pool) Reject(ctx context.Context, o queue.Offer, why queue.Reason) error {
	if why == queue.NoAnswer {
		p.missed.count(o.Agents())
	}
	return p.Redis.Reject(ctx, o, why)
}

// agentReadings are the metrics of agents.
func agentReadings(pools func() map[string]*pool) telemetry.Reading {
	return telemetry.Reading{
		Name: "callward_agent_rona_total", Help: "Offers that an agent let ring out, of calls of this node.", Labels: []string{"tenant", "agent"}, Counter: true,
		Read: func() []telemetry.Sample {
			var out []telemetry.Sample
			all := pools()
			for _, tenant := range names(all) {
				by := all[tenant].missed.all()
				for _, agent := range names(by) {
					out = append(out, telemetry.Sample{Value: float64(by[agent]), Labels: []string{tenant, agent}})
				}
			}
			return out
		},
	}
}
