package call

import (
	"context"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// referred takes an agent's wish to put the caller through.
func (c *Call) referred(ctx context.Context, p *Party, r *sip.Referral) {
	if p.Name == "" || p.supervises && c.party(p.Offer.Number) == nil { // somebody outside, or who only listens
		c.notHis(ctx, r)
		return
	}
	if r.Replaces != nil {
		c.handOver(ctx, r)
		return
	}
	to, err := c.deps.Phones.Resolve(ctx, c.setup.Tenant, p.Name, r.To)
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
	var p Party
	ok := c.Talks()
	if ok {
		p, ok = c.deps.Talks.Yield(c.setup.Tenant, r.Replaces.ID())
	}
	if !ok {
		c.warn("refuse a transfer", r.Reject(sip.Declined))
		c.post(ctx, TransferRefused{Reason: "the agent does not talk with the caller, or the call that he named is not one that he placed"})
		return
	}
	c.warn("accept a transfer", r.Accept())
	c.Hand(ctx, p, c.ask(r))
}

// Talks reports whether the caller talks with a human now.
func (c *Call) Talks() bool { return c.Record().State == StateBridged.String() }

// Hand gives the caller to somebody who is on the line already, in place of the
// agent; ask is 0 if nobody has to be told. If the call is over, the other is let go.
func (c *Call) Hand(ctx context.Context, p Party, ask int) {
	c.mu.Lock()
	switch {
	case p.Offer.Number > 0 && c.offers != nil:
		c.offers[p.Offer.Number] = p.Offer
	case p.Offer.Number <= 0:
		c.handed--
		p.Offer.Number = c.handed
	}
	c.mu.Unlock()
	if p.Offer.Number < 0 && p.Name != "" {
		p.own = ownTicket(c.setup.ID, p.Offer.Number)
	}
	if !c.admit(&p) {
		c.letParty(ctx, p)
		return
	}
	if p.own != "" { // no caller may be offered to him meanwhile
		entry := queue.Entry{Call: p.own, Queue: DirectQueue(p.Name)}
		c.queueOp(func(op context.Context) { c.warn("hold agent", c.deps.Queues.Enqueue(op, entry)) })
	}
	c.post(ctx, Handed{Ask: ask, Offer: p.Offer.Number, Agent: p.Name})
}

// letParty ends the side of somebody whom an ended call cannot take.
func (c *Call) letParty(ctx context.Context, p Party) {
	c.endLeg(ctx, p.leg, sip.Normal)
	_ = p.session.Close()
	if p.Offer.Number > 0 {
		op, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
		defer cancel()
		c.warn("let agent go", c.deps.Queues.Complete(op, p.Offer))
	}
}

// accept has an agent count as busy while he talks here.
func (c *Call) accept(ctx context.Context, o queue.Offer) {
	op, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	_, err := c.deps.Queues.Accept(op, o)
	c.warn("hold agent", err)
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
	if t.Ask > len(c.asks) || c.asks[t.Ask-1] == nil {
		return
	}
	c.asks[t.Ask-1].Notify(t.Code)
	if t.Code >= 200 { // that was the last
		c.asks[t.Ask-1] = nil
	}
}

// notHis refuses the wish of a caller, or of somebody outside: where callers go, the
// line and its agents decide.
func (c *Call) notHis(ctx context.Context, r *sip.Referral) {
	c.warn("refuse a transfer", r.Reject(sip.Forbidden))
	c.post(ctx, TransferRefused{Reason: "who asked is no agent"})
}
