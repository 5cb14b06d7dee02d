package call

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// A Mode is what a supervisor does on a call. Each is a right of its own.
type Mode string

// The modes.
const (
	Listen   Mode = "listen"    // hears all, is heard by nobody
	Whisper  Mode = "whisper"   // is heard by the agent alone
	Barge    Mode = "barge"     // is heard by agent and caller
	TakeOver Mode = "take-over" // has the caller, in place of the bot or the agent
	HandBack Mode = "hand-back" // gives the caller back, and listens
)

// Modes lists what may be asked for.
func Modes() []Mode { return []Mode{Listen, Whisper, Barge, TakeOver, HandBack} }

// A Supervision is a supervisor's part in a call.
type Supervision struct {
	ID    string    `json:"id"`
	Call  ID        `json:"call"`
	Mode  Mode      `json:"mode" doc:"hand-back has become listen"`
	Phone string    `json:"phone" doc:"on which the supervisor is called; of a browser, whose it is"`
	By    string    `json:"by" doc:"who asked for it"`
	On    bool      `json:"on" doc:"the supervisor has answered"`
	Since time.Time `json:"since" doc:"in this mode"`

	Browser bool `json:"browser,omitempty" doc:"the supervisor came from a page, and was not called"`
	Again   bool `json:"-"` // of Supervise: the same had been asked for before, and nothing was begun
}

// Errors of supervisions.
var (
	// ErrOver says that the call has ended.
	ErrOver = errors.New("the call is over")
	// ErrNoSupervision says that no supervisor has that part in the call, or none any more.
	ErrNoSupervision = errors.New("there is no such supervision of the call")
	// ErrNotNow says that the call, as it is, does not allow it. Its text goes on to say why.
	ErrNotNow = errors.New("not now")
)

// mostSupervisors may be on a call at once.
const mostSupervisors = 3

// A SuperviseRequest asks for a supervisor to be called into a call, or let in.
type SuperviseRequest struct {
	Key   string // who asks for the same again with it, as long as the call lasts, gets what there is, or was; empty: never
	Mode  Mode
	To    Destination // an agent's phone, or a number outside
	Phone string      // To, or whose Leg is, as it may be shown
	By    string

	Leg   Leg           // by which the supervisor comes; nil: To is called. Without an error it is the call's to end
	Media media.Options // of Leg

	Over func(ctx context.Context, e SupervisionEnd) // is told once that it is over, and may block; nil: nobody is
}

// A SupervisionEnd is a supervision as it was at last, and how it ended.
type SupervisionEnd struct {
	Supervision

	Why    string        // as the journal has it
	Ender  string        // who had it ended; empty: nobody asked for it
	Lasted time.Duration // since the supervisor had answered; zero: never
}

// supervisor is a supervision, the loop's own but for what humans.mu guards.
type supervisor struct {
	Supervision

	to       Destination
	party    *Party // nil until answered
	answered time.Time
	over     func(ctx context.Context, e SupervisionEnd)
	stop     context.CancelCauseFunc
}

// Supervise calls a supervisor into the call, or lets one in who comes by a leg. It returns
// at once: the mode begins when the phone, or the leg, is answered. ErrNotNow, ErrOtherWish,
// ErrOver.
func (c *Call) Supervise(ctx context.Context, r SuperviseRequest) (s Supervision, err error) {
	return s, errors.Join(c.onLoop(ctx, func(ctx context.Context) {
		var again bool
		if s, again, err = c.wishedBefore(r); again {
			return
		}
		if err = c.mayEnter(r.Mode); err != nil {
			return
		}
		c.supervised++
		n := &supervisor{to: r.To, over: r.Over, Supervision: Supervision{
			ID: strconv.Itoa(c.supervised), Call: c.setup.ID, Mode: r.Mode, Phone: r.Phone, By: r.By, Since: c.deps.Now(), Browser: r.Leg != nil,
		}}
		c.supervisors = append(c.supervisors, n)
		c.keepWish(r, n)
		s = n.Supervision
		if r.Leg != nil {
			c.letIn(ctx, n, r.Leg, r.Media)
			return
		}
		c.callIn(ctx, n)
	}), err)
}

// ChangeSupervision has a supervisor do something else. ErrNoSupervision, ErrNotNow, ErrOver.
func (c *Call) ChangeSupervision(ctx context.Context, id string, m Mode, by string) (s Supervision, err error) {
	return s, errors.Join(c.onLoop(ctx, func(ctx context.Context) {
		n := c.supervisor(id)
		if n == nil {
			err = ErrNoSupervision
			return
		}
		err = c.change(ctx, n, m, by)
		s = n.Supervision
	}), err)
}

// EndSupervision hangs up a supervisor; with the caller, if the supervisor has taken the
// call. by is who asks for it. ErrNoSupervision, ErrOver.
func (c *Call) EndSupervision(ctx context.Context, id, by string) (err error) {
	return errors.Join(c.onLoop(ctx, func(ctx context.Context) {
		if n := c.supervisor(id); n != nil {
			c.dismiss(ctx, n, "hung up by the server", by)
			return
		}
		err = ErrNoSupervision
	}), err)
}

