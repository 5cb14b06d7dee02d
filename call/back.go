package call

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// This file calls somebody back whose place in a queue was kept: the agent's phone is
// rung first, then the caller's; once both are there it is a call like any other.

// callerRings is how long the phone of a caller who is called back rings: shorter than
// the queue lets it, see queue.Redis.Dial.
const callerRings = 40 * time.Second

// postponePause is between two tries to tell the queue that a callback is put off.
const postponePause = time.Second

// A BackSetup is what is known of a callback that is to be placed.
type BackSetup struct {
	Setup
	Offer queue.Offer
	Quiet time.Duration // until it may be placed; 0: now
	Why   queue.Reason  // it may not; empty: queue.QuietHours
	// CallerFirst rings the caller's phone before the agent's.
	CallerFirst bool
}

// A Back places a callback. Run owns it.
type Back struct {
	setup BackSetup
	deps  Deps
	log   *slog.Logger

	mu  sync.Mutex
	end context.CancelFunc // nil if nothing rings
}

// arrival is what a call begins with whose humans are both on the line.
type arrival struct {
	session *media.Session // the caller's
	offer   queue.Offer
	agent   *Party // nil: has yet to be rung
	broken  bool   // nobody can have the caller
}

// NewBack makes the call to somebody who wants to be called back. Run must follow.
func NewBack(s BackSetup, d Deps) *Back {
	return &Back{setup: s, deps: d, log: d.Log.With(slog.String("call", string(s.ID)), slog.String("tenant", s.Tenant), slog.String("callback", s.Offer.Call))}
}

// Run calls agent and caller, and lives their call in calls until it is over.
func (b *Back) Run(ctx context.Context, calls *Registry) error {
	if b.setup.Quiet > 0 {
		b.postpone(ctx, cmp.Or(b.setup.Why, queue.QuietHours), b.setup.Quiet)
		return nil
	}
	if c := b.ring(ctx, calls); c != nil {
		return calls.Run(ctx, c)
	}
	return nil
}

// ring gives the call once both are on the line; nil if they are not. Who has answered, and
// cannot be connected, is told so in a call of their own, in life.
func (b *Back) ring(life context.Context, calls *Registry) *Call {
	ctx, cancel := context.WithCancel(life)
	defer cancel()
	b.ends(cancel)
	defer b.ends(nil)
	var agent *Party
	var err error
	if b.setup.CallerFirst {
		err = b.takeAgent(ctx)
	} else {
		agent, err = b.callAgent(ctx)
	}
	if err != nil {
		b.log.Info("agent not reached for a callback", slog.String("agent", b.setup.Offer.Agent), slog.Any("err", err))
		return nil
	}
	c, why := b.callCaller(ctx, agent)
	if why == "" {
		return c
	}
	var excuse sync.WaitGroup
	if c != nil {
		excuse.Go(func() { b.warn("say that it failed", calls.Run(life, c)) })
	}
	if agent != nil {
		b.hangUp(ctx, agent.leg, agent.session)
	}
	b.postpone(ctx, why, b.setup.Offer.Back.Retry)
	excuse.Wait()
	return nil
}

func (b *Back) ends(end context.CancelFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end = end
}

// Close gives up what rings, because this process stops: another one goes on.
func (b *Back) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end != nil {
		b.end()
	}
}

// op performs a queue operation, which must be told even when ctx has ended.
func (b *Back) op(ctx context.Context, f func(context.Context) error) error {
	op, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	return f(op)
}

