package call

import (
	"context"
	"log/slog"

	"github.com/callward/callward/sip"
)

// referred takes an agent's wish to put the caller through.
func (c *Call) referred(ctx context.Context, r *sip.Referral) {
	if r.Replaces != nil {
		c.handOver(ctx, r)
		return
	}
	to, err := c.deps.Phones.Resolve(ctx, c.setup.Tenant, r.To)
	if err != nil {
		c.warn("refuse a transfer", r.Reject(sip.Forbidden))
		c.post(ctx, TransferRefused{Reason: err.Error()})
		return
	}
	if err := r.Accept(); err != nil {
		c.warn("accept a transfer", err)
		return
	}
	c.post(ctx, TransferAsked{Ask: c.ask(r), To: to})
}

// handOver gives the caller to whom the agent has called meanwhile.
func (c *Call) handOver(ctx context.Context, r *sip.Referral) {
	p, ok := c.deps.Talks.Yield(c.setup.Tenant, r.Replaces.ID())
	if !ok {
		c.warn("refuse a transfer", r.Reject(sip.Declined))
		c.post(ctx, TransferRefused{Reason: "the call that the agent named is not one that he placed"})
		return
	}
	c.warn("accept a transfer", r.Accept())
	c.Hand(ctx, p, c.ask(r))
}

// Hand gives the caller to somebody who is on the line already, in place of the
// agent; ask is 0 if nobody has to be told.
func (c *Call) Hand(ctx context.Context, p Party, ask int) {
	c.mu.Lock()
	if p.Offer.Number > 0 {
		c.offers[p.Offer.Number] = p.Offer
	} else {
		c.handed--
		p.Offer.Number = c.handed
	}
	c.mu.Unlock()
	c.humans.mu.Lock()
	c.humans.on[p.Offer.Number] = &p
	c.humans.mu.Unlock()
	c.post(ctx, Handed{Ask: ask, Offer: p.Offer.Number, Agent: p.Name})
}

// holds reports whether a leg is that of a human the caller talks with.
func (c *Call) holds(leg string) bool {
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	for _, p := range c.humans.on {
		if p.leg.ID() == leg {
			return true
		}
	}
	return false
}

// ask numbers a wish.
func (c *Call) ask(r *sip.Referral) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asks = append(c.asks, r)
	return len(c.asks)
}

// tellAsker tells who asked how far it has come.
func (c *Call) tellAsker(t Tell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asks[t.Ask-1].Notify(t.Code)
}

// notHis refuses the caller's own wish to be put through: where callers go, the
// line decides.
func (c *Call) notHis(ctx context.Context, r *sip.Referral) {
	c.log.Warn("the caller's side asked for a transfer", slog.String("call", string(c.setup.ID)))
	c.warn("refuse a transfer", r.Reject(sip.Forbidden))
	c.post(ctx, TransferRefused{Reason: "the caller's side asked for a transfer"})
}
