package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/records"
)

// Whether agents are told by a tone that a supervisor is on their call.
const (
	supervisionTold   = "told"
	supervisionSilent = "silent"
)

// supervisors lets people onto the calls of this process. The audit has each step once, by the
// name of the mode, what is refused as well, and how each supervision ended.
type supervisors struct{ *App }

// List gives the supervisors of a call.
func (s supervisors) List(ctx context.Context, tenant string, id call.ID) ([]call.Supervision, error) {
	c, ok := s.calls.Find(tenant, id)
	if !ok {
		return nil, call.ErrOver
	}
	return c.Supervisions(ctx)
}

// Begin calls a supervisor into a call.
func (s supervisors) Begin(ctx context.Context, tenant string, id call.ID, r console.Supervise) (call.Supervision, error) {
	c, ok := s.calls.Find(tenant, id)
	if !ok {
		return call.Supervision{}, call.ErrOver
	}
	from := "phone " + shown(r.Phone)
	to, err := s.phone(ctx, c.Tenant(), r)
	if err != nil {
		s.noteOf(ctx, c.Tenant(), r.Actor, string(r.Mode), onCall(c, from, err))
		return call.Supervision{}, err
	}
	return s.enter(ctx, c, from, call.SuperviseRequest{Key: r.Key, Mode: r.Mode, To: to, Phone: shown(r.Phone), By: r.Actor})
}

// enter asks the call to let a supervisor in. The audit has the beginning before the end, which
// may come first: of a page that cannot be answered, or a caller who has just hung up.
func (s supervisors) enter(ctx context.Context, c *call.Call, from string, r call.SuperviseRequest) (call.Supervision, error) {
	noted := make(chan struct{})
	defer close(noted)
	r.Over = s.over(c, noted)
	begun, err := c.Supervise(ctx, r)
	if !begun.Again {
		s.noteOf(ctx, c.Tenant(), r.By, string(r.Mode), onCall(c, from, err))
	}
	return begun, err
}

// phone finds where a supervisor is called.
func (s supervisors) phone(ctx context.Context, tenant string, r console.Supervise) (call.Destination, error) {
	to, err := phones(s).Resolve(ctx, tenant, r.Actor, r.Phone)
	if errors.Is(err, call.ErrBarred) || err == nil && to.Queue != "" {
		return call.Destination{}, console.ErrNoPhone
	}
	return to, err
}

// Change has a supervisor do something else.
func (s supervisors) Change(ctx context.Context, tenant string, id call.ID, supervision string, mode call.Mode, actor string) (call.Supervision, error) {
	c, ok := s.calls.Find(tenant, id)
	if !ok {
		return call.Supervision{}, call.ErrOver
	}
	changed, err := c.ChangeSupervision(ctx, supervision, mode, actor)
	s.noteOf(ctx, c.Tenant(), actor, string(mode), onCall(c, "supervision "+shown(supervision), err))
	return changed, err
}

// over writes down how a supervision ended: by whom, in which way it was at last, why, and how
// long it had lasted. That it began is noted first.
func (s supervisors) over(c *call.Call, noted <-chan struct{}) func(context.Context, call.SupervisionEnd) {
	return func(ctx context.Context, e call.SupervisionEnd) {
		<-noted
		why := e.Why
		if e.Lasted > 0 {
			why = fmt.Sprintf("%s, after %s", e.Why, e.Lasted.Round(time.Second))
		}
		how := "phone " + e.Phone
		if e.Browser {
			how = "browser"
		}
		s.noteOf(ctx, c.Tenant(), cmp.Or(e.Ender, e.By), "end-supervision", fmt.Sprintf("call %s, supervision of %s (%s by %s): %s", c.ID(), e.By, e.Mode, how, why))
	}
}

// End hangs up a supervisor.
func (s supervisors) End(ctx context.Context, tenant string, id call.ID, supervision, actor string) error {
	c, ok := s.calls.Find(tenant, id)
	if !ok {
		return call.ErrOver
	}
	err := c.EndSupervision(ctx, supervision, actor)
	if err != nil {
		s.noteOf(ctx, c.Tenant(), actor, "end-supervision", onCall(c, "supervision "+shown(supervision), err))
	}
	return err
}

func onCall(c *call.Call, what string, err error) string {
	out := "call " + string(c.ID()) + ", " + what
	if err != nil {
		out = "refused: " + err.Error() + " (" + out + ")"
	}
	return out
}

// noteOf writes an audit event of a tenant.
func (a *App) noteOf(ctx context.Context, tenant, actor, action, result string) {
	e := records.Event{Time: time.Now(), Tenant: tenant, Actor: actor, Action: action, Result: result}
	if err := a.audit.Put(ctx, e); err != nil {
		a.log.Warn("keep audit event", slog.Any("err", err))
	}
}
