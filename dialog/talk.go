package dialog

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	"github.com/callward/callward/redact"
)

// Start is what a service is told when it is to lead a talk.
type Start struct {
	Tenant, Call string
	Session      string   // of this talk; another stream for the same call has another
	Assistant    string   // name of the line's; the service may know it
	Languages    []string // as BCP 47, in which the caller is heard; the first is that of the first turn
	Queues       []string // that a transfer may name
	History      []Utterance
}

// Heard is what a caller said or keyed, redacted.
type Heard struct {
	Result     redact.Result
	Language   string  // as BCP 47; empty if it was keyed
	Confidence float64 // of the recognizer, from 0 to 1; 0: not told
	Keyed      bool
}

// Silent says why a caller gave no answer.
type Silent int

// The reasons.
const (
	SaidNothing Silent = iota
	NotUnderstood
)

// Failure says why a transfer failed.
type Failure int

// The reasons.
const (
	OtherFailure Failure = iota
	NoQueue
	NoAgent
	Barred
)

// finishWithin is how long a service may take to end the stream after Finish.
const finishWithin = 2 * time.Second

// sendRoom is how many messages may wait for a service that does not take them.
const sendRoom = 32

// A Talk is led by a service. One goroutine calls Next again and again; all other
// methods may be called from any, and block for nothing but Close for the goroutine
// that sends.
type Talk struct {
	config Config
	rpc    dialogv1.DialogService_ConverseClient
	cancel context.CancelCauseFunc
	ctx    context.Context //nolint:containedctx // its cause says why the talk ended
	most   int             // bytes of a text that the service takes
	sent   chan struct{}   // closed when the goroutine that sends has ended

	mu       sync.Mutex
	out      chan *dialogv1.ConverseRequest // closed by Finish
	order    order
	finished bool
	timer    *time.Timer
	armed    int // counts what the timer was set for, so that one that was stopped too late does nothing
}

// Converse opens a talk; its first turn is 1. It blocks until there is a connection, for
// as long as a first answer may take at most. The talk ends with ctx, with Close, or by
// itself after Finish.
func (c *Client) Converse(ctx context.Context, s Start) (*Talk, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &Talk{
		config: c.config, cancel: cancel, ctx: ctx, sent: make(chan struct{}),
		out: make(chan *dialogv1.ConverseRequest, sendRoom),
	}
	t.mu.Lock()
	t.await(c.config.FirstAnswer)
	t.mu.Unlock()
	t.most = c.longest()
	rpc, err := c.api.Converse(ctx)
	if err != nil {
		err = t.why(err)
		t.fail(err)
		return nil, err
	}
	t.rpc = rpc
	var language string
	if len(s.Languages) > 0 {
		language = s.Languages[0]
	}
	t.begin(func(turn int64) *dialogv1.ConverseRequest {
		return &dialogv1.ConverseRequest{Request: &dialogv1.ConverseRequest_Start{Start: &dialogv1.Start{
			Session: &speechv1.Session{
				CallId: s.Call, SessionId: s.Session, Tenant: s.Tenant, LanguageCode: language, Attributes: attributes(s.Assistant),
			},
			TurnId: turn, LanguageCodes: s.Languages, Queues: s.Queues, History: history(s.History, t.most),
		}}}
	})
	go t.send()
	return t, nil
}

// send gives the service what is told to it. It ends with the talk.
func (t *Talk) send() {
	defer close(t.sent)
	for {
		select {
		case <-t.ctx.Done():
			return
		case m, more := <-t.out:
			if !more {
				_ = t.rpc.CloseSend() // Next tells what came of it
				return
			}
			if t.rpc.Send(m) != nil { // Next tells why
				return
			}
		}
	}
}

// Caller begins a turn with what the caller said or keyed, and gives its number.
// Answers to earlier turns are no longer given by Next.
func (t *Talk) Caller(h Heard) (turn int64) {
	c := &dialogv1.Caller{
		Text: outward(h.Result.Text, t.most), LanguageCode: h.Language, Confidence: float32(h.Confidence),
		Source: dialogv1.Caller_SOURCE_SPEECH,
	}
	if h.Keyed {
		c.Source = dialogv1.Caller_SOURCE_KEYPAD
	}
	for _, f := range h.Result.Findings {
		c.Masked = append(c.Masked, masked(f))
	}
	return t.begin(func(turn int64) *dialogv1.ConverseRequest {
		c.TurnId = turn
		return &dialogv1.ConverseRequest{Request: &dialogv1.ConverseRequest_Caller{Caller: c}}
	})
}

// masked says what was withheld. Not even the last four digits of a card leave.
func masked(f redact.Finding) *dialogv1.Masked {
	m := &dialogv1.Masked{Digits: int32(f.Digits), Complete: f.Luhn}
	switch f.Kind {
	case redact.Card:
		m.Kind = dialogv1.Masked_KIND_CARD
	case redact.Code:
		m.Kind = dialogv1.Masked_KIND_CODE
	case redact.Number:
		m.Kind = dialogv1.Masked_KIND_NUMBER
	case redact.IBAN, redact.NIR, redact.Phone, redact.Email, redact.Address, redact.BirthDate:
		m.Kind = dialogv1.Masked_KIND_UNSPECIFIED // something else that must not be shown
	}
	return m
}

