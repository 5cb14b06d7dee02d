package console

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
)

// byPolicy is who ends the part of a supervisor that lost the right to it.
const byPolicy = "policy"

// An overseen is a supervisor's part in a call.
type overseen struct {
	tenant      string
	call        call.ID
	supervision string
}

// oversights are the supervisions that are looked after, each with who began it or had it
// changed last: they answer for it.
type oversights struct {
	mu sync.Mutex
	by map[overseen]visit
}

// oversee sees to it that a supervision ends soon after the right to it does: when the
// session or the account that it was begun with ends, the roles change, or the call goes
// where they do not reach. Its goroutine ends with the supervision, or with the server.
func (s *Server) oversee(ctx context.Context, on call.Record, supervision string) {
	o, key := &s.overseen, overseen{on.Tenant, on.Call, supervision}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.by == nil {
		o.by = map[overseen]visit{}
	}
	_, looked := o.by[key]
	o.by[key] = visitOf(ctx)
	if !looked {
		go s.lookAfter(context.WithoutCancel(ctx), key)
	}
}

func (s *Server) lookAfter(ctx context.Context, key overseen) {
	tick := time.NewTicker(again)
	defer tick.Stop()
	for more := true; more; {
		select {
		case <-s.closing:
			return
		case <-tick.C:
		}
		timed, cancel := context.WithTimeout(ctx, writeTime)
		more = s.stands(timed, key)
		cancel()
	}
	s.overseen.mu.Lock()
	defer s.overseen.mu.Unlock()
	delete(s.overseen.by, key)
}

// stands reports whether a supervision goes on. One to which the right is gone is ended.
func (s *Server) stands(ctx context.Context, key overseen) bool {
	on, part, ok := s.part(ctx, key)
	if !ok {
		return false
	}
	s.overseen.mu.Lock()
	v := s.overseen.by[key]
	s.overseen.mu.Unlock()
	who, err := s.whose(ctx, v.badge, false)
	if err != nil && !errors.Is(err, signin.ErrUnknown) {
		return true // a Redis that does not answer takes nobody's
	}
	if err == nil && who.May(access.Action(part.Mode)).Queue(on.Tenant, on.Queue) {
		return true
	}
	s.noteFor(ctx, v.who.Name, on.Tenant, string(part.Mode), "revoked: the right to it is gone, call "+string(on.Call))
	s.dismiss(ctx, on, part)
	return false
}

// part finds a supervision, and the call as it is now.
func (s *Server) part(ctx context.Context, key overseen) (on call.Record, part call.Supervision, ok bool) {
	for _, on = range s.cfg.Live() {
		if on.Tenant != key.tenant || on.Call != key.call {
			continue
		}
		all, err := s.cfg.Supervisors.List(ctx, key.tenant, key.call)
		for _, part = range all {
			if part.ID == key.supervision && err == nil {
				return on, part, true
			}
		}
	}
	return on, part, false
}

// dismiss ends a supervision. A caller whom the supervisor has taken is given back first:
// they did nothing to be hung up on.
func (s *Server) dismiss(ctx context.Context, on call.Record, part call.Supervision) {
	if part.On && part.Mode == call.TakeOver {
		if _, err := s.cfg.Supervisors.Change(ctx, on.Tenant, on.Call, part.ID, call.HandBack, byPolicy); err != nil {
			s.cfg.Log.Warn("caller is not handed back", slog.Any("err", err))
		}
	}
	err := s.cfg.Supervisors.End(ctx, on.Tenant, on.Call, part.ID, byPolicy)
	if err != nil && !errors.Is(err, call.ErrNoSupervision) && !errors.Is(err, call.ErrOver) {
		s.cfg.Log.Warn("supervision without a right to it goes on", slog.Any("err", err))
	}
}
