package call

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/tts"
)

// A Leg is one dialog of the call: the caller's, or an agent's.
type Leg interface {
	// ID names the leg.
	ID() string
	// Offer is the peer's SDP offer, nil if it made none.
	Offer() []byte
	// Answer accepts the call with our SDP: the answer, or an offer if the peer made none.
	Answer(ctx context.Context, sdp []byte) error
	// Progress says before the answer how far it is, as a SIP status.
	Progress(ctx context.Context, code int, sdp []byte) error
	// Reject refuses the call.
	Reject(ctx context.Context, cause sip.Cause) error
	// Hangup ends the call; it is no error if it has ended.
	Hangup(ctx context.Context, cause sip.Cause) error
	// Reoffers brings the peer's later offers: hold, a new address.
	Reoffers() <-chan *sip.Reoffer
	// Answers brings the peer's answers that came unasked for, such as to our offer
	// in Answer.
	Answers() <-chan []byte
	// Infos brings the keys that the peer says in signalling.
	Infos() <-chan sip.Info
	// Referrals brings the peer's wishes to be put through to somebody else.
	Referrals() <-chan *sip.Referral
	// Refer has the peer call somebody else in our place, and waits for what comes
	// of it.
	Refer(ctx context.Context, t sip.Transfer, onProgress func(code int)) error
	// InPlace is where the peer is reached by a call in place of this one, for Refer.
	InPlace() string
	// Ask asks the peer whether it still knows the call.
	Ask(ctx context.Context) error
	// Done is closed when the dialog is over.
	Done() <-chan struct{}
	// Cause says why it is; sip.Unknown before that.
	Cause() sip.Cause
}

// Phones reaches agents, and numbers outside.
type Phones interface {
	// Dial rings a phone with our SDP offer and returns the leg once it is answered,
	// with the SDP answer. Ending ctx stops the ringing. ErrBarred: it may not be
	// called.
	Dial(ctx context.Context, r DialRequest) (leg Leg, answer []byte, err error)
	// Media is how sound reaches the phone.
	Media(r DialRequest) media.Options
	// Address is where a caller's network is asked to call a number in our place: a
	// sip: URI. ErrBarred: it may not be called.
	Address(ctx context.Context, r DialRequest) (string, error)
	// Resolve finds whom an agent of a tenant means. ErrBarred: it may not be called.
	Resolve(ctx context.Context, tenant, agent, asked string) (Destination, error)
}

// ErrBarred says that a number may not be called.
var ErrBarred = errors.New("the number may not be called")

// A DialRequest asks a phone to ring: an agent's, or that of a number outside.
type DialRequest struct {
	Tenant  string
	Call    ID
	Agent   string
	Number  string // outside, if Agent is empty
	By      string // the agent who calls; empty: a caller's call
	Offer   int64  // number of the reservation, told to the phone
	Caller  string
	Summary redact.Safe
	SDP     []byte
	Ringing func() // told once it rings; may be nil
}

// Lines opens media sessions.
type Lines interface {
	Open(o media.Options) (*media.Session, error)
}

// A Recognizer hears a caller.
type Recognizer interface {
	Recognize(ctx context.Context, c asr.Config) (*asr.Stream, error)
}

// A Synthesizer speaks.
type Synthesizer interface {
	Speak(ctx context.Context, text redact.Safe, v tts.Voice) (*tts.Stream, error)
}

// A Qualifier says what a caller wants.
type Qualifier interface {
	Classify(ctx context.Context, text redact.Safe) (intent.Result, error)
}

// A Tokeniser takes cards. It reads the card before it returns, and keeps nothing of it.
type Tokeniser interface {
	Tokenize(ctx context.Context, r payment.Request) (payment.Outcome, error)
}

// Hooks asks the operator's other systems what an assistant wants to know of them. Ask
// blocks until that is known, or ctx ends, and keeps nothing.
type Hooks interface {
	Ask(ctx context.Context, q assistant.Question) assistant.Answer
}

// A DistantQualifier asks somebody else, so that Classify may block. The call goes on
// meanwhile.
type DistantQualifier interface {
	Qualifier
	Distant()
}

// Queues keeps the callers' places and the agents' reservations.
type Queues interface {
	Enqueue(ctx context.Context, e queue.Entry) error
	Leave(ctx context.Context, call string, why queue.Reason) error
	Outlook(ctx context.Context, call string) (queue.Outlook, error)
	CallBack(ctx context.Context, call string, b queue.Callback) error
	Dial(ctx context.Context, o queue.Offer) (bool, error)
	Reached(ctx context.Context, o queue.Offer) (bool, error)
	Postpone(ctx context.Context, o queue.Offer, why queue.Reason, after time.Duration) (givenUp bool, err error)
	Ringing(ctx context.Context, o queue.Offer) error
	Accept(ctx context.Context, o queue.Offer) (bool, error)
	Reject(ctx context.Context, o queue.Offer, why queue.Reason) error
	Complete(ctx context.Context, o queue.Offer) error
}

// Talks finds the calls that agents placed.
type Talks interface {
	// Yield gives the far end of an agent's own call away: of the call whose leg to
	// the agent is named. Not ok: there is no such call in the tenant, or nobody has
	// answered it.
	Yield(tenant, leg string) (Party, bool)
}

// Deps is what every call needs from outside; the calls of a process share it.
type Deps struct {
	Lines       Lines
	Recognizer  Recognizer
	Synthesizer Synthesizer
	Qualifiers  map[string]Qualifier // by language
	Queues      Queues
	Phones      Phones
	Talks       Talks
	Tokeniser   Tokeniser                                            // nil: no card can be taken by keypad
	Captured    func(how string)                                     // told how the taking of a card ended; may be nil
	Hooks       Hooks                                                // nil: no webhook can be asked
	Callable    func(tenant, number string) (e164 string, err error) // whether a caller may be called back at a number; nil: at none
	Journal     *Journal
	Records     Records
	Messages    Messages          // nil: no caller can leave one
	Answered    func(Waterfall)   // told how long each answer took; may be nil
	Flagged     func(flag string) // told what the guard rails saw, each time; may be nil
	Log         *slog.Logger
	Now         func() time.Time
}
