package app

import (
	"context"

	"github.com/callward/callward/console"
)

// health says of each dependency whether it works, and if not, why.
func (a *App) health(ctx context.Context) []console.Check {
	serving, why := a.serving()
	ready, reason := a.speech.status()
	if ready {
		reason = a.speech.unheard(a.plan.Load())
	}
	return []console.Check{
		{Name: "sip", Ready: serving, Reason: why},
		check("redis", a.pools.ping(ctx)),
		{Name: "speech", Ready: ready, Reason: reason},
	}
}

func (a *App) serving() (ok bool, reason string) {
	select {
	case <-a.started:
	default:
		return false, "starting"
	}
	if a.draining.Load() {
		return false, "draining: new calls are refused"
	}
	return true, ""
}

func check(name string, err error) console.Check {
	c := console.Check{Name: name, Ready: err == nil}
	if err != nil {
		c.Reason = err.Error()
	}
	return c
}
