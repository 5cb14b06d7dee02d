package webcall

import (
	"context"
	"fmt"
	"sync"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

// A Leg is the side of who calls from a web page: a call.Leg. Its page can answer,
// and hang up; offers within the call, keys in signalling and transfers do not come of
// it.
type Leg struct {
	id     call.ID
	number string
	offer  []byte
	sound  media.Options

	answered chan []byte // has the one answer
	done     chan struct{}
	once     sync.Once
	cause    sip.Cause
}

// NewLeg makes the leg of an offer. Of a call there is one, which goes by the call's name;
// who comes onto a call that there is has a name of its own.
func NewLeg(name call.ID, o Offer) *Leg {
	return &Leg{
		id: name, number: o.Number, offer: o.SDP, answered: make(chan []byte, 1), done: make(chan struct{}),
		sound: media.Options{Peer: o.From, Source: o.From, Local: o.Local, ICE: true},
	}
}

// Answered waits for our answer. *Refused: there is none. If ctx ends first, so does the leg.
func (l *Leg) Answered(ctx context.Context) ([]byte, error) {
	select {
	case answer := <-l.answered:
		return answer, nil
	case <-l.done:
		return nil, &Refused{l.cause}
	case <-ctx.Done():
		l.end(sip.Canceled)
		return nil, fmt.Errorf("call from a web page: %w", ctx.Err())
	}
}

// Call names the call that the leg is of.
func (l *Leg) Call() call.ID { return l.id }

// Number is what was called.
func (l *Leg) Number() string { return l.number }

// Media is how sound reaches the page.
func (l *Leg) Media() media.Options { return l.sound }

// ID names the leg.
func (l *Leg) ID() string { return "web " + string(l.id) }

// Offer is the page's.
func (l *Leg) Offer() []byte { return l.offer }

// Answer gives the page our answer, once.
func (l *Leg) Answer(_ context.Context, sdp []byte) error {
	select {
	case <-l.done:
		return sip.ErrEnded
	case l.answered <- sdp:
		return nil
	default:
		return sip.ErrPending
	}
}

// Progress says nothing: a page waits for the answer.
func (*Leg) Progress(context.Context, int, []byte) error { return nil }

// Reject refuses the call.
func (l *Leg) Reject(_ context.Context, cause sip.Cause) error {
	l.end(cause)
	return nil
}

// Hangup ends the call. The page hears of it by the end of its captions.
func (l *Leg) Hangup(_ context.Context, cause sip.Cause) error {
	l.end(cause)
	return nil
}

func (l *Leg) end(cause sip.Cause) {
	l.once.Do(func() {
		l.cause = cause
		close(l.done)
	})
}

// Reoffers brings nothing.
func (*Leg) Reoffers() <-chan *sip.Reoffer { return nil }

// Answers brings nothing.
func (*Leg) Answers() <-chan []byte { return nil }

// Infos brings nothing: a page's keys are events in its sound.
func (*Leg) Infos() <-chan sip.Info { return nil }

// Referrals brings nothing.
func (*Leg) Referrals() <-chan *sip.Referral { return nil }

// Refer is refused: a page can call nobody else.
func (*Leg) Refer(context.Context, sip.Transfer, func(code int)) error {
	const notImplemented = 501
	return &sip.Rejected{Code: notImplemented}
}

// InPlace is empty: no call can take the place of a page's.
func (*Leg) InPlace() string { return "" }

// Ask always finds that the page is gone: one that lives proves it all the time on the
// way of its sound, and is asked only where that has ended.
func (*Leg) Ask(context.Context) error { return sip.ErrEnded }

// Done is closed when the call is over.
func (l *Leg) Done() <-chan struct{} { return l.done }

// Cause says why it is; sip.Unknown before that.
func (l *Leg) Cause() sip.Cause {
	select {
	case <-l.done:
		return l.cause
	default:
		return sip.Unknown
	}
}
