package call

import (
	"context"
	"log/slog"
	"time"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/tts"
)

// A Leg is one dialog of the call: the caller's, or an agent's.
type Leg interface {
	// Offer is the peer's SDP offer, nil if it made none.
	Offer() []byte
	// Answer accepts the call with our SDP: the answer, or an offer if the peer made none.
	Answer(ctx context.Context, sdp []byte) error
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
	// Done is closed when the dialog is over.
	Done() <-chan struct{}
	// Cause says why it is; sip.Unknown before that.
	Cause() sip.Cause
}

// Phones reaches agents.
type Phones interface {
	// Dial rings the agent's phone with our SDP offer and returns the leg once
	// it is answered, with the agent's SDP answer. Ending ctx stops the ringing.
	Dial(ctx context.Context, r DialRequest) (leg Leg, answer []byte, err error)
	// Media is how sound reaches the agent's phone.
	Media(agent string) media.Options
}

// A DialRequest asks an agent's phone to ring.
type DialRequest struct {
	Tenant  string
	Call    ID
	Agent   string
	Offer   int64 // number of the reservation, told to the phone
	Caller  string
	Summary redact.Safe
	SDP     []byte
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

// Queues keeps the callers' places and the agents' reservations.
type Queues interface {
	Enqueue(ctx context.Context, e queue.Entry) error
	Leave(ctx context.Context, call string, why queue.Reason) error
	Position(ctx context.Context, call string) (int, error)
	Ringing(ctx context.Context, o queue.Offer) error
	Accept(ctx context.Context, o queue.Offer) (bool, error)
	Reject(ctx context.Context, o queue.Offer, why queue.Reason) error
	Complete(ctx context.Context, o queue.Offer) error
}

// Deps is what every call needs from outside; the calls of a process share it.
type Deps struct {
	Lines       Lines
	Recognizer  Recognizer
	Synthesizer Synthesizer
	Qualifiers  map[string]Qualifier // by language
	Queues      Queues
	Phones      Phones
	Journal     *Journal
	Records     Records
	Log         *slog.Logger
	Now         func() time.Time
}
