package call

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/callward/callward/router/queue"
)

// Why a call that an agent placed ended, besides what callers' calls end of.
const (
	CauseCalled Cause = "called hung up"
	CauseSilent Cause = "one of the two vanished"
)

// A deskRecord gathers what remains of a call that an agent places. Only Run and what it
// calls touch it.
type deskRecord struct {
	r     Record
	now   func() time.Time
	cause Cause
}

func newDeskRecord(s DeskSetup, now func() time.Time) *deskRecord {
	r := Record{
		Tenant: s.Tenant, Call: s.ID, Desk: true, Caller: s.Agent, Called: cmp.Or(s.To.Agent, s.To.Number), Outside: s.To.Agent == "",
		State: StateRinging.String(), Started: now(),
	}
	d := &deskRecord{r: r, now: now}
	d.note(Entry{Kind: KindStarted})
	return d
}

// note adds an entry to the record's journal, and to no other: what agents do among
// themselves is not told to those who watch callers.
func (d *deskRecord) note(e Entry) {
	e.Time, e.Tenant, e.Call, e.Seq = d.now(), d.r.Tenant, d.r.Call, uint64(len(d.r.Journal)+1) //nolint:gosec // a few
	d.r.Journal = append(d.r.Journal, e)
	switch e.Kind {
	case KindAgentAnswer:
		d.r.Answered, d.r.Agent, d.r.State = e.Time, e.Agent, StateBridged.String()
	case KindEnded:
		d.r.Ended, d.r.Cause, d.r.State = e.Time, e.Reason, StateEnded.String()
	default:
	}
}

// ends says why, if nothing has said so before.
func (d *deskRecord) ends(why Cause) error {
	d.cause = cmp.Or(d.cause, why)
	return nil
}

// keep hands the record over.
func (d *Desk) keep(ctx context.Context) {
	if d.deps.Records == nil {
		return
	}
	d.record.note(Entry{Kind: KindEnded, Reason: string(cmp.Or(d.record.cause, CauseFault)), Duration: d.record.now().Sub(d.record.r.Started)})
	d.warn("keep record", d.deps.Records.Put(context.WithoutCancel(ctx), d.record.r))
}

// unreached says in a word why nobody answered.
func (d *Desk) unreached(ctx context.Context, err error) Cause {
	switch {
	case errors.Is(err, errNotFree):
		return Cause(queue.LineBusy)
	case ctx.Err() != nil:
		return d.stopped()
	}
	return Cause(reasonOf(err))
}

// stopped says why the call's context ended: the agent hung up, or this process stops.
func (d *Desk) stopped() Cause {
	select {
	case <-d.leg.Done():
		return CauseCaller
	default:
		return CauseShutdown
	}
}
