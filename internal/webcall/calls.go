package webcall

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/sip"
)

// Why a call is not taken.
var (
	ErrOff    = errors.New("nobody can call from a web page here")
	ErrNumber = errors.New("this number cannot be called from a web page")
	ErrRate   = errors.New("too many calls from this address: wait a minute")
	ErrFull   = errors.New("all lines are taken")
)

// A Refused is a call that the line itself turned away.
//
//nolint:errname // what became of a call, rather than what went wrong
type Refused struct{ Cause sip.Cause }

// Error names the cause.
func (r *Refused) Error() string { return "call refused: " + r.Cause.String() }

// A Policy is what may be called, and how often. Numbers without any: nothing.
type Policy struct {
	Numbers []string // the first is called where none is named
	Calls   int      // at once
	Minute  int      // new ones in a minute from one address
}

// Config is what Calls need. All fields are needed.
type Config struct {
	Policy func() Policy // as it is just now
	NewID  func() call.ID
	Serve  func(l *Leg) // lives the call until it is over
	Now    func() time.Time
}

// Calls are those of web pages that live. They are safe for concurrent use.
type Calls struct {
	cfg   Config
	rates Rates

	mu   sync.Mutex
	live map[string]*watched
	wg   sync.WaitGroup
}

// watched is a call with those who read its captions.
type watched struct {
	leg     *Leg
	since   uint64
	readers int
}

// maxReaders is how many may read the captions of one call: the page, and once more
// while it begins anew.
const maxReaders = 2

// New has no calls yet.
func New(cfg Config) *Calls { return &Calls{cfg: cfg, live: make(map[string]*watched)} }

// Open reports whether anything can be called.
func (c *Calls) Open() bool { return len(c.cfg.Policy().Numbers) > 0 }

// An Offer is a page's wish to call.
type Offer struct {
	Number string     // empty: the first that may be called
	SDP    []byte     // as a browser offers it
	From   netip.Addr // of the page
	Local  netip.Addr // ours by which the page came
	Since  uint64     // journal entries after this may be the call's
}

// A Taken is a call that was answered.
type Taken struct {
	ID     string // by which the page, and nobody else, knows it
	Call   call.ID
	Answer []byte // SDP
}

// Take begins a call and waits for its answer. ErrOff, ErrNumber, ErrRate, ErrFull and
// *Refused say why there is none.
func (c *Calls) Take(ctx context.Context, o Offer) (Taken, error) {
	l, id, err := c.begin(o)
	if err != nil {
		return Taken{}, err
	}
	answer, err := l.Answered(ctx)
	if err != nil {
		return Taken{}, err
	}
	return Taken{ID: id, Call: l.id, Answer: answer}, nil
}

// begin has a call served, if it may be.
func (c *Calls) begin(o Offer) (*Leg, string, error) {
	p := c.cfg.Policy()
	if len(p.Numbers) == 0 {
		return nil, "", ErrOff
	}
	o.Number = cmp.Or(o.Number, p.Numbers[0])
	if !slices.Contains(p.Numbers, o.Number) {
		return nil, "", ErrNumber
	}
	if house, ok := House(o.From); !ok || !c.rates.Allow(house, p.Minute, c.cfg.Now()) {
		return nil, "", ErrRate
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.live) >= p.Calls {
		return nil, "", ErrFull
	}
	l, id := NewLeg(c.cfg.NewID(), o), rand.Text()
	c.live[id] = &watched{leg: l, since: o.Since}
	c.wg.Go(func() {
		defer c.forget(id)
		defer l.end(sip.Failed) // no page waits for ever
		c.cfg.Serve(l)
	})
	return l, id, nil
}

func (c *Calls) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.live, id)
}

// End hangs up for the page; false: there is no such call any more.
func (c *Calls) End(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, ok := c.live[id]
	if ok {
		w.leg.end(sip.Normal)
	}
	return ok
}

// Call is the one that a page knows by id.
func (c *Calls) Call(id string) (call.ID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, ok := c.live[id]
	if !ok {
		return "", false
	}
	return w.leg.id, true
}

// Watch lets one more read the captions of a call: those after the journal's entry
// since. leave must be called in the end. Not ok: there is no such call, or enough read
// them.
func (c *Calls) Watch(id string) (of call.ID, since uint64, leave func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, known := c.live[id]
	if !known || w.readers >= maxReaders {
		return "", 0, nil, false
	}
	w.readers++
	return w.leg.id, w.since, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		w.readers--
	}, true
}

// Wait returns when no call lives any more, or with the error of ctx.
func (c *Calls) Wait(ctx context.Context) error {
	gone := make(chan struct{})
	go func() {
		c.wg.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
