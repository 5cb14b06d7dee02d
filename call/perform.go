package call

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// perform does one action of the machine. What takes time gets a goroutine, and
// its outcome comes back as an event.
func (c *Call) perform(ctx context.Context, a Action) {
	switch a := a.(type) {
	case Write:
		c.write(ctx, a.Entry)
	case Answer:
		c.run(func() { c.answer(ctx) })
	case Hangup:
		c.hangup(ctx, a.Cause)
	case Speak:
		c.speak(ctx, a)
	case Fill:
		c.fill(a.Language)
	case Hush:
		c.hush()
	case Pause:
		c.session.Pause()
	case Resume:
		c.session.Resume()
	case Hold:
		c.session.Play(media.NewHoldMusic())
	case Ringback:
		c.session.Play(media.NewRingback())
	case Attend:
		c.attend(a)
	case Unhear:
		c.unhear()
	case HideKeys:
		c.session.HideKeys(a.On)
	case Mute:
		c.muteCaller(a.On)
	case Veil:
		c.veil(a.On)
	case Rehear:
		c.rehear(ctx, a.Languages)
	case Classify:
		c.classify(ctx, a)
	case Shield, Beep, Tokenize, Captured:
		c.performCard(ctx, a)
	case AskHook:
		c.askHook(ctx, a)
	case StartMessage, MuteMessage, EndUtterance, EndMessage:
		c.performMessage(ctx, a)
	default:
		c.performQueue(ctx, a)
	}
}

func (c *Call) performQueue(ctx context.Context, a Action) {
	switch a := a.(type) {
	case Enqueue:
		c.enqueue(ctx, a)
	case Leave:
		c.leave(a)
	case CheckNumber, AskCallback:
		c.performBack(ctx, a)
	case AskPosition:
		c.queueOp(func(op context.Context) { c.askPosition(ctx, op, a.Ticket) })
	case Ring:
		c.ring(ctx, a)
	case Requeue:
		c.requeue(a)
	case Bridge:
		c.bridge(ctx, a)
	case Release:
		c.release(ctx, a)
	case Refer:
		c.refer(ctx, a)
	case Part:
		c.part()
	case Unring:
		c.stopRinging(a.Offer)
	case Tell:
		c.tellAsker(a)
	}
}

// ticket names a place of the call in a queue: the first by the call's own name.
func (c *Call) ticket(n int) string {
	if n <= 1 {
		return string(c.setup.ID)
	}
	return string(c.setup.ID) + ticketMark + strconv.Itoa(n)
}

const ticketMark = "/"

// ticketOf is the number of a ticket.
func ticketOf(ticket string) int {
	_, n, _ := strings.Cut(ticket, ticketMark)
	if number, err := strconv.Atoi(n); err == nil {
		return number
	}
	return 1
}

// ownTicket is that by which an agent without a reservation counts as busy.
func ownTicket(id ID, n int64) string {
	return string(id) + ownMark + strconv.FormatInt(-n, 10)
}

const ownMark = ticketMark + "own-"

func isOwn(ticket string) bool { return strings.Contains(ticket, ownMark) }

// OfTicket is the call that a ticket is of: what queues know a caller, or who else keeps an
// agent busy, by.
func OfTicket(ticket string) ID {
	id, _, _ := strings.Cut(ticket, ticketMark)
	return ID(id)
}

// warn logs the failure of something that the call does not wait for.
func (c *Call) warn(what string, err error) {
	if err != nil {
		c.log.Warn("operation failed", slog.String("what", what), slog.Any("err", err))
	}
}

// answer accepts the caller's leg.
func (c *Call) answer(ctx context.Context) {
	if err := c.leg.Answer(ctx, c.speech.sdp); err != nil {
		c.post(ctx, CallerGone{Fault: "not confirmed: " + err.Error()})
		return
	}
	if !c.makesOffer() { // else the caller's answer comes first
		c.post(ctx, Answered{})
	}
}

// refuse ends a call that could not be opened.
func (c *Call) refuse(ctx context.Context, err error) error {
	cause := refusal(err)
	c.write(ctx, Entry{Kind: KindEnded, Reason: "refused: " + cause.String()})
	c.warn("reject", c.leg.Reject(ctx, cause))
	return err
}

// endTimeout is how long the other side may take to agree that a leg is over.
const endTimeout = 5 * time.Second

// hangup ends the caller's leg without waiting for it.
func (c *Call) hangup(ctx context.Context, cause Cause) {
	c.run(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		defer cancel()
		c.warn("hang up", c.leg.Hangup(ctx, sipCause(cause)))
	})
}

func sipCause(c Cause) sip.Cause {
	switch c {
	case CauseShutdown:
		return sip.Shutdown
	case CauseFault, CauseNoQueue:
		return sip.Failed
	default:
		return sip.Normal
	}
}

// classify asks what the caller wants. That costs microseconds, so the loop does it
// itself, unless somebody else is asked.
func (c *Call) classify(ctx context.Context, a Classify) {
	u := Understood{Seq: a.Seq, Language: a.Language}
	q, ok := c.deps.Qualifiers[a.Language]
	if far, waits := q.(DistantQualifier); waits {
		c.run(func() {
			u.Result, u.Err = far.Classify(ctx, a.Text)
			c.post(ctx, u)
		})
		return
	}
	if ok {
		u.Result, u.Err = q.Classify(ctx, a.Text)
	}
	c.soon = append(c.soon, u)
}

func (c *Call) enqueue(ctx context.Context, a Enqueue) {
	entry := queue.Entry{Call: c.ticket(a.Ticket), Queue: a.Queue, Priority: a.Priority, Skills: a.Skills, Boost: a.Boost}
	if c.setup.Who != "" && !IsDirect(a.Queue) {
		entry.Caller, entry.Note, entry.Resume = c.setup.Who, a.Note.text(), a.Resume
	}
	c.queueOp(func(op context.Context) {
		if err := c.deps.Queues.Enqueue(op, entry); err != nil {
			c.log.Warn("enter queue", slog.String("queue", a.Queue), slog.Any("err", err))
			c.post(ctx, placeFailed(a.Ticket, err))
			return
		}
		c.post(ctx, Placed{Ticket: a.Ticket})
	})
}

// placeFailed says whether it is of use to try a queue again.
func placeFailed(ticket int, err error) PlaceFailed {
	for _, final := range []error{queue.ErrFull, queue.ErrEmpty} {
		if errors.Is(err, final) {
			return PlaceFailed{Ticket: ticket, Reason: final.Error(), Final: true}
		}
	}
	return PlaceFailed{Ticket: ticket, Reason: "the queue could not be entered"}
}

func (c *Call) askPosition(ctx, op context.Context, ticket int) {
	o, err := c.deps.Queues.Outlook(op, c.ticket(ticket))
	if err != nil {
		c.warn("position", err)
		return
	}
	c.post(ctx, PositionIs{Ticket: ticket, Position: o.Position, Wait: o.Wait})
}

// refusal puts the failure to open a call in SIP's words.
func refusal(err error) sip.Cause {
	switch {
	case errors.Is(err, media.ErrNoCommonCodec), errors.Is(err, media.ErrSecurity), errors.Is(err, media.ErrMalformed),
		errors.Is(err, media.ErrAddress), errors.Is(err, media.ErrTooLarge): // the peer's fault, not ours
		return sip.NotAcceptable
	case errors.Is(err, media.ErrNoPorts):
		return sip.Overload
	default:
		return sip.Failed
	}
}
