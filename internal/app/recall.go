package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/outbound"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// recallTime is how long the answer to a caller may wait for what Redis knows of them.
const recallTime = 300 * time.Millisecond

// recall looks whether a caller was cut off by the death of a node. That is only told to
// whose number is proven.
func (a *App) recall(ctx context.Context, s *call.Setup, p *plan) {
	caller := assistant.Caller{Number: s.Caller, Trust: s.Trust, Believed: s.Believed}
	pl := a.pools.of(s.Tenant)
	if !caller.Proven() || !outbound.IsNumber(s.Caller) || pl == nil {
		return
	}
	s.Who = queue.CallerKey(s.Tenant, s.Caller)
	ctx, cancel := context.WithTimeout(ctx, recallTime)
	defer cancel()
	lost, ok, err := pl.Lost(ctx, s.Who)
	if err != nil {
		a.log.Warn("look for a place that was lost", slog.Any("err", err))
		return
	}
	q, known := p.loaded.Config.Tenants[s.Tenant].Queues[lost.Queue]
	if ok && known && q.Number == "" {
		s.CutOff = &call.CutOff{Queue: lost.Queue, Priority: lost.Priority, Note: call.ReadNote(lost.Note)}
	}
}
