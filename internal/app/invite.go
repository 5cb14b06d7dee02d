package app

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/stir"
)

// invite takes a new call: trunk, number, tenant, assistant.
func (a *App) invite(ctx context.Context, leg *sip.Leg) {
	p := a.plan.Load()
	if a.agentCalls(leg, p) {
		return
	}
	from := peerOf(leg)
	trunk, why, ok := p.trunk(from)
	if !ok {
		a.log.Warn("call refused", slog.String("source", leg.Source()), slog.String("why", why))
		a.reject(ctx, leg, sip.Forbidden)
		return
	}
	policy := p.loaded.Config.Trunks[trunk]
	if policy.Challenge && leg.User() != policy.User {
		if err := leg.Challenge(); err != nil {
			a.log.Debug("challenge", slog.Any("err", err))
		}
		return
	}
	leave, ok := a.traffic.enter(trunk, policy)
	if !ok {
		a.log.Warn("call refused", slog.String("trunk", trunk), slog.String("why", "the trunk has as many calls as it may"))
		a.reject(ctx, leg, sip.Overload)
		return
	}
	defer leave()
	if kind, ok := p.tests[leg.Called()]; ok {
		a.test(leg, kind, p.testTenant, byPhone(leg), policy.media(leg))
		return
	}
	l, ok := p.line(leg.Called(), policy.number(leg.Called()))
	if !ok {
		a.log.Info("call refused", slog.String("source", leg.Source()), slog.String("why", "no such number"))
		a.reject(ctx, leg, sip.NotFound)
		return
	}
	a.serve(leg, p, l, trunk, a.trust(ctx, leg, policy))
}

func peerOf(leg *sip.Leg) peer {
	source, _ := netip.ParseAddrPort(leg.Source()) // it is one
	return peer{source.Addr().Unmap(), leg.Transport(), leg.Certificate()}
}

func (a *App) reject(ctx context.Context, leg call.Leg, cause sip.Cause) {
	if err := leg.Reject(ctx, cause); err != nil {
		a.log.Debug("reject", slog.Any("err", err))
	}
}

// serve lives a call on a line.
func (a *App) serve(leg *sip.Leg, p *plan, l line, trunk string, trust stir.Result) {
	policy, setup := p.loaded.Config.Trunks[trunk], a.setup(p, l)
	setup.Trunk, setup.Trust, setup.Believed = trunk, trust.Trust.String(), policy.believes(leg)
	setup.Caller, setup.Private, setup.Called, setup.Media = policy.caller(leg), leg.Private(), leg.Called(), policy.media(leg)
	if err := leg.SetHeader("X-Callward-Call", string(setup.ID)); err != nil {
		a.log.Warn("name call to the caller", slog.Any("err", err))
	}
	a.recall(a.calling, &setup, p)
	setup.Callable = a.callableCaller(l.tenant, setup.Caller, setup.Private)
	a.converse(setup, l, leg)
}

// setup is what a line makes of any call.
func (a *App) setup(p *plan, l line) call.Setup {
	return call.Setup{
		ID: newID(), Tenant: l.tenant,
		Assistant: l.assistant, Languages: l.languages,
		Heard:     a.speech.heard(l.languages),
		Trouble:   !a.speech.isReady(),
		Fillers:   a.speech.fillersOf(l.name, l.languages),
		CardByKey: p.loaded.Config.Tenants[l.tenant].Cards == cardsByKey,
		Times:     p.times(l.tenant), Unannounced: p.loaded.Config.Tenants[l.tenant].Supervision == supervisionSilent,
		Redaction: p.loaded.Config.Redaction.policy(), MuteAgents: p.loaded.Config.Redaction.Agents == agentsMute,
		ListenDelay: p.loaded.Config.Redaction.ListenDelay,
		Briefs:      p.loaded.Config.Tenants[l.tenant].briefs(), Sent: p.loaded.Config.Tenants[l.tenant].sentBrief(),
		Outside: p.outside(l.tenant), Refuge: p.loaded.Config.Tenants[l.tenant].Refuge,
		Callbacks: p.loaded.Config.Tenants[l.tenant].callbacks(), Hours: p.loaded.Config.Tenants[l.tenant].hours(),
		Voicemails: p.loaded.Config.Tenants[l.tenant].voicemails(), Rings: p.loaded.Config.Tenants[l.tenant].rings(),
	}
}

// converse lives a call with a line's assistant.
func (a *App) converse(setup call.Setup, l line, leg call.Leg) {
	deps := a.deps(l.tenant)
	service, leaveService := a.dialogs.take(l.tenant)
	defer leaveService()
	tokeniser, leaveTokeniser := a.payments.take(l.tenant)
	defer leaveTokeniser()
	tokeniser.serves(&deps)
	a.webhooks.serves(&deps, l)
	deps.Recognizer, deps.Synthesizer, deps.Qualifiers = a.speech.asr.pool, a.speech.tts.pool, service.qualifiers(setup.ID, l)
	a.outputs.began(setup)
	c := call.New(setup, deps, leg)
	if err := a.calls.Run(a.calling, c); err != nil {
		a.outputs.ended(c.Record()) // refused: nothing else keeps it
		level := slog.LevelInfo
		if a.lacksPort(err) {
			level = slog.LevelWarn
		}
		a.log.Log(a.calling, level, "call not taken", slog.String("call", string(setup.ID)), slog.Any("err", err))
	}
}

// lacksPort reports whether a call was refused for want of a port, and counts it.
func (a *App) lacksPort(err error) bool {
	if !errors.Is(err, media.ErrNoPorts) {
		return false
	}
	a.portless.Add(1)
	return true
}

// deps is what the calls of a tenant stand on, callers' and agents'.
func (a *App) deps(tenant string) call.Deps {
	return call.Deps{
		Lines: a.media, Queues: a.pools.of(tenant), Phones: phones{a}, Talks: a.calls,
		Callable: a.callable, Journal: a.journal, Records: a.records, Messages: a.messages, Answered: a.answered, Log: a.log, Now: time.Now,
		Flagged: func(flag string) { a.flags.WithLabelValues(tenant, flag).Inc() },
	}
}

// legMedia is how sound reaches who is at the other end of a leg: by the way of the
// call itself.
func legMedia(leg *sip.Leg) media.Options {
	way := leg.Way()
	o := media.Options{
		Local: way.Local, Peer: media.PeerOf(leg.Offer()), Advertise: way.Advertised, Source: way.Peer, Confidential: confidential(way.Transport),
	}
	if !o.Peer.IsValid() {
		o.Peer = way.Local
	}
	return o
}

// media is how sound reaches a caller by a trunk.
func (t Trunk) media(leg *sip.Leg) media.Options {
	o := legMedia(leg)
	o.Codecs, o.Encryption = t.Codecs, encryption(t.Encryption)
	return o
}

// media is how sound reaches an agent's phone that calls.
func (t Tenant) media(leg *sip.Leg) media.Options {
	o := legMedia(leg)
	o.Codecs, o.Encryption = t.Codecs, encryption(t.Encryption)
	return o
}

// confidential reports whether others can read what goes over a transport.
func confidential(transport string) bool { return transport == "tls" || transport == "wss" }

func encryption(text string) media.Encryption {
	e, _ := media.ParseEncryption(text) // the check of the configuration has seen it
	return e
}

// newID names a call: unique over all nodes, and sorted by time.
func newID() call.ID {
	id, err := uuid.NewV7()
	if err != nil {
		id = uuid.New()
	}
	return call.ID(id.String())
}
