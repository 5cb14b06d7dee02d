package app

import (
	"log/slog"
	"strings"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

// agentCalls takes a call that an agent's phone places, and reports whether it was
// one. Such a call must prove whose it is; it may be to a colleague or to a number
// outside, or pick up a colleague's call.
func (a *App) agentCalls(leg *sip.Leg, p *plan) bool {
	user := leg.User()
	if user == "" {
		return a.mustProve(leg, p)
	}
	agent, ok := p.agents[user]
	switch {
	case !ok && leg.Replaces() != nil: // a trunk, which may not take a call's place
		a.reject(a.calling, leg, sip.Forbidden)
	case !ok:
		return false
	case leg.Replaces() != nil:
		a.pickUp(leg, user, agent.tenant)
	default:
		a.desk(leg, user, agent.tenant)
	}
	return true
}

// mustProve has a call from an agent's phone prove whose it is: any call that is not
// for a line, from where a phone has registered, so that nobody learns from the answer
// which names there are.
func (a *App) mustProve(leg *sip.Leg, p *plan) bool {
	from := peerOf(leg)
	name, _, trunk := p.trunk(from)
	picks := leg.Replaces() != nil
	e164 := p.loaded.Config.Trunks[name].number(leg.Called())
	switch {
	case a.sip.HasPhone(from.address) && (!trunk || picks || !p.answers(leg.Called(), e164)):
		if err := leg.Challenge(); err != nil {
			a.log.Debug("challenge", slog.Any("err", err))
		}
		return true
	case picks: // nobody else takes a call's place
		a.reject(a.calling, leg, sip.Forbidden)
		return true
	}
	return false
}

// desk lives a call that an agent places.
func (a *App) desk(leg *sip.Leg, user, tenant string) {
	p := a.plan.Load()
	sound := a.deskMedia(leg, user, tenant)
	if kind, ok := p.tests[leg.Called()]; ok {
		a.test(leg, kind, tenant, byPhone(leg), sound)
		return
	}
	if text, ok := p.loaded.Config.Tenants[tenant].Codes[leg.Called()]; ok {
		a.dialled(leg, user, tenant, text)
		return
	}
	to, err := phones{a}.Resolve(a.calling, tenant, user, leg.Called())
	switch {
	case err != nil:
		a.reject(a.calling, leg, sip.Forbidden)
		return
	case to.Queue != "":
		a.reject(a.calling, leg, sip.NotFound)
		return
	case to.Agent == user:
		a.reject(a.calling, leg, sip.Busy)
		return
	}
	setup := call.DeskSetup{
		ID: newID(), Tenant: tenant, Agent: user, To: to, Media: sound, Ring: p.times(tenant).Ring,
	}
	if err := a.calls.RunDesk(a.calling, call.NewDesk(setup, a.deps(tenant), leg)); err != nil {
		a.lacksPort(err)
		a.log.Info("an agent's call was not placed", slog.String("agent", user), slog.Any("err", err))
	}
}

// deskMedia is how sound reaches an agent's phone that calls; one in a browser must prove
// where it is.
func (a *App) deskMedia(leg *sip.Leg, user, tenant string) media.Options {
	o := a.plan.Load().loaded.Config.Tenants[tenant].media(leg)
	o.ICE = strings.HasPrefix(leg.Transport(), "ws") && a.sip.Toward(user).Browser
	return o
}

// pickUp gives an agent the call of a colleague.
func (a *App) pickUp(leg *sip.Leg, user, tenant string) {
	c, ok := a.calls.Holding(tenant, leg.Replaces().ID())
	if !ok || !c.Talks() { // of another tenant, or not a caller's
		a.note(a.calling, "agent "+user, "pick up", "refused: not a call of tenant "+tenant)
		a.reject(a.calling, leg, sip.Forbidden)
		return
	}
	party, err := call.Take(a.calling, a.media, leg, user, a.deskMedia(leg, user, tenant))
	if err != nil {
		a.log.Info("a call was not picked up", slog.String("agent", user), slog.Any("err", err))
		return
	}
	a.note(a.calling, "agent "+user, "pick up", "call "+string(c.ID()))
	c.Hand(a.calling, party, 0)
}
