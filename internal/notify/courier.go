package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/callward/callward/internal/facts"
)

// A Send posts one message to the receiver. after is how long the receiver wants to be left
// alone, if it says so.
type Send func(ctx context.Context, id string, body []byte) (after time.Duration, err error)

// Config says what a courier brings to whom. A zero field means what its comment states.
type Config struct {
	Tenant   string
	Events   []string // by name, or as queue.*; all
	Send     Send
	Final    func(error) bool // reports that no further try can help; never
	Attempts int              // at each message: 8
	Pause    time.Duration    // before the second try; each further is four times as long, up to 10 min: 1 s
	// Bury keeps a message that was not taken. It must not fail.
	Bury func(ctx context.Context, id string, body []byte, why error)
	// Tried is told of each try; may be nil.
	Tried func(err error)
}

const (
	defaultAttempts = 8
	defaultPause    = time.Second
	longestPause    = 10 * time.Minute
	growth          = 4
	// underWay bounds the messages that wait for their turn or for another try.
	underWay = 1000
	// atOnce bounds the tries that go on at the same time.
	atOnce = 8
)

// A Courier brings messages to one receiver.
type Courier struct {
	cfg    Config
	ctx    context.Context //nolint:containedctx // what tries live in; Close ends it
	cancel context.CancelFunc
	wg     sync.WaitGroup
	slots  chan struct{}
	room   chan struct{}

	mu    sync.Mutex
	lanes map[string][]*parcel // by call or agent: what is to be sent, in order; the first is under way
	all   []*parcel            // in the order of the events
	done  string               // id of the last event of which all is done
	moved chan struct{}        // holds one when done has changed
}

// A parcel is a message on its way; without a body, the mark of an event.
type parcel struct {
	event string // all messages up to this one done, the event is
	id    string
	body  []byte
	over  bool
}

// New makes a courier. Close must follow.
func New(cfg Config) *Courier {
	if cfg.Attempts <= 0 {
		cfg.Attempts = defaultAttempts
	}
	if cfg.Pause <= 0 {
		cfg.Pause = defaultPause
	}
	c := &Courier{
		cfg: cfg, slots: make(chan struct{}, atOnce), room: make(chan struct{}, underWay),
		lanes: map[string][]*parcel{}, moved: make(chan struct{}, 1),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Take accepts what one event means. It blocks while too much is under way; the error is
// that of ctx.
func (c *Courier) Take(ctx context.Context, event string, all []facts.Fact) error {
	for _, f := range all {
		if !Wants(c.cfg.Events, f.Name) {
			continue
		}
		b, err := body(c.cfg.Tenant, f)
		if err != nil {
			continue // a fact is texts and numbers: it cannot fail
		}
		select {
		case c.room <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		c.add(f.Key(), &parcel{event: event, id: c.cfg.Tenant + "_" + f.ID, body: b})
	}
	c.add("", &parcel{event: event})
	return nil
}

// add puts a parcel last in its lane, and starts the lane if it is the only one.
func (c *Courier) add(lane string, p *parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, p)
	if p.body == nil {
		p.over = true
		c.settle()
		return
	}
	c.lanes[lane] = append(c.lanes[lane], p)
	if len(c.lanes[lane]) == 1 {
		c.wg.Go(func() { c.run(lane) })
	}
}

// run sends what is in a lane, one after the other.
func (c *Courier) run(lane string) {
	for p := c.first(lane); p != nil; p = c.first(lane) {
		err := c.bring(p)
		if c.ctx.Err() != nil {
			return
		}
		if err != nil {
			c.cfg.Bury(c.ctx, p.id, p.body, err)
		}
		c.finish(lane, p)
	}
}

func (c *Courier) first(lane string) *parcel {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lanes[lane]) == 0 {
		delete(c.lanes, lane)
		return nil
	}
	return c.lanes[lane][0]
}

func (c *Courier) finish(lane string, p *parcel) {
	<-c.room
	c.mu.Lock()
	defer c.mu.Unlock()
	p.over = true
	c.lanes[lane] = c.lanes[lane][1:]
	c.settle()
}

// settle moves done over what is over; mu is held.
func (c *Courier) settle() {
	n := 0
	for n < len(c.all) && c.all[n].over {
		if c.all[n].body == nil {
			c.done = c.all[n].event
		}
		n++
	}
	if n == 0 {
		return
	}
	c.all = c.all[n:]
	select {
	case c.moved <- struct{}{}:
	default:
	}
}

// Done is the id of the last event of which all has been sent, or buried; "" before the
// first. Moved holds a value when it has changed.
func (c *Courier) Done() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

// Moved brings a value when Done has changed.
func (c *Courier) Moved() <-chan struct{} { return c.moved }

// Idle reports whether nothing is under way.
func (c *Courier) Idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all) == 0
}

// Close gives up what is under way and waits for it to end.
func (c *Courier) Close() {
	c.cancel()
	c.wg.Wait()
}

// bring tries until the message is taken, or no try is left.
func (c *Courier) bring(p *parcel) error {
	for n := 0; ; n++ {
		after, err := c.try(p)
		if err == nil {
			return nil
		}
		if n+1 >= c.cfg.Attempts || c.cfg.Final != nil && c.cfg.Final(err) {
			return err
		}
		if !rest(c.ctx, max(after, jittered(c.cfg.Pause, n))) {
			return errors.Join(err, c.ctx.Err())
		}
	}
}

func (c *Courier) try(p *parcel) (time.Duration, error) {
	select {
	case c.slots <- struct{}{}:
	case <-c.ctx.Done():
		return 0, c.ctx.Err()
	}
	defer func() { <-c.slots }()
	after, err := c.cfg.Send(c.ctx, p.id, p.body)
	if c.cfg.Tried != nil && c.ctx.Err() == nil {
		c.cfg.Tried(err)
	}
	return after, err
}

// jittered is the pause after try n, from 0: half of it is left to chance, so that a
// receiver that comes back does not get all at once.
func jittered(first time.Duration, n int) time.Duration {
	mean := first
	for range n {
		mean = min(mean*growth, longestPause)
	}
	return mean/2 + rand.N(mean/2+1)
}

func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
