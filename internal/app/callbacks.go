package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/outbound"
	"github.com/callward/callward/router/queue"
)

// Callbacks say when the callers of a queue are offered to be called back, keeping their
// place, and how that is done. docs/queues.md has the whole of it.
type Callbacks struct {
	After time.Duration `koanf:"after"` // of waiting, it is offered; 0: not for that
	Wait  time.Duration `koanf:"wait"`  // the same, when the wait is expected to be longer; 0: not for that
	Delay time.Duration `koanf:"delay"` // from the wish to the first try; 0: 15 s, in which the caller hears the goodbye and hangs up
	Tries int           `koanf:"tries"` // how often the caller's phone is rung; 0: 3
	Retry time.Duration `koanf:"retry"` // between two tries; 0: 10 min
	Keep  time.Duration `koanf:"keep"`  // after which it is given up; 0: 24 h
	First string        `koanf:"first"` // whose phone rings first: agent or customer; empty: agent
	Hours []string      `koanf:"hours"` // of the tenant's zone, in which callers are called; empty: always
}

// Whose phone rings first.
const (
	firstAgent    = "agent"
	firstCustomer = "customer"
)

const (
	callbackDelay = 15 * time.Second
	callbackTries = 3
	callbackRetry = 10 * time.Minute
	drainRetry    = 10 * time.Second // until which this process may be gone, and another place it
	callbackKeep  = 24 * time.Hour
)

// offered reports whether there is any.
func (b Callbacks) offered() bool { return b.After > 0 || b.Wait > 0 }

func (b Callbacks) offer() call.CallbackOffer {
	or := func(d, usual time.Duration) time.Duration {
		if d == 0 {
			return usual
		}
		return d
	}
	o := call.CallbackOffer{After: b.After, Wait: b.Wait}
	o.Callback = queue.Callback{After: or(b.Delay, callbackDelay), Keep: or(b.Keep, callbackKeep), Tries: b.Tries, Retry: or(b.Retry, callbackRetry)}
	if o.Tries == 0 {
		o.Tries = callbackTries
	}
	return o
}

// callbacks gives the offers of a tenant's queues.
func (t Tenant) callbacks() map[string]call.CallbackOffer {
	out := map[string]call.CallbackOffer{}
	for name, q := range t.Queues {
		if q.Callback.offered() {
			out[name] = q.Callback.offer()
		}
	}
	return out
}

// quiet is how long no caller of a queue may be called back from now on; 0: they may be.
func (b Callbacks) quiet(now time.Time, zone string) time.Duration {
	hours, err := outbound.ParseHours(b.Hours, zone)
	if err != nil { // Check does not let it come so far
		return 0
	}
	const week = 7 * 24 * time.Hour
	for t := now; t.Sub(now) <= week; t = t.Truncate(time.Minute).Add(time.Minute) {
		if hours.Contain(t) {
			return t.Sub(now)
		}
	}
	return week
}

// callback checks what a queue says of it.
func (k *checker) callback(path string, q Queue, t Tenant) {
	b := q.Callback
	for name, d := range map[string]time.Duration{".after": b.After, ".wait": b.Wait, ".delay": b.Delay, ".retry": b.Retry, ".keep": b.Keep} {
		k.want(d == 0 || d >= time.Second && d <= 7*24*time.Hour, path+name, "%s; allowed: 1s to 168h", d)
	}
	k.want(b.Delay < b.offer().Keep, path+".delay", "it would be given up before; allowed: less than keep, %s", b.offer().Keep)
	k.word(path+".first", b.First, []string{firstAgent, firstCustomer})
	k.want(b.Tries >= 0 && b.Tries <= 10, path+".tries", "%d; allowed: 0 (which is %d) to 10", b.Tries, callbackTries)
	_, err := outbound.ParseHours(b.Hours, t.Zone)
	k.want(err == nil, path+".hours", "%v", err)
	k.want(!b.offered() || t.Outbound.Trunk != "", path, "callers are called back by the tenant's outbound trunk, and there is none; set outbound.trunk")
	k.want(!b.offered() || q.Number == "", path, "the queue is outside: its callers do not wait here")
}

// callable says whether a caller may be called back at a number, and how it is written in
// full. What the gate lets nobody call is not offered.
func (a *App) callable(tenant, number string) (string, error) {
	o := a.plan.Load().outwards(tenant, number)
	policy, trunk := o.policy.policy(), o.trunk.Outbound.policy()
	policy.Hours, policy.Calls, policy.Hourly = outbound.Hours{}, 0, 0 // that is for when it is called
	trunk.Hours, trunk.Calls, trunk.Hourly = outbound.Hours{}, 0, 0
	if err := a.gate.Check(o.request, policy, trunk); err != nil {
		return "", err
	}
	return o.request.Number, nil
}

// callableCaller is the number of a caller who may be called back there; else empty.
func (a *App) callableCaller(tenant, caller string, private bool) string {
	if private {
		return ""
	}
	number, err := a.callable(tenant, caller)
	if err != nil {
		return ""
	}
	return number
}

// callBack calls somebody back for whom an agent is reserved.
func (a *App) callBack(tenant string, o queue.Offer) {
	if a.draining.Load() {
		a.putOff(tenant, o, queue.Failure, drainRetry)
		return
	}
	p := a.plan.Load()
	t := p.loaded.Config.Tenants[tenant]
	l, ok := p.line(o.Back.Line, o.Back.Line)
	deps := a.deps(tenant)
	if !ok || l.tenant != tenant {
		a.log.Warn("a callback is of a number that is no longer answered", slog.String("tenant", tenant), slog.String("callback", o.Call))
		a.putOff(tenant, o, queue.Unreachable, callbackRetry)
		return
	}
	deps.Recognizer, deps.Synthesizer = a.speech.asr.pool, a.speech.tts.pool // an agent may send the caller on to a queue
	setup := call.BackSetup{
		Offer: o, Quiet: t.Queues[o.Queue].Callback.quiet(time.Now(), t.Zone),
		Setup: a.setup(p, l), CallerFirst: t.Queues[o.Queue].Callback.First == firstCustomer,
	}
	setup.Trunk, setup.Caller, setup.Called = t.Outbound.Trunk, o.Back.Number, o.Back.Line
	setup.Languages = []string{o.Back.Language}
	setup.Heard, setup.Fillers = a.speech.heard(setup.Languages), a.speech.fillersOf(l.name, setup.Languages)
	if err := a.calls.RunBack(a.calling, call.NewBack(setup, deps)); err != nil {
		a.lacksPort(err)
		a.log.Info("a caller was not called back", slog.String("call", string(setup.ID)), slog.Any("err", err))
	}
}

// putOff leaves a callback for later, as soon as Redis can be told.
func (a *App) putOff(tenant string, o queue.Offer, why queue.Reason, after time.Duration) {
	setup := call.BackSetup{Offer: o, Quiet: after, Why: why, Setup: call.Setup{ID: call.OfTicket(o.Call), Tenant: tenant}}
	_ = a.calls.RunBack(a.calling, call.NewBack(setup, a.deps(tenant))) // it only fails to call
}

// Next gives the reservations for callers who are on the line. Those for callers who want
// to be called back are seen to beside it.
func (p *pool) Next(ctx context.Context) (queue.Offer, error) {
	for {
		o, err := p.Redis.Next(ctx)
		if err != nil || o.Back == nil {
			return o, err
		}
		p.backs.Go(func() { p.callBack(p.tenant, o) })
	}
}
