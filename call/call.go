package call

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/dtmf"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// A Setup is what is known of one call when it comes in.
type Setup struct {
	ID        ID
	Tenant    string
	Trunk     string // by which it came; empty: unknown
	Caller    string // as the trunk says; not proven
	Trust     string // how far the caller's number is believed: A, B, C (SHAKEN), none or failed
	Believed  bool   // the trunk has checked Caller itself, and is trusted with that
	Private   bool   // the caller wants not to be named to the agent
	Called    string
	Assistant *assistant.Assistant
	Languages []string           // the first is the line's own; several: the caller chooses
	Heard     []string           // languages that can be understood by voice
	Trouble   bool               // Heard is short of languages because recognition is down
	Fillers   map[string][]int16 // by language: a short sound that says the bot is still there
	Voices    map[string]string  // by language: the name of the bot's voice; empty is the engine's own
	// MuteAgents keeps card numbers that the caller says to an agent from the agent.
	MuteAgents bool
	CardByKey  bool // card numbers are keyed: no recognizer hears the caller meanwhile
	Times      Times
	Redaction  redact.Policy          // what is withheld of the caller's words
	Media      media.Options          // of the caller's side
	Outside    map[string]Destination // by queue: whose people are reached by a number outside
	// ListenDelay is how much later supervisors hear who listen or whisper: what is found to be
	// a card number in that time they do not hear at all.
	ListenDelay time.Duration
	// Unannounced: agents hear no tone when a supervisor comes onto the call.
	Unannounced bool
	Briefs      map[string]Brief         // by queue: what agents are told before the caller is joined
	Sent        Brief                    // the same of a colleague to whom an agent sends a caller
	Refuge      string                   // a number that takes callers when this process stops; empty: none
	Callable    string                   // the caller's number in E.164, if it may be called back; empty: it is asked for
	Callbacks   map[string]CallbackOffer // by queue: whose callers are offered to be called back
	Who         string                   // the caller, if the number is proven: see queue.CallerKey; empty: nobody knows
	CutOff      *CutOff                  // what this caller lost when another process died; nil: nothing
	Hours       map[string]QueueHours    // by queue: those that are closed at times
	Voicemails  map[string]Voicemail     // by queue: whose callers may leave a message
	Rings       map[string]time.Duration // by queue: how long an agent's phone rings, the whisper included, where that is not Times.Ring
}

// ring is how long the phone of an agent of a queue rings.
func (s Setup) ring(queue string) time.Duration {
	if d := s.Rings[queue]; d > 0 {
		return d
	}
	return s.Times.orDefaults().Ring
}

// A Call is a caller's whole visit. Run owns it; everybody else posts events.
type Call struct {
	setup   Setup
	deps    Deps
	leg     Leg
	log     *slog.Logger
	session *media.Session

	machine *machine
	events  chan Event
	gone    chan struct{} // closed when nobody reads events any more
	over    chan struct{} // closed when nothing of the call is left but its record; the registry's
	soon    []Event       // results of actions performed at once
	started time.Time

	wg     sync.WaitGroup
	worker sync.WaitGroup // the queue operations
	broken atomic.Bool    // a goroutine of the call has failed
	cancel context.CancelFunc
	ops    chan func(context.Context) // queue operations, performed in order
	backs  map[int]*wantedBack        // by ticket: callbacks that were asked for; the worker's

	speech      speech
	asker       asker // of the caller's leg
	hearing     map[string]ear
	again       chan ear     // recognizers that take the place of those that were lost
	keys        atomic.Int32 // the way in which the caller's keys come, once known
	asked       Attend       // what the recognizers were last told of
	shielded    bool         // a card is being taken
	deaf        bool         // nothing that the caller says reaches them
	unheard     bool         // nobody is to hear the caller any more
	humans      humans
	wishes      chan func(context.Context) // of supervisors, run by the loop
	supervisors []*supervisor              // the loop's
	supervised  int                        // how many there were
	wished      map[wishKey]wish           // by those who supervise, with a key
	mu          sync.Mutex                 // guards what follows
	offers      map[int64]queue.Offer      // reservations in progress
	asks        []*sip.Referral            // agents' wishes
	handed      int64                      // counts down the parties that were handed over without a reservation
	sent        Entry                      // the last transfer that an agent asked for; the loop's

	record  *recorder
	message *recording // nil: no message is being taken
	came    *arrival   // nil: the caller calls
}

