package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/router/queue"
)

// staff changes what agents are doing.
type staff struct{ *App }

// loggedOut is why a logged-out agent is paused: offline would not last, for it means that
// the phone is away, and ends as soon as the phone registers anew.
const loggedOut = "logged_out"

// SetState makes an agent available, paused or logged out.
func (s staff) SetState(ctx context.Context, tenant, agent, state, reason, actor string) error {
	a := queue.Agent{ID: agent, State: queue.State(state), Reason: queue.Reason(reason)}
	switch state {
	case loggedOut:
		a.State, a.Reason = queue.Paused, loggedOut
	case string(queue.Available):
		a.Reason = ""
	}
	pl, err := s.poolOf(tenant, agent)
	if err == nil {
		err = pl.SetAgent(ctx, a)
	}
	result := "agent " + shown(agent) + " " + state
	if reason != "" {
		result += ": " + reason
	}
	s.noteOf(ctx, tenantOf(pl, tenant), actor, "set-agent-state", outcome(result, err))
	return err
}

// saidLate is how long after a call its agent may still say how it ended, though wrap-up is
// over: that may last for seconds only, and run out while the agent chooses a word.
const saidLate = 10 * time.Minute

// EndWrapUp makes an agent available who wraps up, and notes how the call ended. Of a call of
// which nothing was said yet it is noted a while after wrap-up, too, and nothing else changes.
func (s staff) EndWrapUp(ctx context.Context, tenant, agent, disposition, actor string) error {
	pl, err := s.poolOf(tenant, agent)
	var last call.Record
	if err == nil && disposition != "" {
		last, err = s.lastOf(ctx, pl, agent)
	}
	if err == nil {
		err = pl.EndWrapUp(ctx, agent)
	}
	if errors.Is(err, queue.ErrNoWrapUp) && disposition != "" && last.Disposition == "" && time.Since(last.Ended) < saidLate {
		err = nil
	}
	if err == nil && disposition != "" {
		last.Disposition = disposition
		err = s.records.Amend(ctx, last)
	}
	s.noteOf(ctx, tenantOf(pl, tenant), actor, "end-wrap-up", outcome("agent "+shown(agent)+" "+disposition, err))
	return err
}

// keptWithin is how long the record of a call that has just ended is waited for.
const keptWithin = 5 * time.Second

// awaitRecord waits until the call that an agent wraps up is kept: it is over for the agent
// first, and what is said of it meanwhile must not be noted of the call before.
func (s staff) awaitRecord(ctx context.Context, pl *pool, agent string) error {
	ctx, cancel := context.WithTimeout(ctx, keptWithin)
	defer cancel()
	now, _ := pl.Snapshot(ctx) // without it, only of calls that are known to be over
	wraps := slices.ContainsFunc(now.Agents, func(a queue.AgentStatus) bool { return a.ID == agent && a.State == queue.WrapUp })
	return s.calls.Outlive(ctx, func(r call.Record) bool {
		return r.Tenant == pl.tenant && r.Agent == agent && (!r.Ended.IsZero() || wraps && r.State == call.StateBridged.String())
	})
}

// mostLooked is among how many of the latest calls that of an agent is looked for.
const mostLooked = 1000

// lastOf gives the record of an agent's last call, with its journal.
func (s staff) lastOf(ctx context.Context, pl *pool, agent string) (call.Record, error) {
	if err := s.awaitRecord(ctx, pl, agent); err != nil {
		return call.Record{}, fmt.Errorf("record of the call of %s: %w", agent, err)
	}
	latest, err := s.records.List(ctx, pl.tenant, mostLooked)
	if err != nil {
		return call.Record{}, err
	}
	for _, r := range latest {
		if r.Agent == agent {
			return s.records.Get(ctx, pl.tenant, r.Call)
		}
	}
	return call.Record{}, call.ErrNoRecord
}

// poolOf gives the pool of an agent, who must be of the tenant if one is named.
func (s staff) poolOf(tenant, agent string) (*pool, error) {
	a, ok := s.plan.Load().agents[agent]
	if !ok || tenant != "" && a.tenant != tenant {
		return nil, console.ErrNoAgent
	}
	pl := s.pools.of(a.tenant)
	if pl == nil {
		return nil, console.ErrNoAgent
	}
	return pl, nil
}

func tenantOf(p *pool, asked string) string {
	if p == nil {
		return asked
	}
	return p.tenant
}

func outcome(what string, err error) string {
	if err != nil {
		return "refused: " + err.Error() + " (" + what + ")"
	}
	return what
}
