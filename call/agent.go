package call

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// A Party is a human on the line: a leg and the sound on it.
type Party struct {
	Offer   queue.Offer // the agent's reservation; its Number is below 0 if nobody is reserved
	Name    string
	leg     Leg
	session *media.Session
	watched bool
	// supervises: a supervisor, whose leg is his part in the call.
	supervises bool
	own        string // the ticket by which an agent without a reservation counts as busy; empty: none
}

// humans are those beside the caller. Who rings belongs to its goroutine; once
// answered, a party is the loop's.
type humans struct {
	mu      sync.Mutex
	ringing int64                   // the offer that is rung for
	stop    context.CancelCauseFunc // ends the ringing
	on      map[int64]*Party        // who has answered, by offer; nil once the call is over
	mix     media.Mix
	joined  *Party // whom the caller talks with; nil: nobody
	deaf    bool   // to the caller
	veiled  bool   // the supervisors are
}

var errTaken = errors.New("the reservation was lost")

// Reserve tells the call that an agent is held for it.
func (c *Call) Reserve(ctx context.Context, o queue.Offer) {
	if isOwn(o.Call) { // of an agent who is on the line: he talks
		c.accept(ctx, o)
		return
	}
	if o.Expired {
		c.post(ctx, PlaceFailed{Ticket: ticketOf(o.Call), Reason: "nobody came in the time that callers may wait", Final: true})
		return
	}
	c.mu.Lock()
	if c.offers != nil {
		c.offers[o.Number] = o
	}
	c.mu.Unlock()
	c.post(ctx, Reserved{Ticket: ticketOf(o.Call), Offer: o.Number, Agent: o.Agent})
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
	if o, ok := c.offers[number]; ok {
		return o
	}
	return queue.Offer{Number: number}
}

// begin makes the context of a phone's ringing.
func (c *Call) begin(ctx context.Context, offer int64) (context.Context, context.CancelCauseFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	c.humans.ringing, c.humans.stop = offer, stop
	return ctx, stop
}

// ring calls a phone while the caller waits.
func (c *Call) ring(ctx context.Context, a Ring) {
	ctx, stop := c.begin(ctx, a.Offer)
	o, b := c.offer(a.Offer), c.briefing()
	c.run(func() {
		defer stop(nil)
		timed, cancel := context.WithTimeoutCause(ctx, a.Timeout, sip.NoAnswer.Err())
		defer cancel()
		agent, err := c.reachAny(timed, a, o, b)
		if err != nil {
			c.log.Info("not reached", slog.String("agent", a.Agent), slog.Any("err", err))
			c.post(ctx, AgentFailed{Offer: a.Offer, Reason: reasonOf(err)})
			return
		}
		c.post(ctx, AgentAnswered{Offer: a.Offer, Agent: agent})
	})
}

// reasonOf puts the failure to reach somebody in one of the queue's words.
func reasonOf(err error) queue.Reason {
	cause := sip.Unknown
	if r, ok := errors.AsType[*sip.Rejected](err); ok {
		cause = r.Cause()
	}
	if t, ok := errors.AsType[*sip.TransferFailed](err); ok {
		cause = t.Cause()
	}
	switch {
	case errors.Is(err, ErrBarred):
		return Barred
	case errors.Is(err, errTaken):
		return queue.NoAnswer // too late for the reservation
	case errors.Is(err, sip.ErrUntold):
		return Untold
	case cause == sip.Busy:
		return queue.LineBusy
	case declined(cause, err):
		return queue.Declined
	case cause == sip.NoAnswer, errors.Is(err, sip.NoAnswer.Err()):
		return queue.NoAnswer
	}
	return queue.Unreachable
}

// toward prefers, where no codecs are configured, those that carry as much as near has:
// sound need not be made anew, nor is more paid for than can be heard.
func toward(near *media.Session, o media.Options) media.Options {
	if len(o.Codecs) == 0 {
		o.Codecs = media.Codecs(near.Rate())
	}
	return o
}