// Supervisions lists the supervisors of the call. ErrOver.
func (c *Call) Supervisions(ctx context.Context) (out []Supervision, err error) {
	return out, c.onLoop(ctx, func(context.Context) {
		for _, s := range c.supervisors {
			out = append(out, s.Supervision)
		}
	})
}

// onLoop runs f where the machine is, and waits for it.
func (c *Call) onLoop(ctx context.Context, f func(ctx context.Context)) error {
	done := make(chan struct{})
	select {
	case c.wishes <- func(ctx context.Context) { defer close(done); f(ctx) }:
		<-done
		return nil
	case <-c.gone:
		return ErrOver
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Call) supervisor(id string) *supervisor {
	for _, s := range c.supervisors {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// mayEnter says why a supervisor may not enter in a mode.
func (c *Call) mayEnter(m Mode) error {
	if len(c.supervisors) >= mostSupervisors {
		return fmt.Errorf("%w: %d supervisors are on the call", ErrNotNow, mostSupervisors)
	}
	if m == HandBack {
		return fmt.Errorf("%w: who has not taken the call cannot hand it back", ErrNotNow)
	}
	return c.mayChange(m)
}

func (c *Call) mayChange(m Mode) error {
	switch m {
	case Whisper, Barge:
		if c.machine.state != StateBridged {
			return fmt.Errorf("%w: no agent talks with the caller; listen, or take over", ErrNotNow)
		}
	case TakeOver:
		if why := c.machine.untakable(); why != "" {
			return fmt.Errorf("%w: %s", ErrNotNow, why)
		}
	case Listen, HandBack:
	}
	return nil
}

// callIn rings the supervisor's phone.
func (c *Call) callIn(ctx context.Context, s *supervisor) {
	ctx, s.stop = context.WithCancelCause(ctx)
	c.noteSupervision(ctx, s, KindSupervised, "is called")
	r := DialRequest{
		Tenant: c.setup.Tenant, Call: c.setup.ID, Agent: s.to.Agent, Number: s.to.Number, By: s.By, Caller: c.shownCaller(),
	}
	ring := Times{Ring: c.setup.Times.Ring}.orDefaults().Ring
	c.run(func() {
		defer s.stop(nil)
		timed, cancel := context.WithTimeoutCause(ctx, ring, sip.NoAnswer.Err())
		defer cancel()
		p, err := c.dialSupervisor(timed, r)
		c.enters(ctx, s, p, err)
	})
}

func (c *Call) dialSupervisor(ctx context.Context, r DialRequest) (*Party, error) {
	session, err := c.deps.Lines.Open(toward(c.session, c.deps.Phones.Media(r)))
	if err != nil {
		return nil, err
	}
	leg, err := c.dial(ctx, r, queue.Offer{}, session)
	if err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return &Party{leg: leg, session: session, watched: true, supervises: true}, nil
}

// entered is told what came of ringing a supervisor.
func (c *Call) entered(ctx context.Context, s *supervisor, p *Party, err error) {
	switch {
	case c.supervisor(s.ID) != s: // dismissed meanwhile
		if err == nil {
			c.run(func() { c.letParty(ctx, *p) })
		}
		return
	case err != nil:
		c.dismiss(ctx, s, "not reached: "+string(reasonOf(err)), "")
		return
	}
	c.mu.Lock()
	c.handed--
	p.Offer.Number = c.handed
	c.mu.Unlock()
	p.Name = s.Phone
	mode := s.Mode
	s.Mode, s.party, s.On, s.answered = Listen, p, true, c.deps.Now()
	c.occupy(p, s.to.Agent)
	c.run(func() { c.watchParty(ctx, p, func(lost bool) { c.supervisorLeft(ctx, s, lost) }) })
	if c.present() == 1 {
		c.handle(ctx, Supervised{On: true})
	}
	if err := c.change(ctx, s, mode, s.By); err != nil { // the call went on while it rang
		s.Since = c.deps.Now()
		c.noteSupervision(ctx, s, KindSupervised, "for "+string(mode)+" cannot be: "+err.Error())
		c.arrange()
		c.tellAgent()
	}
}

// occupy has an agent whose phone it is count as busy.
func (c *Call) occupy(p *Party, agent string) {
	if agent == "" {
		return
	}
	p.own = ownTicket(c.setup.ID, p.Offer.Number)
	entry := queue.Entry{Call: p.own, Queue: DirectQueue(agent)}
	c.queueOp(func(op context.Context) { c.warn("hold supervisor", c.deps.Queues.Enqueue(op, entry)) })
}

// present is how many supervisors have answered.
func (c *Call) present() (n int) {
	for _, s := range c.supervisors {
		if s.On {
			n++
		}
	}
	return n
}

// change has a supervisor do m from now on, or once the phone is answered.
func (c *Call) change(ctx context.Context, s *supervisor, m Mode, by string) error {
	has := s.On && c.machine.holds(s.party.Offer.Number)
	switch {
	case m == HandBack && !has:
		return fmt.Errorf("%w: the supervisor has not taken the call", ErrNotNow)
	case has && m != HandBack && m != TakeOver:
		return fmt.Errorf("%w: the supervisor has the caller; hand back first", ErrNotNow)
	case has && m == TakeOver:
		return nil
	}
	if err := c.mayChange(m); err != nil {
		return err
	}
	s.Mode, s.By, s.Since = m, by, c.deps.Now()
	if !s.On {
		return nil
	}
	c.noteSupervision(ctx, s, KindSupervised, "")
	switch m {
	case TakeOver:
		c.admit(s.party)
		c.handle(ctx, TakenOver{Offer: s.party.Offer.Number, Agent: s.Phone})
	case HandBack:
		s.Mode = Listen
		c.handle(ctx, HandedBack{Offer: s.party.Offer.Number})
		c.unseat(s.party)
	case Listen, Whisper, Barge:
	}
	c.arrange()
	c.tellAgent()
	return nil
}

// unseat takes a supervisor who has given the caller back from those whom the caller may
// talk with.
func (c *Call) unseat(p *Party) {
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	delete(c.humans.on, p.Offer.Number)
}

// supervisorLeft is told that a supervisor's leg is over.
func (c *Call) supervisorLeft(ctx context.Context, s *supervisor, lost bool) {
	_ = c.onLoop(ctx, func(ctx context.Context) { // a call that is over lets go of all by itself
		switch {
		case c.supervisor(s.ID) != s:
		case lost && c.machine.holds(s.party.Offer.Number): // the caller has not been told goodbye
			c.loseHolder(ctx, s)
		default:
			c.dismiss(ctx, s, "hung up", "")
		}
	})
}

// dismiss ends a supervisor's part, and the call if he has the caller.
func (c *Call) dismiss(ctx context.Context, s *supervisor, why, ender string) {
	c.noteOver(ctx, s, why, ender)
	c.supervisors = slices.DeleteFunc(c.supervisors, func(o *supervisor) bool { return o == s })
	s.stop(sip.Canceled.Err())
	if s.party == nil {
		return
	}
	c.arrange()
	if c.machine.holds(s.party.Offer.Number) {
		c.handle(ctx, AgentGone{Offer: s.party.Offer.Number})
		return
	}
	if c.present() == 0 {
		c.handle(ctx, Supervised{})
	}
	c.letSupervisor(ctx, s.party)
}

// letSupervisor ends the leg of a supervisor.
func (c *Call) letSupervisor(ctx context.Context, p *Party) {
	c.humans.mu.Lock()
	c.humans.mix.Leave(p.session)
	c.humans.mu.Unlock()
	c.run(func() { c.endLeg(ctx, p.leg, sip.Normal) })
	_ = p.session.Close()
	if p.own != "" {
		c.queueOp(func(op context.Context) { c.warn("free supervisor", c.deps.Queues.Leave(op, p.own, queue.Completed)) })
	}
}

// dropSupervisors ends their legs as the call ends: who has the caller is among the humans.
func (c *Call) dropSupervisors(ctx context.Context) {
	for _, s := range c.supervisors {
		c.noteOver(ctx, s, "the call is over", "")
		if s.party == nil || c.party(s.party.Offer.Number) != nil {
			continue
		}
		c.letSupervisor(ctx, s.party)
	}
	c.supervisors = nil
}

// The tone by which an agent is told of a supervisor.
const (
	toldHz   = 620
	toldTime = 250 * time.Millisecond
)

// tellAgent has the agent hear that a supervisor is on the call, if policy says so.
func (c *Call) tellAgent() {
	c.humans.mu.Lock()
	defer c.humans.mu.Unlock()
	p := c.humans.joined
	if p == nil || p.supervises || c.setup.Unannounced || c.present() == 0 {
		return
	}
	p.session.Play(media.NewTone(toldHz, toldTime))
}

// noteOver writes down that a supervisor's part is over, and tells who asked for it.
func (c *Call) noteOver(ctx context.Context, s *supervisor, why, ender string) {
	c.noteSupervision(ctx, s, KindUnsupervised, why)
	if s.over == nil {
		return
	}
	e := SupervisionEnd{Supervision: s.Supervision, Why: why, Ender: ender}
	if s.On {
		e.Lasted = c.deps.Now().Sub(s.answered)
	}
	c.run(func() { s.over(context.WithoutCancel(ctx), e) })
}

func (c *Call) noteSupervision(ctx context.Context, s *supervisor, k Kind, what string) {
	reason := string(s.Mode)
	if what != "" {
		reason += ", " + what
	}
	c.write(ctx, Entry{Kind: k, Agent: s.Phone, Reason: reason + ", by " + s.By})
}
