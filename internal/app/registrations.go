package app

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/callward/callward/sip"
)

// registrations are ours at trunks that want one.
type registrations struct {
	mu   sync.Mutex
	at   map[string]bool // by trunk: whether we are registered
	wake chan struct{}
}

// state says of each trunk that wants one whether we are registered.
func (r *registrations) state() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.at)
}

// woken is where nudge is heard.
func (r *registrations) woken() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wake == nil {
		r.wake, r.at = make(chan struct{}, 1), map[string]bool{}
	}
	return r.wake
}

// nudge says that the configuration may be another.
func (r *registrations) nudge() {
	select {
	case r.woken() <- struct{}{}:
	default:
	}
}

func (r *registrations) set(trunk string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at[trunk] = ok
}

func (r *registrations) forget(trunk string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.at, trunk)
}

// kept is a registration that is being kept alive.
type kept struct {
	trunk  Trunk
	cancel context.CancelFunc
	done   chan struct{}
}

// keepRegistered keeps us registered at the trunks that want it, as configured now,
// until ctx ends.
func (a *App) keepRegistered(ctx context.Context) error {
	wake := a.registrations.woken()
	running := map[string]kept{}
	stop := func(name string) {
		running[name].cancel()
		<-running[name].done
		delete(running, name)
		a.registrations.forget(name)
	}
	for {
		wanted := a.plan.Load().loaded.Config.Trunks
		for name, k := range running {
			if t := wanted[name]; !t.Register || !sameLogin(t, k.trunk) {
				stop(name)
			}
		}
		for name, t := range wanted {
			if _, ok := running[name]; t.Register && !ok {
				running[name] = a.registerAt(ctx, name, t)
			}
		}
		select {
		case <-wake:
		case <-ctx.Done():
			for name := range running {
				stop(name)
			}
			return nil
		}
	}
}

func sameLogin(a, b Trunk) bool {
	return a.To == b.To && a.User == b.User && a.Password.Reveal() == b.Password.Reveal()
}

// againAfter is how long a trunk that refuses us for good is left alone.
const againAfter = time.Minute

// registerAt keeps one registration, also at a trunk that refuses it: its operator
// may be mending that.
func (a *App) registerAt(ctx context.Context, name string, t Trunk) kept {
	ctx, cancel := context.WithCancel(ctx) //nolint:gosec // keepRegistered calls it
	k := kept{t, cancel, make(chan struct{})}
	a.registrations.set(name, false)
	go func() {
		defer close(k.done)
		for ctx.Err() == nil {
			err := a.sip.Register(ctx, sip.Registration{
				Registrar: t.To, User: t.User, Password: t.Password.Reveal(),
				OnState: func(ok bool, err error) {
					a.registrations.set(name, ok)
					a.log.Info("registration at a trunk", slog.String("trunk", name), slog.Bool("registered", ok), slog.Any("err", err))
				},
			})
			if err != nil {
				a.log.Error("a trunk refuses our registration", slog.String("trunk", name), slog.Any("err", err), slog.Duration("again_in", againAfter))
				sleep(ctx, againAfter)
			}
		}
	}()
	return k
}
