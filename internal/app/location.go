package app

import (
	"context"
	"log/slog"
	"slices"

	"github.com/callward/callward/call"
	"github.com/callward/callward/sip"
)

// locate tells the pool whether the phone of an agent can be reached, and where, so that
// other nodes call it too. One that has left for another node is none of our business.
func (p *pool) locate(ctx context.Context, server *sip.Server, user string) error {
	contact, here := server.Locate(user)
	if !here {
		elsewhere, err := p.Gone(ctx, user)
		if err != nil || elsewhere {
			return err
		}
		return p.Reachable(ctx, user, false)
	}
	bound := server.Bindings()
	i := slices.IndexFunc(bound, func(b sip.Binding) bool { return b.User == user && b.Contact == contact })
	if i >= 0 {
		if err := p.Here(ctx, user, contact, bound[i].Expires); err != nil {
			return err
		}
	}
	return p.Reachable(ctx, user, true)
}

// elsewhere gives the contact of an agent's phone that has registered at another node.
// It is called there directly: a phone behind a NAT is only reached by its own node.
func (p phones) elsewhere(ctx context.Context, r call.DialRequest) (contact string, ok bool) {
	pl := p.pools.of(r.Tenant)
	if _, here := p.sip.Locate(r.Agent); here || pl == nil {
		return "", false
	}
	contact, ok, err := pl.Where(ctx, r.Agent)
	if err != nil {
		p.log.Warn("phone was not found", slog.String("agent", r.Agent), slog.Any("err", err))
	}
	return contact, ok
}