// postpone tells the queue, again and again while it cannot be told: nothing else frees the
// agent but this process's end, with which ctx ends.
func (b *Back) postpone(ctx context.Context, why queue.Reason, after time.Duration) {
	var over bool
	var err error
	for {
		err = b.op(ctx, func(op context.Context) (err error) {
			over, err = b.deps.Queues.Postpone(op, b.setup.Offer, why, after)
			return err
		})
		if err == nil || !waited(ctx, postponePause) {
			break
		}
	}
	reason := "not reached: " + string(why)
	if over {
		reason += "; given up"
	}
	b.deps.Journal.Append(Entry{Tenant: b.setup.Tenant, Call: OfTicket(b.setup.Offer.Call), Kind: KindCallback, Queue: b.setup.Offer.Queue, Agent: b.setup.Offer.Agent, Reason: reason})
	b.warn("postpone", err)
}

// waited reports that ctx has outlived d.
func waited(ctx context.Context, d time.Duration) bool {
	pause := time.NewTimer(d)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *Back) warn(what string, err error) {
	if err != nil {
		b.log.Warn("operation failed", slog.String("what", what), slog.Any("err", err))
	}
}

// callAgent rings the phone of the agent who is reserved, and takes them if the
// reservation still holds when it is picked up. Else the agent is let go.
func (b *Back) callAgent(ctx context.Context) (*Party, error) {
	o := b.setup.Offer
	within, cancel := context.WithTimeoutCause(ctx, b.setup.ring(o.Queue), sip.NoAnswer.Err())
	defer cancel()
	r := DialRequest{Tenant: b.setup.Tenant, Call: b.setup.ID, Agent: o.Agent, Offer: o.Number, Caller: o.Back.Number}
	b.warn("ringing", b.op(ctx, func(op context.Context) error { return b.deps.Queues.Ringing(op, o) }))
	leg, session, err := b.dial(within, r)
	if err != nil {
		why := reasonOf(err)
		b.warn("let agent go", b.op(ctx, func(op context.Context) error { return b.deps.Queues.Reject(op, o, why) }))
		return nil, err
	}
	if err = b.takeAgent(ctx); err != nil {
		b.hangUp(ctx, leg, session)
		return nil, err
	}
	return &Party{Offer: o, Name: o.Agent, leg: leg, session: session}, nil
}

// takeAgent holds the agent for the callback, if the reservation still holds.
func (b *Back) takeAgent(ctx context.Context) error {
	o := b.setup.Offer
	err := b.op(ctx, func(op context.Context) error { return must(b.deps.Queues.Accept(op, o)) })
	if err != nil && !errors.Is(err, errTaken) { // it may have been done all the same, and would hold the agent for ever
		b.postpone(ctx, queue.Failure, o.Back.Retry)
	}
	return err
}

// must makes an error of a "no" of the queue.
func must(ok bool, err error) error {
	if err == nil && !ok {
		return errTaken
	}
	return err
}

// callCaller rings the caller's phone while the agent, if there is one, hears it ring, and
// makes the call of the two. Else why says what came of it, and c, if there is one, is the
// call in which the caller is told.
func (b *Back) callCaller(ctx context.Context, agent *Party) (c *Call, why queue.Reason) {
	o := b.setup.Offer
	ctx, cancel := context.WithTimeoutCause(ctx, callerRings, sip.NoAnswer.Err())
	defer cancel()
	left, hungUp := make(chan struct{}), (<-chan struct{})(nil)
	if agent != nil {
		hungUp = agent.leg.Done()
		agent.session.Play(media.NewRingback())
	}
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-hungUp:
			close(left)
			cancel()
		case <-ctx.Done():
		}
	})
	defer func() { cancel(); watch.Wait() }()
	if err := b.op(ctx, func(op context.Context) error { return must(b.deps.Queues.Dial(op, o)) }); err != nil {
		b.warn("dial", err)
		return nil, queue.Failure
	}
	leg, session, err := b.dial(ctx, DialRequest{Tenant: b.setup.Tenant, Call: b.setup.ID, Number: o.Back.Number, Offer: o.Number})
	if err == nil {
		if err = b.reached(ctx); err == nil {
			return b.meet(agent, leg, session), ""
		}
		b.warn("reached", err)
		return b.excuse(leg, session), queue.Failure
	}
	b.log.Info("caller not reached", slog.Any("err", err))
	select {
	case <-left:
		return nil, queue.AgentLeft
	default:
		return nil, reasonOf(err)
	}
}

