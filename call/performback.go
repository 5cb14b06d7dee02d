package call

import (
	"context"
	"errors"
	"time"

	"github.com/callward/callward/router/queue"
)

// Actions and events of being called back.
type (
	// CheckNumber asks whether a number that the caller gave may be called.
	CheckNumber struct{ Number string }
	// NumberChecked answers it: the number in E.164, or empty and why not.
	NumberChecked struct{ Number, Reason string }
	// AskCallback asks the queue to keep the place of a caller who is called back.
	AskCallback struct {
		Ticket   int
		Callback queue.Callback
	}
	// CallbackIs answers it. Kept: the caller may hang up. Unsure: nobody knows, for the
	// queue was asked and did not answer; it is to be asked again, which does no harm.
	CallbackIs struct {
		Ticket int
		Kept   bool
		Unsure bool
		Reason string
	}
)

func (CheckNumber) action()  {}
func (AskCallback) action()  {}
func (NumberChecked) event() {}
func (CallbackIs) event()    {}

// performBack does what a caller wants who would rather be called back.
func (c *Call) performBack(ctx context.Context, a Action) {
	switch a := a.(type) {
	case CheckNumber:
		n := NumberChecked{Reason: "no number can be called"}
		if c.deps.Callable != nil {
			var err error
			if n.Number, err = c.deps.Callable(c.setup.Tenant, a.Number); err != nil {
				n = NumberChecked{Reason: err.Error()}
			}
		}
		c.soon = append(c.soon, n)
	case AskCallback:
		a.Callback.Line, a.Callback.Asked = c.setup.Called, c.deps.Now().UTC()
		c.queueOp(func(op context.Context) { c.askCallback(ctx, op, a) })
	}
}

// askings is how often the queue is asked at once: what became of one that failed is not
// known. After that the caller hears so, and it is asked now and then.
const askings = 3

// A wantedBack is a callback that a caller has asked for. It is the queue worker's own.
type wantedBack struct {
	queue.Callback

	kept bool // the place waits; else nobody knows whether it does
}

func (c *Call) askCallback(ctx, op context.Context, a AskCallback) {
	w := &wantedBack{Callback: a.Callback}
	c.backs[a.Ticket] = w
	err := c.askBack(op, a.Ticket, w)
	for n := 1; n < askings && unknown(err) && pause(op, 200*time.Millisecond); n++ {
		err = c.askBack(op, a.Ticket, w)
	}
	is := CallbackIs{Ticket: a.Ticket, Kept: w.kept}
	switch {
	case w.kept:
	case unknown(err):
		c.warn("callback", err)
		is.Unsure, is.Reason = true, "the queue did not answer"
	default:
		delete(c.backs, a.Ticket)
		is.Reason = queue.ErrNotWaiting.Error()
	}
	c.post(ctx, is)
}

// askBack asks the queue once.
func (c *Call) askBack(op context.Context, ticket int, w *wantedBack) error {
	err := c.deps.Queues.CallBack(op, c.ticket(ticket), w.Callback)
	w.kept = err == nil || errors.Is(err, queue.ErrCalledBack)
	return err
}

// unknown reports whether a callback that was asked for may be kept, or not.
func unknown(err error) bool {
	return err != nil && !errors.Is(err, queue.ErrNotWaiting) && !errors.Is(err, queue.ErrCalledBack)
}

// leave gives a place up, unless it waits for the caller to be called back.
func (c *Call) leave(a Leave) {
	c.queueOp(func(op context.Context) { c.leaveNow(op, a) })
}

// leaveNow is leave on the queue worker. Who hangs up before the queue has said whether the
// place is kept has asked for it, so it is asked for once more; without an answer the place
// is given up, as nobody told the caller that there is one.
func (c *Call) leaveNow(op context.Context, a Leave) {
	w := c.backs[a.Ticket]
	if w != nil && !w.kept && a.Reason != queue.GaveWay {
		c.warn("callback", c.askBack(op, a.Ticket, w))
	}
	if w == nil || !w.kept {
		c.warn("leave queue", c.deps.Queues.Leave(op, c.ticket(a.Ticket), a.Reason))
	}
}