// handedFrom is where the numbers of parties begin that were handed over: below
// those that the machine gives.
const handedFrom = -1 << 32

// eventBuffer is ample: a call has a few events a second, and posting waits.
const eventBuffer = 64

// New makes the call of a leg that has just come in. Run must follow.
func New(s Setup, d Deps, leg Leg) *Call {
	if d.Messages == nil {
		s.Voicemails = nil
	}
	c := &Call{
		setup: s, deps: d, leg: leg,
		log:     d.Log.With(slog.String("call", string(s.ID)), slog.String("tenant", s.Tenant)),
		machine: newMachine(s),
		events:  make(chan Event, eventBuffer),
		gone:    make(chan struct{}),
		over:    make(chan struct{}),
		ops:     make(chan func(context.Context), eventBuffer),
		hearing: make(map[string]ear),
		again:   make(chan ear),
		wishes:  make(chan func(context.Context)),
		offers:  make(map[int64]queue.Offer),
		backs:   make(map[int]*wantedBack),
		humans:  humans{on: make(map[int64]*Party)},
		handed:  handedFrom,
		started: d.Now(),
	}
	c.record = newRecorder(s, c.started)
	return c
}

// ID is the call's name.
func (c *Call) ID() ID { return c.setup.ID }

// Tenant is whose line was called.
func (c *Call) Tenant() string { return c.setup.Tenant }

// Run lives the call until it has ended and everything it took is released.
func (c *Call) Run(ctx context.Context) error {
	ctx, c.cancel = context.WithCancel(ctx)
	defer c.cancel()
	answer, err := c.open()
	if err != nil {
		return c.refuse(ctx, err)
	}
	c.write(ctx, Entry{Kind: KindStarted})
	c.start(ctx, answer)
	if !c.survives(func() { c.loop(ctx) }) {
		c.abandon(ctx)
	}
	close(c.gone)
	c.close(ctx)
	return nil
}

// loop is the only place that touches the machine.
func (c *Call) loop(ctx context.Context) {
	c.handle(ctx, c.begins())
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for !c.machine.ended() {
		c.wind(timer)
		select {
		case ev := <-c.events:
			c.handle(ctx, ev)
		case e := <-c.again:
			c.regained(ctx, e)
		case wish := <-c.wishes:
			wish(ctx)
		case <-timer.C:
			c.handle(ctx, Tick{})
		case <-ctx.Done():
			ev := Event(Shutdown{})
			if c.broken.Load() {
				ev = Broken{}
			}
			c.handle(context.WithoutCancel(ctx), ev)
		}
	}
}

// survives reports whether f came to its end. A panic ends this call, and no other;
// what it says may hold what was said, so only where it happened is logged.
func (c *Call) survives(f func()) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("a part of the call failed", slog.Any("where", media.Where()))
		}
	}()
	f()
	return true
}

// abandon gives up what the call holds when its loop has failed: nobody knows how far
// it had come.
func (c *Call) abandon(ctx context.Context) {
	c.write(ctx, Entry{Kind: KindEnded, Reason: string(CauseFault)})
	c.hangup(ctx, CauseFault)
	for ticket := 1; ticket <= c.machine.tickets; ticket++ {
		c.leave(Leave{Ticket: ticket, Reason: queue.Failure})
	}
}

// wind sets the timer to the machine's next date.
func (c *Call) wind(t *time.Timer) {
	wait := time.Hour
	if d := c.machine.deadline(); !d.IsZero() {
		wait = max(d.Sub(c.deps.Now()), 0)
	}
	t.Reset(wait)
}

