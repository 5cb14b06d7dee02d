package call

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// Take answers a leg, and gives it with its sound as a party for Hand. Where
// that fails, the leg is refused.
func Take(ctx context.Context, lines Lines, leg Leg, name string, o media.Options) (Party, error) {
	session, err := lines.Open(o)
	if err != nil {
		return Party{}, errors.Join(err, leg.Reject(ctx, refusal(err)))
	}
	reply, err := session.Reply(leg.Offer())
	if err != nil {
		return Party{}, errors.Join(err, leg.Reject(ctx, refusal(err)), session.Close())
	}
	if err := leg.Answer(ctx, reply); err != nil {
		return Party{}, errors.Join(err, session.Close())
	}
	return Party{Name: name, leg: leg, session: session}, nil
}

// A DeskSetup is what is known of a call that an agent places.
type DeskSetup struct {
	ID     ID
	Tenant string
	Agent  string // who calls
	To     Destination
	Media  media.Options // of the agent's side
	Ring   time.Duration // how long the other's phone rings
	Reach  time.Duration // until a colleague counts as busy; 0: 3 s
}

// A Desk is a call that an agent places: to a colleague, or to a number outside.
// It is how an agent asks before handing a caller over; its far end can be given
// away to the caller's call.
type Desk struct {
	setup DeskSetup
	deps  Deps
	leg   Leg
	log   *slog.Logger
	offer chan queue.Offer // of the colleague

	record *deskRecord

	mu    sync.Mutex
	far   *Party
	given chan struct{}      // closed when the far end was given away
	end   context.CancelFunc // nil before Run
}

// NewDesk makes the call of an agent's leg that has just come in. Run must follow.
func NewDesk(s DeskSetup, d Deps, leg Leg) *Desk {
	if s.Reach == 0 {
		s.Reach = Times{}.orDefaults().Reach
	}
	return &Desk{
		setup: s, deps: d, leg: leg, offer: make(chan queue.Offer, 1), given: make(chan struct{}),
		log:    d.Log.With(slog.String("call", string(s.ID)), slog.String("tenant", s.Tenant), slog.String("agent", s.Agent)),
		record: newDeskRecord(s, d.Now),
	}
}

// ID is the call's name.
func (d *Desk) ID() ID { return d.setup.ID }

// Reserve tells that the colleague is held for it.
func (d *Desk) Reserve(ctx context.Context, o queue.Offer) {
	if isOwn(o.Call) { // the agent himself: he talks
		op, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
		defer cancel()
		_, err := d.deps.Queues.Accept(op, o)
		d.warn("hold agent", err)
		return
	}
	select {
	case d.offer <- o:
	default: // one is enough
	}
}

