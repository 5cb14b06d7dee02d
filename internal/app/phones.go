package app

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

// phones reaches agents where they have registered, and numbers outside by their
// tenant's trunk.
type phones struct{ *App }

// Dial rings an agent's phone, or that of a number outside.
func (p phones) Dial(ctx context.Context, r call.DialRequest) (call.Leg, []byte, error) {
	if r.Agent == "" {
		return p.dialOut(ctx, r)
	}
	at, elsewhere := p.elsewhere(ctx, r)
	here := r.Agent
	if elsewhere {
		here = ""
	}
	leg, err := p.sip.Dial(ctx, sip.Invite{
		Registered: here, To: at,
		DisplayName: shown(r.Caller),
		SDP:         r.SDP,
		Headers:     map[string]string{"X-Callward-Call": string(r.Call), "X-Callward-Tenant": r.Tenant},
	}, rings(r))
	if err != nil {
		return nil, nil, err
	}
	return leg, leg.Remote(), nil
}

// rings tells once that a phone rings.
func rings(r call.DialRequest) func(code int, sdp []byte) {
	if r.Ringing == nil {
		return nil
	}
	var once sync.Once
	return func(int, []byte) { once.Do(r.Ringing) }
}

// Media takes the address by which the phone registered, or that of the trunk.
func (p phones) Media(r call.DialRequest) media.Options {
	if r.Agent == "" {
		trunk := p.plan.Load().outwards(r.Tenant, r.Number).trunk
		at, _ := netip.ParseAddr(hostOf(trunk.To)) // it may be a name
		return media.Options{
			Peer: at, Codecs: trunk.Codecs, Encryption: encryption(trunk.Encryption), Confidential: overTLS(trunk.To),
		}
	}
	way := p.sip.Toward(r.Agent)
	tenant := p.plan.Load().loaded.Config.Tenants[r.Tenant]
	return media.Options{
		Local: way.Local, Peer: way.Local, Advertise: way.Advertised, Source: way.Peer, Confidential: confidential(way.Transport),
		Codecs: tenant.Codecs, Encryption: encryption(tenant.Encryption), ICE: way.Browser,
	}
}

// dialOut calls a number outside, if it may be called.
func (p phones) dialOut(ctx context.Context, r call.DialRequest) (call.Leg, []byte, error) {
	out := p.plan.Load().outwards(r.Tenant, r.Number)
	leave, err := p.passes(ctx, out, who(r))
	if err != nil {
		return nil, nil, err
	}
	to, err := trunkURI(out.trunk.To, out.request.Number)
	if err == nil {
		var leg *sip.Leg
		leg, err = p.sip.Dial(ctx, sip.Invite{
			To: to, Caller: out.policy.Number, SDP: r.SDP, User: out.trunk.User, Password: out.trunk.Password.Reveal(),
		}, rings(r))
		if err == nil {
			return outLeg{leg, leave}, leg.Remote(), nil
		}
	}
	leave()
	return nil, nil, fmt.Errorf("trunk %s: %w", out.request.Trunk, err)
}

// outLeg is a leg to a number outside: its place at the gate is free again once it
// is hung up.
type outLeg struct {
	*sip.Leg

	leave func()
}

// Hangup ends the leg.
func (l outLeg) Hangup(ctx context.Context, c sip.Cause) error {
	l.leave()
	return l.Leg.Hangup(ctx, c)
}

// Address is where a caller's network is asked to call a number in our place.
func (p phones) Address(ctx context.Context, r call.DialRequest) (string, error) {
	plan := p.plan.Load()
	out := plan.outwards(r.Tenant, r.Number)
	if r.Number == plan.loaded.Config.Tenants[r.Tenant].Refuge { // all go there at once, when this process stops
		out.policy.Hours, out.policy.Calls, out.policy.Hourly = nil, 0, 0
		out.trunk.Outbound.Hours, out.trunk.Outbound.Calls, out.trunk.Outbound.Hourly = nil, 0, 0
	}
	leave, err := p.passes(ctx, out, who(r))
	if err != nil {
		return "", err
	}
	leave() // the call is not ours
	return trunkURI(out.trunk.To, out.request.Number)
}

// shown is a caller's number as an agent's display may have it: what a stranger
// wrote into a From header goes no further than its plain characters.
func shown(caller string) string {
	out := make([]byte, 0, len(caller))
	for i := 0; i < len(caller) && len(out) < 32; i++ {
		if c := caller[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '-' || c == '.' {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return "unknown"
	}
	return string(out)
}