// handle tells the machine one event and does what it says; what comes of that
// at once is handled before anything else.
func (c *Call) handle(ctx context.Context, ev Event) {
	c.soon = append(c.soon, ev)
	for len(c.soon) > 0 {
		ev, c.soon = c.soon[0], c.soon[1:]
		for _, a := range c.machine.step(c.deps.Now(), ev) {
			c.perform(ctx, a)
		}
	}
}

// post hands an event to the loop; it gives up when the call has ended.
func (c *Call) post(ctx context.Context, ev Event) {
	select {
	case c.events <- ev:
	case <-c.gone:
	case <-ctx.Done():
	}
}

// run starts a goroutine that the call's end waits for. If it fails, the call ends.
func (c *Call) run(f func()) {
	c.wg.Go(func() {
		if !c.survives(f) {
			c.broken.Store(true)
			c.cancel()
		}
	})
}

// queueOp performs f after the queue operations before it. f outlives the call
// if need be: a place that was taken must be given up.
func (c *Call) queueOp(f func(context.Context)) { c.ops <- f }

// opTimeout is how long one queue operation may take.
const opTimeout = 5 * time.Second

func (c *Call) queueWorker(ctx context.Context) {
	for f := range c.ops {
		op, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
		f(op)
		cancel()
	}
}

// open takes a media session and replies to the caller's offer.
func (c *Call) open() (reply []byte, err error) {
	if c.came != nil {
		c.session = c.came.session
		c.record.hears(c.session)
		return nil, nil
	}
	s, err := c.deps.Lines.Open(c.setup.Media)
	if err != nil {
		return nil, err
	}
	reply, err = s.Reply(c.leg.Offer())
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	c.session = s
	c.record.hears(s)
	return reply, nil
}

// start brings up what listens on the caller's side.
func (c *Call) start(ctx context.Context, answer []byte) {
	c.worker.Go(func() { c.queueWorker(ctx) })
	c.run(func() { c.watchMedia(ctx) })
	c.run(func() { c.watchLeg(ctx) })
	c.speech.sdp = answer
	if c.unheard {
		return
	}
	for _, l := range c.setup.Heard {
		c.hear(ctx, l)
	}
}

// close releases everything. The agent's side is looked at twice: a phone may
// have been picked up while its ringing was being stopped.
func (c *Call) close(ctx context.Context) {
	c.machine.forget()
	c.unhear()
	c.hush()
	c.stopRinging(0)
	c.cancel()
	c.dropMessage()
	_ = c.session.Close()
	c.wg.Wait()
	c.dropSupervisors(ctx)
	c.dropAll(ctx, sip.Normal)
	c.wg.Wait()
	c.settle()
	close(c.ops)
	c.worker.Wait()
	c.keep(context.WithoutCancel(ctx))
}

// settle ends what came too late for the loop: an agent reserved, or handed over, as
// the caller hung up, and the wish of one who still waits to be told.
func (c *Call) settle() {
	c.mu.Lock()
	offers, asks := c.offers, c.asks
	c.offers, c.asks = nil, nil
	c.mu.Unlock()
	for _, o := range offers {
		c.queueOp(func(op context.Context) { c.warn("let agent go", c.deps.Queues.Leave(op, o.Call, queue.HungUp)) })
	}
	for _, r := range asks {
		if r != nil {
			r.Notify(487)
		}
	}
}

// watchMedia turns what the caller's session notices into events.
func (c *Call) watchMedia(ctx context.Context) {
	held := time.NewTicker(c.setup.Times.orDefaults().Held)
	defer held.Stop()
	events := c.session.Events()
	for {
		select {
		case <-held.C: // who holds us sends nothing
			if c.session.Held() {
				c.lookForCaller(ctx)
			}
		case ev, ok := <-events:
			if !ok {
				return
			}
			c.noticed(ctx, ev)
		}
	}
}