// Run lives the call until it has ended and everything it took is released.
func (d *Desk) Run(ctx context.Context) error {
	d.log.Info("an agent calls", slog.String("to", d.setup.To.Agent))
	defer d.keep(ctx)
	session, err := d.deps.Lines.Open(d.setup.Media)
	if err != nil {
		return errors.Join(err, d.leg.Reject(ctx, refusal(err)))
	}
	defer func() { _ = session.Close() }()
	reply, err := session.Reply(d.leg.Offer())
	if err != nil {
		return errors.Join(err, d.leg.Reject(ctx, refusal(err)))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.mu.Lock()
	d.end = cancel
	d.mu.Unlock()
	defer d.holds(ctx)()
	gaveUp := make(chan struct{})
	go func() { // who hangs up while it rings is not kept waiting for
		defer close(gaveUp)
		select {
		case <-d.leg.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	defer func() { cancel(); <-gaveUp }()
	far, err := d.reach(ctx, session)
	if err != nil {
		d.log.Info("not reached", slog.Any("err", err))
		_ = d.record.ends(d.unreached(ctx, err))
		d.warn("reject", d.leg.Reject(context.WithoutCancel(ctx), causeOf(err)))
		return nil
	}
	d.record.note(Entry{Kind: KindAgentAnswer, Agent: d.setup.To.Agent})
	defer d.letGo(context.WithoutCancel(ctx), far)
	return d.talk(ctx, session, reply, far)
}

// Close ends the call, because this process stops.
func (d *Desk) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.end != nil {
		d.end()
	}
}

// holds has the agent count as busy, so that no caller is offered to him, until free.
func (d *Desk) holds(ctx context.Context) (free func()) {
	own := ownTicket(d.setup.ID, -1)
	op := func(f func(context.Context) error) error {
		op, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
		defer cancel()
		return f(op)
	}
	d.warn("hold agent", op(func(op context.Context) error {
		return d.deps.Queues.Enqueue(op, queue.Entry{Call: own, Queue: DirectQueue(d.setup.Agent)})
	}))
	return func() {
		d.warn("free agent", op(func(op context.Context) error { return d.deps.Queues.Leave(op, own, queue.Completed) }))
	}
}

// causeOf puts why nobody was reached in SIP's words.
func causeOf(err error) sip.Cause {
	if errors.Is(err, errNotFree) {
		return sip.Busy
	}
	switch reasonOf(err) {
	case queue.LineBusy:
		return sip.Busy
	case queue.Declined:
		return sip.Declined
	case queue.NoAnswer:
		return sip.NoAnswer
	case Barred:
		return sip.Forbidden
	default:
		return sip.Unavailable
	}
}

var errNotFree = errors.New("the colleague is not free")

// reach rings the other's phone until it is answered. A colleague is reserved
// first, so that no caller is offered to them meanwhile.
func (d *Desk) reach(ctx context.Context, near *media.Session) (*Party, error) {
	o := queue.Offer{Number: -1}
	if d.setup.To.Agent != "" {
		var err error
		if o, err = d.reserve(ctx); err != nil {
			return nil, err
		}
	}
	p, err := d.ring(ctx, near, o)
	if err == nil && o.Number > 0 {
		var ok bool
		if ok, err = d.deps.Queues.Accept(ctx, o); err == nil && ok {
			return p, nil
		}
		err = errors.Join(errTaken, err)
		d.hangUp(ctx, p)
	}
	if err != nil {
		d.leave(ctx)
		return nil, err
	}
	return p, nil
}

func (d *Desk) reserve(ctx context.Context) (queue.Offer, error) {
	err := d.deps.Queues.Enqueue(ctx, queue.Entry{Call: string(d.setup.ID), Queue: DirectQueue(d.setup.To.Agent)})
	if err != nil {
		return queue.Offer{}, err
	}
	wait := time.NewTimer(d.setup.Reach)
	defer wait.Stop()
	select {
	case o := <-d.offer:
		return o, nil
	case <-wait.C:
		err = errNotFree
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	d.leave(ctx)
	return queue.Offer{}, err
}

// leave gives the colleague up, if one was reserved.
func (d *Desk) leave(ctx context.Context) {
	if d.setup.To.Agent == "" {
		return
	}
	op, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	d.warn("leave queue", d.deps.Queues.Leave(op, string(d.setup.ID), queue.GaveWay))
}

func (d *Desk) ring(ctx context.Context, near *media.Session, o queue.Offer) (*Party, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.setup.Ring, sip.NoAnswer.Err())
	defer cancel()
	r := DialRequest{
		Tenant: d.setup.Tenant, Call: d.setup.ID, Agent: d.setup.To.Agent, Number: d.setup.To.Number, Offer: o.Number, Caller: d.setup.Agent, By: d.setup.Agent,
		Ringing: func() { d.warn("say that it rings", d.leg.Progress(ctx, 180, nil)) },
	}
	session, err := d.deps.Lines.Open(toward(near, d.deps.Phones.Media(r)))
	if err != nil {
		return nil, err
	}
	if r.SDP, err = session.Offer(); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	if r.Agent != "" {
		d.warn("ringing", d.deps.Queues.Ringing(ctx, o))
	}
	leg, answer, err := d.deps.Phones.Dial(ctx, r)
	if err != nil {
		return nil, errors.Join(err, session.Close())
	}
	p := &Party{Offer: o, Name: d.setup.To.Agent, leg: leg, session: session}
	if err := session.SetAnswer(answer); err != nil {
		d.hangUp(ctx, p)
		return nil, err
	}
	return p, nil
}

func (d *Desk) hangUp(ctx context.Context, p *Party) {
	d.warn("hang up", p.leg.Hangup(context.WithoutCancel(ctx), sip.Normal))
	_ = p.session.Close()
}

// talk joins the two until either hangs up, or the far end is given away.
func (d *Desk) talk(ctx context.Context, session *media.Session, reply []byte, far *Party) error {
	d.mu.Lock()
	d.far = far
	d.mu.Unlock()
	if err := d.leg.Answer(ctx, reply); err != nil {
		return err
	}
	for len(session.Events()) > 0 { // that he was silent while it rang means nothing
		<-session.Events()
	}
	bridge := media.NewBridge(session, far.session)
	defer func() { _ = bridge.Close() }()
	defer func() { d.warn("hang up", d.leg.Hangup(context.WithoutCancel(ctx), sip.Normal)) }()
	var near, away asker
	ends := &silences{vanished: make(chan struct{}, 1)}
	defer ends.asking.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := d.leg.Answers()
	if len(d.leg.Offer()) > 0 {
		answers = nil
	}
	for {
		select {
		case <-d.leg.Done():
			return d.record.ends(CauseCaller)
		case <-far.leg.Done():
			return d.record.ends(CauseCalled)
		case <-d.given:
			return d.record.ends(CauseMoved)
		case <-ctx.Done():
			return d.record.ends(d.stopped())
		case r := <-d.leg.Reoffers():
			d.warn("answer an offer", r.AnswerWith(session.Reply))
		case r := <-far.leg.Reoffers():
			d.warn("answer an offer", r.AnswerWith(far.session.Reply))
		case body := <-answers:
			if err := session.SetAnswer(body); err != nil {
				return err
			}
		case r := <-d.leg.Referrals():
			d.warn("refuse a transfer", r.Reject(sip.Declined))
		case r := <-far.leg.Referrals():
			d.warn("refuse a transfer", r.Reject(sip.Declined))
		case ev := <-session.Events():
			ends.hear(ctx, ev, d.leg, &near)
		case ev := <-far.session.Events():
			ends.hear(ctx, ev, far.leg, &away)
		case <-ends.vanished:
			return d.record.ends(CauseSilent)
		case <-d.leg.Infos():
		case <-far.leg.Infos():
		}
	}
}

// silences finds out whether an end that is silent is still there.
type silences struct {
	asking   sync.WaitGroup
	vanished chan struct{}
}

func (s *silences) hear(ctx context.Context, ev media.Event, leg Leg, a *asker) {
	if ev.Kind != media.Silent && ev.Kind != media.Broken {
		return
	}
	s.asking.Go(func() {
		if ev.Kind == media.Broken || a.vanished(ctx, leg) {
			select {
			case s.vanished <- struct{}{}:
			default:
			}
		}
	})
}

// yield gives the far end away, once, if the leg is the agent's own and somebody
// is there.
func (d *Desk) yield(tenant, leg string) (Party, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if tenant != d.setup.Tenant || leg != d.leg.ID() || d.far == nil {
		return Party{}, false
	}
	p := *d.far
	d.far = nil
	close(d.given)
	return p, true
}

// letGo ends the far end, unless it was given away.
func (d *Desk) letGo(ctx context.Context, far *Party) {
	d.mu.Lock()
	mine := d.far != nil
	d.far = nil
	d.mu.Unlock()
	if !mine {
		return
	}
	d.hangUp(ctx, far)
	if far.Offer.Number > 0 {
		op, cancel := context.WithTimeout(ctx, opTimeout)
		defer cancel()
		d.warn("release agent", d.deps.Queues.Complete(op, far.Offer))
	}
}

func (d *Desk) warn(what string, err error) {
	if err != nil {
		d.log.Warn("operation failed", slog.String("what", what), slog.Any("err", err))
	}
}
