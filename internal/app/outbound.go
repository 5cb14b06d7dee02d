package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/outbound"
	"github.com/callward/callward/redact"
)

// out is a call that a tenant wants placed outside, and what decides on it.
type out struct {
	request outbound.Request
	policy  Outbound // the tenant's
	trunk   Trunk
}

// outwards makes a number one that the gate can judge. Where it came from, be it the
// assistant file, keys, words or the REFER of a phone, makes no difference.
func (p *plan) outwards(tenant, number string) out {
	t := p.loaded.Config.Tenants[tenant]
	o := out{policy: t.Outbound, trunk: p.loaded.Config.Trunks[t.Outbound.Trunk]}
	e164 := o.trunk.number(outbound.Plain(number))
	o.request = outbound.Request{Tenant: tenant, Trunk: t.Outbound.Trunk, Number: e164, Own: p.owns(e164) || p.owns(number)}
	return o
}

// owns reports whether a number is one that we answer, however it is written.
func (p *plan) owns(number string) bool {
	for own := range p.lines {
		if own == number || own != AnyNumber && strings.TrimPrefix(own, "+") == strings.TrimPrefix(number, "+") {
			return true
		}
		for _, t := range p.loaded.Config.Trunks {
			if t.number(own) == number {
				return true
			}
		}
	}
	return false
}

// policy puts what is configured as the gate reads it.
func (o Outbound) policy() outbound.Policy {
	hours, err := outbound.ParseHours(o.Hours, o.Zone)
	if err != nil { // Check does not let it come so far
		return outbound.Policy{}
	}
	return outbound.Policy{Allow: o.Allow, Refuse: o.Refuse, Hours: hours, Calls: o.Calls, Hourly: o.Hourly}
}

// who is by whose wish a number is called, for the audit.
func who(r call.DialRequest) string {
	if r.By != "" {
		return "agent " + r.By
	}
	return "call " + string(r.Call)
}

// passes asks the gate; what it refuses goes to the audit.
func (a *App) passes(ctx context.Context, o out, by string) (leave func(), err error) {
	leave, err = a.gate.Enter(o.request, o.policy.policy(), o.trunk.Outbound.policy())
	if err != nil {
		return nil, a.bar(ctx, o, by, err)
	}
	a.note(ctx, by, "outbound", "called "+outbound.Mask(o.request.Number)+" by trunk "+o.request.Trunk)
	return leave, nil
}

// bar notes a refusal and gives its error.
func (a *App) bar(ctx context.Context, o out, by string, why error) error {
	a.barred.Add(1)
	a.note(ctx, by, "outbound", "refused: "+why.Error())
	a.log.Warn("a call outside was refused", slog.String("tenant", o.request.Tenant), slog.String("by", by), slog.String("why", why.Error()))
	return fmt.Errorf("%w: %w", call.ErrBarred, why)
}

// Resolve finds whom an agent means: a colleague, a queue, or a number outside.
func (p phones) Resolve(ctx context.Context, tenant, agent, asked string) (call.Destination, error) {
	plan := p.plan.Load()
	if c, ok := plan.agents[asked]; ok && c.tenant == tenant {
		return call.Destination{Agent: asked}, nil
	}
	if q, ok := plan.loaded.Config.Tenants[tenant].Queues[asked]; ok && q.Number == "" {
		return call.Destination{Queue: asked}, nil
	} else if ok {
		asked = q.Number
	}
	o := plan.outwards(tenant, asked)
	if err := p.gate.Check(o.request, o.policy.policy(), o.trunk.Outbound.policy()); err != nil {
		return call.Destination{}, p.bar(ctx, o, "agent "+agent, err)
	}
	return call.Destination{Number: o.request.Number, By: call.ByBridge, Shown: redact.Authored(outbound.Mask(o.request.Number))}, nil
}

// trunkURI is where a number is called at a trunk; without a number, the trunk.
func trunkURI(to, number string) (string, error) {
	rest, ok := strings.CutPrefix(to, "sip:")
	scheme := "sip:"
	if !ok {
		scheme = "sips:"
		rest, ok = strings.CutPrefix(to, scheme)
	}
	if !ok || rest == "" || strings.ContainsAny(rest, "@<>\" ?\\") {
		return "", fmt.Errorf("%q is not a sip: address without a user", to)
	}
	if number == "" {
		return to, nil
	}
	return scheme + number + "@" + rest, nil
}

// overTLS reports whether a trunk's address is called over TLS.
func overTLS(to string) bool {
	to = strings.ToLower(to)
	return strings.HasPrefix(to, "sips:") || overTLSParameter(to)
}

func overTLSParameter(to string) bool {
	return slices.Contains(strings.Split(to, ";"), "transport=tls")
}

// hostOf is the host of a trunk's address.
func hostOf(to string) string {
	_, rest, _ := strings.Cut(to, ":")
	rest, _, _ = strings.Cut(rest, ";")
	if host, _, err := net.SplitHostPort(rest); err == nil {
		return host
	}
	return strings.Trim(rest, "[]")
}