// Silent begins a turn in which the caller gave no answer, and gives its number.
func (t *Talk) Silent(why Silent) (turn int64) {
	cause := dialogv1.Silence_CAUSE_NOTHING_SAID
	if why == NotUnderstood {
		cause = dialogv1.Silence_CAUSE_NOT_UNDERSTOOD
	}
	return t.begin(func(turn int64) *dialogv1.ConverseRequest {
		return &dialogv1.ConverseRequest{Request: &dialogv1.ConverseRequest_Silence{Silence: &dialogv1.Silence{TurnId: turn, Cause: cause}}}
	})
}

// TransferFailed begins a turn in which the caller is back, and gives its number.
func (t *Talk) TransferFailed(why Failure) (turn int64) {
	cause := map[Failure]dialogv1.TransferFailed_Cause{
		NoQueue: dialogv1.TransferFailed_CAUSE_NO_QUEUE,
		NoAgent: dialogv1.TransferFailed_CAUSE_NO_AGENT,
		Barred:  dialogv1.TransferFailed_CAUSE_BARRED,
	}[why]
	return t.begin(func(turn int64) *dialogv1.ConverseRequest {
		return &dialogv1.ConverseRequest{Request: &dialogv1.ConverseRequest_TransferFailed{
			TransferFailed: &dialogv1.TransferFailed{TurnId: turn, Cause: cause},
		}}
	})
}

// Played tells how much of a Say was heard: characters counts Unicode code points.
func (t *Talk) Played(s Say, characters int, interrupted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tell(&dialogv1.ConverseRequest{Request: &dialogv1.ConverseRequest_Played{Played: &dialogv1.Played{
		TurnId: s.Turn, SayId: s.ID, Interrupted: interrupted, SpokenUntil: int32(characters),
	}}})
}

// Finish says that the call is over. Next gives io.EOF when the service has ended well.
func (t *Talk) Finish() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.finished {
		t.finished = true
		close(t.out)
		t.await(finishWithin)
	}
}

// Close ends the talk, and a Next under way. It may be called twice.
func (t *Talk) Close() error {
	t.fail(ErrClosed)
	<-t.sent
	return nil
}

// Late counts answers to earlier turns that were dropped.
func (t *Talk) Late() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.order.late
}

// Next waits for the next answer to the newest turn. The error is io.EOF after Finish,
// ErrLate, ErrOverrun, ErrClosed, a *ServiceError, a *BreachError, or the cause of ctx;
// the talk is then over.
func (t *Talk) Next() (Answer, error) {
	for {
		m, err := t.rpc.Recv()
		if err != nil {
			err = t.why(err)
			t.fail(err)
			return nil, err
		}
		a, err := t.take(m)
		if err != nil {
			t.fail(err)
			return nil, t.why(err)
		}
		if a != nil {
			return a, nil
		}
	}
}

// take checks a message and sets the time for the next one.
func (t *Talk) take(m *dialogv1.ConverseResponse) (Answer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.finished {
		return nil, nil //nolint:nilnil // nobody is there to hear it
	}
	a, err := t.order.take(m)
	if _, ready := a.(Ready); a == nil || ready || err != nil {
		return a, err
	}
	if t.order.ended {
		t.rest()
	} else {
		t.await(t.config.StallAfter)
	}
	return a, nil
}

// begin begins a turn with the message that f makes of its number.
func (t *Talk) begin(f func(turn int64) *dialogv1.ConverseRequest) (turn int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	turn = t.order.turn + 1
	t.order.begin(turn)
	if t.tell(f(turn)) {
		t.await(t.config.FirstAnswer)
	}
	return turn
}

// tell queues a message; mu is held.
func (t *Talk) tell(m *dialogv1.ConverseRequest) bool {
	if t.finished {
		return false
	}
	select {
	case t.out <- m:
		return true
	default:
		t.cancel(ErrOverrun)
		return false
	}
}

// await ends the talk unless something is heard within d; mu is held.
func (t *Talk) await(d time.Duration) {
	t.rest()
	armed := t.armed
	t.timer = time.AfterFunc(d, func() {
		t.mu.Lock()
		due := armed == t.armed
		t.mu.Unlock()
		if due {
			t.cancel(ErrLate)
		}
	})
}

// rest waits for nothing; mu is held.
func (t *Talk) rest() {
	t.armed++
	if t.timer != nil {
		t.timer.Stop()
	}
}

// fail ends the talk. The first cause counts.
func (t *Talk) fail(err error) {
	t.cancel(err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest()
}

// why gives the reason for the end of the stream: ours, if we ended it.
func (t *Talk) why(err error) error {
	if cause := context.Cause(t.ctx); cause != nil {
		return cause
	}
	t.mu.Lock()
	finished := t.finished
	t.mu.Unlock()
	var ours *BreachError
	var theirs *ServiceError
	switch {
	case errors.Is(err, io.EOF) && finished:
		return io.EOF
	case errors.Is(err, io.EOF):
		return &ServiceError{Code: codes.OK}
	case errors.As(err, &ours), errors.As(err, &theirs):
		return err
	}
	return serviceError(err)
}
