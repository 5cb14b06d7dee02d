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
	// CallbackIs answers it. Kept: the caller may hang up.
	CallbackIs struct {
		Ticket int
		Kept   bool
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

// askings is how often the queue is asked: what became of one that failed is not known.
const askings = 3

func (c *Call) askCallback(ctx, op context.Context, a AskCallback) {
	var err error
	for range askings {
		err = c.deps.Queues.CallBack(op, c.ticket(a.Ticket), a.Callback)
		if err == nil || errors.Is(err, queue.ErrNotWaiting) || errors.Is(err, queue.ErrCalledBack) || !pause(op, 200*time.Millisecond) {
			break
		}
	}
	is := CallbackIs{Ticket: a.Ticket, Kept: err == nil || errors.Is(err, queue.ErrCalledBack)}
	switch {
	case is.Kept:
		c.keptBack.Store(true)
	case errors.Is(err, queue.ErrNotWaiting):
		is.Reason = queue.ErrNotWaiting.Error()
	default:
		c.warn("callback", err)
		is.Reason = "the queue did not answer"
	}
	c.post(ctx, is)
}

// leave gives a place up, unless it waits for the caller to be called back.
func (c *Call) leave(a Leave) {
	c.queueOp(func(op context.Context) {
		if !c.keptBack.Load() {
			c.warn("leave queue", c.deps.Queues.Leave(op, c.ticket(a.Ticket), a.Reason))
		}
	})
}