// meet makes the call of the two, or of the caller for whom the agent is held.
func (b *Back) meet(agent *Party, leg Leg, session *media.Session) *Call {
	c := New(b.setup.Setup, b.deps, leg)
	o := b.setup.Offer.For(b.setup.Offer.Agent) // nobody else is rung
	c.came = &arrival{session: session, offer: o, agent: agent}
	c.offers[o.Number] = o
	if agent == nil {
		return c
	}
	agent.session.Flush()
	for len(agent.session.Events()) > 0 { // that the agent was silent while it rang means nothing
		<-agent.session.Events()
	}
	c.unheard = !b.setup.MuteAgents // no bot listens, but a guard or a supervisor may need it
	c.humans.on[o.Number] = agent
	return c
}

// dial rings a phone and gives its leg, with sound, once it is answered.
func (b *Back) dial(ctx context.Context, r DialRequest) (Leg, *media.Session, error) {
	session, err := b.deps.Lines.Open(b.deps.Phones.Media(r))
	if err != nil {
		return nil, nil, err
	}
	if r.SDP, err = session.Offer(); err != nil {
		return nil, nil, errors.Join(err, session.Close())
	}
	leg, answer, err := b.deps.Phones.Dial(ctx, r)
	if err != nil {
		return nil, nil, errors.Join(err, session.Close())
	}
	if err := session.SetAnswer(answer); err != nil {
		b.hangUp(ctx, leg, session)
		return nil, nil, err
	}
	return leg, session, nil
}

func (b *Back) hangUp(ctx context.Context, leg Leg, session *media.Session) {
	b.warn("hang up", b.op(ctx, func(op context.Context) error { return leg.Hangup(op, sip.Normal) }))
	_ = session.Close()
}

// came takes the beginning of a call whose humans are on the line.
func (m *machine) came(now time.Time, c Came) {
	m.write(Entry{Kind: KindAnswered})
	if c.Broken {
		m.cameInVain(now, c)
		return
	}
	m.write(Entry{Kind: KindCallback, Queue: c.Queue, Agent: c.Agent, Reason: "reached, for call " + string(c.For)})
	m.place = place{queue: c.Queue, offer: c.Offer, agent: c.Agent}
	if c.Alone {
		m.cameFirst(now, c)
		return
	}
	m.meet()
}

// Came says that the call is one to somebody who wanted to be called back: caller and
// agent are on the line; the caller Alone, if the agent is held and has yet to be rung.
type Came struct {
	Queue, Agent string
	Offer        int64
	For          ID // the call in which it was asked for
	Alone        bool
	Broken       bool      // there is a fault, and nobody can have the caller
	Priority     int       // of the place, as the next two
	Skills       []string  // that whoever takes the caller must have
	Entered      time.Time // when the caller came to the queue
}

func (Came) event() {}

// begins is the first event of a call.
func (c *Call) begins() Event {
	if c.came == nil {
		return Invited{}
	}
	o := c.came.offer
	return Came{
		Queue: o.Queue, Agent: o.Agent, Offer: o.Number, For: OfTicket(o.Call),
		Alone: c.came.agent == nil, Broken: c.came.broken, Priority: o.Priority, Skills: o.Skills, Entered: o.Entered,
	}
}

// RunBack calls somebody back.
func (r *Registry) RunBack(ctx context.Context, b *Back) error {
	r.mu.Lock()
	r.backs[b] = struct{}{}
	r.wg.Add(1)
	r.mu.Unlock()
	defer r.wg.Done()
	defer func() {
		r.mu.Lock()
		delete(r.backs, b)
		r.mu.Unlock()
	}()
	return b.Run(ctx, r)
}
