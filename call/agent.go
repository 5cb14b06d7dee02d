package call

import (
	"context"
	"errors"
	"sync"

	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// agentLeg is the human's side of the call: at most one at a time. The
// goroutine that rings owns it until it is bridged, then the loop does.
type agentLeg struct {
	mu      sync.Mutex
	stop    context.CancelCauseFunc // ends the ringing
	leg     Leg
	session *media.Session
	bridge  *media.Bridge
}

var errTaken = errors.New("the reservation was lost")

// Reserve tells the call that an agent is held for it.
func (c *Call) Reserve(ctx context.Context, o queue.Offer) {
	c.mu.Lock()
	c.offers[o.Number] = o
	c.mu.Unlock()
	c.post(ctx, Reserved{Offer: o.Number, Agent: o.Agent})
}

// takeOffer gives the reservation of a number and forgets it.
func (c *Call) takeOffer(number int64) (queue.Offer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.offers[number]
	delete(c.offers, number)
	return o, ok
}

func (c *Call) offer(number int64) queue.Offer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offers[number]
}

// ring calls the agent's phone while the caller hears music.
func (c *Call) ring(ctx context.Context, a Ring) {
	ctx, stop := context.WithCancelCause(ctx)
	o := c.offer(a.Offer)
	c.agent.mu.Lock()
	c.agent.stop = stop
	c.agent.mu.Unlock()
	c.run(func() {
		defer stop(nil)
		timed, cancel := context.WithTimeoutCause(ctx, a.Timeout, sip.NoAnswer.Err())
		defer cancel()
		if err := c.reach(timed, a, o); err != nil {
			c.post(ctx, AgentFailed{Offer: a.Offer, Reason: why(timed, err)})
			return
		}
		c.post(ctx, AgentAnswered{Offer: a.Offer})
	})
}

// why puts the failure to reach an agent in one of the queue's words.
func why(ctx context.Context, err error) queue.Reason {
	var r *sip.Rejected
	switch {
	case errors.Is(context.Cause(ctx), sip.NoAnswer.Err()):
		return queue.NoAnswer
	case errors.As(err, &r) && r.Cause() == sip.Busy:
		return queue.LineBusy
	case errors.As(err, &r) && r.Cause() == sip.Declined:
		return queue.Declined
	}
	return queue.Unreachable
}

// reach rings the phone, and takes the agent only if the reservation still
// holds when the phone is picked up.
func (c *Call) reach(ctx context.Context, a Ring, o queue.Offer) error {
	session, err := c.deps.Lines.Open(c.deps.Phones.Media(a.Agent))
	if err != nil {
		return err
	}
	leg, err := c.dial(ctx, a, o, session)
	if err != nil {
		_ = session.Close()
		return err
	}
	ok, err := c.deps.Queues.Accept(ctx, o)
	if err == nil && ok {
		c.agent.mu.Lock()
		c.agent.leg, c.agent.session = leg, session
		c.agent.mu.Unlock()
		return nil
	}
	c.endLeg(ctx, leg, sip.Elsewhere)
	_ = session.Close()
	return errors.Join(errTaken, err)
}

func (c *Call) dial(ctx context.Context, a Ring, o queue.Offer, session *media.Session) (Leg, error) {
	sdp, err := session.Offer()
	if err != nil {
		return nil, err
	}
	c.warn("ringing", c.deps.Queues.Ringing(ctx, o))
	leg, answer, err := c.deps.Phones.Dial(ctx, DialRequest{
		Tenant: c.setup.Tenant, Call: c.setup.ID, Agent: a.Agent, Offer: a.Offer,
		Caller: c.shownCaller(), Summary: redact.Safe{}, SDP: sdp,
	})
	if err != nil {
		return nil, err
	}
	if err := session.SetAnswer(answer); err != nil {
		c.endLeg(ctx, leg, sip.NotAcceptable)
		return nil, err
	}
	return leg, nil
}

// shownCaller is who the agent is told calls.
func (c *Call) shownCaller() string {
	if c.setup.Private {
		return "anonymous"
	}
	return c.setup.Caller
}

func (c *Call) endLeg(ctx context.Context, leg Leg, cause sip.Cause) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	c.warn("hang up agent", leg.Hangup(ctx, cause))
}

// requeue lets a reserved agent go; the caller keeps the old place.
func (c *Call) requeue(a Requeue) {
	o, ok := c.takeOffer(a.Offer)
	if !ok {
		return
	}
	c.stopRinging()
	c.queueOp(func(op context.Context) { c.warn("let agent go", c.deps.Queues.Reject(op, o, a.Reason)) })
}

// stopRinging gives up on the agent's phone.
func (c *Call) stopRinging() {
	c.agent.mu.Lock()
	defer c.agent.mu.Unlock()
	if c.agent.stop != nil {
		c.agent.stop(sip.Canceled.Err())
		c.agent.stop = nil
	}
}

// bridge joins the two and watches the agent's side.
func (c *Call) bridge(ctx context.Context, a Bridge) {
	c.agent.mu.Lock()
	defer c.agent.mu.Unlock()
	if c.agent.leg == nil {
		c.soon = append(c.soon, AgentGone(a))
		return
	}
	c.agent.bridge = media.NewBridge(c.session, c.agent.session)
	leg, session := c.agent.leg, c.agent.session
	c.run(func() { c.watchAgent(ctx, a.Offer, leg, session) })
}

func (c *Call) watchAgent(ctx context.Context, offer int64, leg Leg, session *media.Session) {
	reoffers := leg.Reoffers()
	events := session.Events()
	for {
		select {
		case <-leg.Done():
			c.post(ctx, AgentGone{Offer: offer})
			return
		case <-ctx.Done():
			return
		case r, ok := <-reoffers:
			if !ok {
				reoffers = nil
				continue
			}
			c.reoffer(session, r)
		case answer := <-leg.Answers():
			c.warn("answer of the agent's phone", session.SetAnswer(answer))
		case <-leg.Infos(): // an agent's keys mean nothing to us
		case ev, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			if ev.Kind == media.Silent {
				c.post(ctx, AgentGone{Offer: offer})
			}
		}
	}
}

// release ends the talk and frees the agent.
func (c *Call) release(ctx context.Context, a Release) {
	o, ok := c.takeOffer(a.Offer)
	c.stopRinging()
	c.dropAgent(ctx, sip.Normal)
	if ok {
		c.queueOp(func(op context.Context) { c.warn("release agent", c.deps.Queues.Complete(op, o)) })
	}
}

// dropAgent ends whatever there is of the agent's side.
func (c *Call) dropAgent(ctx context.Context, cause sip.Cause) {
	c.agent.mu.Lock()
	leg, session, bridge := c.agent.leg, c.agent.session, c.agent.bridge
	c.agent.leg, c.agent.session, c.agent.bridge = nil, nil, nil
	c.agent.mu.Unlock()
	if bridge != nil {
		_ = bridge.Close()
	}
	if leg != nil {
		c.run(func() { c.endLeg(ctx, leg, cause) })
	}
	if session != nil {
		_ = session.Close()
	}
}