// reach rings the phone, tells the agent of the caller if that is wanted, and takes the
// agent only if the reservation still holds then.
func (c *Call) reach(ctx context.Context, a Ring, o queue.Offer, b briefing) error {
	r := DialRequest{
		Tenant: c.setup.Tenant, Call: c.setup.ID, Agent: a.Agent, Number: a.Number, Offer: a.Offer,
		Caller: c.shownCaller(), Summary: redact.Safe{},
		Ringing: func() { c.post(ctx, AgentRinging{Offer: a.Offer}) },
	}
	session, err := c.deps.Lines.Open(toward(c.session, c.deps.Phones.Media(r)))
	if err != nil {
		return err
	}
	leg, err := c.dial(ctx, r, o, session)
	if err != nil {
		_ = session.Close()
		return err
	}
	p, ok := &Party{Offer: o, Name: a.Agent, leg: leg, session: session}, a.Agent == "" // nobody is reserved
	if !ok {
		if err = c.brief(ctx, a.Agent, p, b); err != nil {
			c.endLeg(ctx, leg, sip.Normal)
			return errors.Join(err, session.Close())
		}
		ok, err = c.deps.Queues.Accept(ctx, o)
	}
	if err == nil && ok && c.admit(p) {
		return nil
	}
	c.endLeg(ctx, leg, sip.Elsewhere)
	_ = session.Close()
	return errors.Join(errTaken, err)
}

// admit takes a party onto the line, unless the call is over.
func (c *Call) admit(p *Party) bool {
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	if c.humans.on == nil {
		return false
	}
	c.humans.on[p.Offer.Number] = p
	return true
}