func (c *Call) noticed(ctx context.Context, ev media.Event) {
	switch ev.Kind {
	case media.Digit:
		c.press(ctx, byEvent, ev.Key)
	case media.PlayBegan:
		if line, ok := c.speech.line(ev.Gen); ok && line.Line == 0 {
			c.post(ctx, Sounded{Turn: line.Turn})
		}
	case media.PlayDone:
		if done, ok := c.speech.done(ev); ok {
			c.post(ctx, done)
		}
	case media.SpeechStarted:
		c.post(ctx, VoiceStarted{})
	case media.SpeechStopped:
		c.post(ctx, VoiceStopped{})
	case media.Silent:
		c.lookForCaller(ctx)
	case media.Broken:
		c.post(ctx, CallerGone{Fault: "the caller's sound broke"})
	default:
	}
}

// lookForCaller asks a phone of which nothing is heard whether it is still there.
func (c *Call) lookForCaller(ctx context.Context) {
	c.run(func() {
		if c.asker.vanished(ctx, c.leg) {
			c.post(ctx, CallerGone{Fault: "neither sound nor an answer from the caller"})
		}
	})
}

// asking is how long a peer of which nothing is heard may take to say that it is there.
const asking = 10 * time.Second

// An asker asks the peer of one leg, one question at a time.
type asker struct{ busy atomic.Bool }

// vanished asks whether anybody is at the other end of a leg of which nothing is heard. A
// phone that is mute may send nothing for as long as its owner likes.
func (a *asker) vanished(ctx context.Context, leg Leg) bool {
	if a.busy.Swap(true) {
		return false
	}
	defer a.busy.Store(false)
	within, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	return leg.Ask(within) != nil && ctx.Err() == nil
}

// watchLeg follows the caller's dialog.
func (c *Call) watchLeg(ctx context.Context) {
	reoffers := c.leg.Reoffers()
	unanswered := c.makesOffer()
	for {
		select {
		case body := <-c.leg.Answers():
			if !unanswered { // what was agreed before stays, if this cannot be
				c.warn("later answer", c.session.SetAnswer(body))
				continue
			}
			if !c.agree(ctx, body) {
				return
			}
			unanswered = false
			c.post(ctx, Answered{})
		case r, ok := <-reoffers:
			if !ok {
				reoffers = nil
				continue
			}
			c.reoffer(c.session, r)
		case info := <-c.leg.Infos():
			if digit, ok := dtmf.Info(info.Type, info.Body); ok {
				c.press(ctx, byInfo, media.NewKey(digit))
			}
		case r := <-c.leg.Referrals():
			c.notHis(ctx, r)
		case <-c.leg.Done():
			c.post(ctx, goneBecause(c.leg.Cause()))
			return
		case <-ctx.Done():
			return
		}
	}
}

// goneBecause says why the caller's leg ended, unless the caller hung up.
func goneBecause(cause sip.Cause) CallerGone {
	if cause == sip.Lost {
		return CallerGone{Fault: "the caller's side does not answer any more"}
	}
	return CallerGone{}
}

// The ways in which keys come: RTP events (RFC 4733), and INFO.
const (
	byEvent = 1 + iota
	byInfo
)

// press tells of a key. Some phones say each of them in both ways: the way in
// which the first one comes is the only one that counts.
func (c *Call) press(ctx context.Context, way int32, k media.Key) {
	if c.keys.CompareAndSwap(0, way) || c.keys.Load() == way {
		c.post(ctx, Pressed{Key: k})
	}
}

// makesOffer reports whether the caller left the first offer to us.
func (c *Call) makesOffer() bool { return c.came == nil && len(c.leg.Offer()) == 0 }

// agree takes the caller's answer; without one there can be no talk.
func (c *Call) agree(ctx context.Context, answer []byte) bool {
	err := c.session.SetAnswer(answer)
	if err != nil {
		c.post(ctx, CallerGone{Fault: err.Error()})
	}
	return err == nil
}

func (c *Call) reoffer(session *media.Session, r *sip.Reoffer) {
	if err := r.AnswerWith(session.Reply); err != nil {
		c.log.Warn("offer within the call failed", slog.Any("err", err))
	}
}