func (c *Call) dial(ctx context.Context, r DialRequest, o queue.Offer, session *media.Session) (Leg, error) {
	var err error
	if r.SDP, err = session.Offer(); err != nil {
		return nil, err
	}
	if o.Call != "" && o.Back == nil { // who is called back has been answered already
		c.warn("ringing", c.deps.Queues.Ringing(ctx, o))
	}
	leg, answer, err := c.deps.Phones.Dial(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := session.SetAnswer(answer); err != nil {
		c.endLeg(ctx, leg, sip.NotAcceptable)
		return nil, err
	}
	return leg, nil
}

// refer asks the caller's network to call a number in our place.
func (c *Call) refer(ctx context.Context, a Refer) {
	ctx, stop := c.begin(ctx, a.Offer)
	c.run(func() {
		defer stop(nil)
		timed, cancel := context.WithTimeoutCause(ctx, a.Timeout, sip.NoAnswer.Err())
		defer cancel()
		err := c.referTo(timed, a)
		if err == nil {
			c.post(ctx, TransferDone{Offer: a.Offer})
			return
		}
		reason := reasonOf(err)
		if _, refused := errors.AsType[*sip.Rejected](err); refused {
			reason = Unsupported
		}
		c.post(ctx, AgentFailed{Offer: a.Offer, Reason: reason})
	})
}

func (c *Call) referTo(ctx context.Context, a Refer) error {
	if a.Joins {
		p := c.party(a.Offer)
		if p == nil {
			return sip.ErrEnded
		}
		return c.leg.Refer(ctx, sip.Transfer{To: p.leg.InPlace()}, nil)
	}
	to, err := c.deps.Phones.Address(ctx, DialRequest{Tenant: c.setup.Tenant, Call: c.setup.ID, Number: a.Number})
	if err != nil {
		return err
	}
	for {
		err = c.leg.Refer(ctx, sip.Transfer{To: to}, nil)
		if !errors.Is(err, sip.ErrPending) || !pause(ctx, referAgain) { // the one before is just being given up
			return err
		}
	}
}

// referAgain is how long to wait for an earlier REFER to end.
const referAgain = 20 * time.Millisecond

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
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

// requeue gives up on a human's phone; a reserved agent is let go, and the caller
// keeps the old place.
func (c *Call) requeue(a Requeue) {
	c.stopRinging(a.Offer)
	if o, ok := c.takeOffer(a.Offer); ok {
		c.queueOp(func(op context.Context) {
			c.warn("let agent go", c.deps.Queues.Reject(op, o, a.Reason))
			if o.Back != nil { // the caller is on the line: nobody is to be called back any more
				c.warn("end callback", c.deps.Queues.Leave(op, o.Call, queue.GaveWay))
			}
		})
	}
}

// stopRinging gives up on the phone that rings for an offer; 0: for any.
func (c *Call) stopRinging(offer int64) {
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	if c.humans.stop != nil && (offer == 0 || offer == c.humans.ringing) {
		c.humans.stop(sip.Canceled.Err())
		c.humans.stop = nil
	}
}

func (c *Call) party(offer int64) *Party {
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	return c.humans.on[offer]
}

// bridge joins the two and watches the other's side.
func (c *Call) bridge(ctx context.Context, a Bridge) {
	c.humans.mu.Lock()
	p := c.humans.on[a.Offer]
	c.humans.joined = p
	c.humans.mu.Unlock()
	if p == nil {
		c.soon = append(c.soon, AgentGone{Offer: a.Offer})
		return
	}
	c.arrange()
	c.tellAgent()
	if !p.watched {
		p.watched = true
		c.run(func() {
			c.watchParty(ctx, p, func(lost bool) { c.post(ctx, AgentGone{Offer: p.Offer.Number, Lost: lost}) })
		})
	}
}

// muteCaller keeps the caller's voice from who is on the line, or comes there, or lets
// it be heard again. The caller goes on hearing them.
func (c *Call) muteCaller(on bool) {
	c.humans.mu.Lock()
	c.humans.deaf = on
	c.humans.mu.Unlock()
	c.arrange()
}

// veil keeps the caller's voice from supervisors, with what they have not heard of it yet,
// or lets them hear it again.
func (c *Call) veil(on bool) {
	c.humans.mu.Lock()
	c.humans.veiled = on
	c.humans.mu.Unlock()
	c.arrange()
	if !on {
		return
	}
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	for _, s := range c.watchers() {
		c.humans.mix.Forget(s.party.session)
	}
}

// part takes the caller and the other apart.
func (c *Call) part() {
	c.humans.mu.Lock()
	if p := c.humans.joined; p != nil {
		c.humans.mix.Leave(p.session)
	}
	c.humans.joined = nil
	c.humans.mu.Unlock()
	c.arrange()
}

// watchParty follows a human's leg until it is over, of which gone is told.
func (c *Call) watchParty(ctx context.Context, p *Party, gone func(lost bool)) {
	reoffers := p.leg.Reoffers()
	events := p.session.Events()
	var asker asker
	look := func() {
		c.run(func() {
			if asker.vanished(ctx, p.leg) {
				gone(true)
			}
		})
	}
	held := time.NewTicker(c.setup.Times.orDefaults().Held)
	defer held.Stop()
	for {
		select {
		case <-p.leg.Done():
			select {
			case r := <-p.leg.Referrals(): // many phones ask and hang up in one breath
				c.referred(ctx, p, r)
			default:
			}
			gone(false)
			return
		case <-ctx.Done():
			return
		case r, ok := <-reoffers:
			if !ok {
				reoffers = nil
				continue
			}
			c.reoffer(p.session, r)
			c.post(ctx, AgentHolds{Offer: p.Offer.Number, On: p.session.Held()})
		case answer := <-p.leg.Answers():
			c.warn("answer of the agent's phone", p.session.SetAnswer(answer))
		case r := <-p.leg.Referrals():
			c.referred(ctx, p, r)
		case <-p.leg.Infos(): // an agent's keys mean nothing to us
		case <-held.C:
			if p.session.Held() {
				look()
			}
		case ev, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			switch ev.Kind {
			case media.Silent:
				look()
			case media.Broken:
				gone(true)
			default:
			}
		}
	}
}

// release ends the talk with a human and frees the agent.
func (c *Call) release(ctx context.Context, a Release) {
	o, ok := c.takeOffer(a.Offer)
	c.stopRinging(a.Offer)
	if ok {
		o.Ended, o.To = c.endedBy(a.Offer, o.Agent)
	}
	c.drop(ctx, a.Offer, sip.Normal)
	if ok {
		c.queueOp(func(op context.Context) { c.warn("release agent", c.deps.Queues.Complete(op, o)) })
	}
}

// drop ends a human's side.
func (c *Call) drop(ctx context.Context, offer int64, cause sip.Cause) {
	c.humans.mu.Lock()
	p := c.humans.on[offer]
	delete(c.humans.on, offer)
	if p != nil && p == c.humans.joined {
		c.humans.joined = nil
	}
	c.humans.mu.Unlock()
	if p == nil {
		return
	}
	c.humans.mix.Leave(p.session)
	c.run(func() { c.endLeg(ctx, p.leg, cause) })
	_ = p.session.Close()
	if p.own != "" {
		c.queueOp(func(op context.Context) { c.warn("free agent", c.deps.Queues.Leave(op, p.own, queue.Completed)) })
	}
}

// dropAll ends whatever there is of humans' sides.
func (c *Call) dropAll(ctx context.Context, cause sip.Cause) {
	c.part()
	c.humans.mu.Lock()
	offers := make([]int64, 0, len(c.humans.on))
	for offer := range c.humans.on {
		offers = append(offers, offer)
	}
	c.humans.mu.Unlock()
	for _, offer := range offers {
		c.drop(ctx, offer, cause)
	}
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	if len(c.humans.on) == 0 {
		c.humans.on = nil
	}
}
