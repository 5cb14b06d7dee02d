package call

import (
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/router/queue"
)

// An Event is something that happened to a call. The machine is told of it with
// the time it happened.
type Event interface{ event() }

type (
	// Invited says that the caller rings.
	Invited struct{}
	// Answered says that the caller's leg is up and sound can flow.
	Answered struct{}
	// CallerGone says that the caller's leg ended from the other side; without a
	// fault, the caller hung up.
	CallerGone struct{ Fault string }
	// Broken says that a part of the call has failed for a fault of ours.
	Broken struct{}
	// Shutdown says that this process stops and the call cannot go on.
	Shutdown struct{}

	// VoiceStarted says that the caller's audio turned from silence to speech.
	VoiceStarted struct{}
	// VoiceStopped says that it turned back.
	VoiceStopped struct{}
	// SpeechBegan says that a recognizer hears speech: it owes a final Heard of the
	// utterance, or SpeechDropped. A Heard may also be the first of its utterance.
	// Began is when that was, on the session's clock.
	SpeechBegan struct {
		Language, Utterance string
		Began               time.Duration
	}
	// SpeechOver says that it has settled that the utterance is over: its final follows,
	// or has come.
	SpeechOver struct{ Language, Utterance string }
	// SpeechDropped says that no final of the utterance follows.
	SpeechDropped struct{ Language, Utterance string }
	// Heard is a hypothesis of what the caller says.
	Heard struct {
		Language   string
		Utterance  string
		Final      bool
		Eager      bool // of one that is not final: the caller may have finished
		Words      redact.Raw
		Confidence float64
		Began      time.Duration // the utterance, on the session's clock; as early as may be where that is not known
	}
	// Pressed is a key on the caller's keypad.
	Pressed struct{ Key media.Key }
	// Relieved says that another engine hears the caller now: what the one before it had
	// not finished is heard again.
	Relieved struct {
		Language       string
		From, To       string // names of engines
		Reason         string
		Took, Replayed time.Duration
	}
	// Deaf says that the recognizer of a language is lost.
	Deaf struct{ Language, Reason string }
	// Regained says that there is one again, which listens from now on.
	Regained struct{ Language string }
	// Understood is the answer to Classify.
	Understood struct {
		Seq      int
		Language string
		Result   intent.Result
		Err      error
	}

	// Tokenized answers Tokenize.
	Tokenized struct {
		Entry, Try int
		Outcome    payment.Outcome
		Err        error // of package payment
	}

	// Hooked answers AskHook.
	Hooked struct {
		Number int
		Answer assistant.Answer
	}

	// SpeakStarted says that the first sample of a turn is on its way.
	SpeakStarted struct{ Turn int }
	// Sounded says that the first sound of a turn is on the wire.
	Sounded struct{ Turn int }
	// LineDone says that a line of a turn was played to its end.
	LineDone struct {
		Turn, Line int
		Samples    int64
	}
	// SpeakFailed says that a turn, or the rest of it, cannot be spoken.
	SpeakFailed struct {
		Turn   int
		Reason string
	}

	// Placed answers Enqueue: the caller's place is safe.
	Placed struct{ Ticket int }
	// PlaceFailed answers Enqueue: there is no queue to wait in, now or, if it is
	// Final, at all: it is full, nobody serves it, or the wait has been too long.
	PlaceFailed struct {
		Ticket int
		Reason string
		Final  bool
	}
	// PositionIs answers AskPosition; 1 is the head of the queue.
	PositionIs struct {
		Ticket   int
		Position int
		Wait     time.Duration // expected; 0: not known
	}
	// Reserved says that an agent is held for this caller.
	Reserved struct {
		Ticket int
		Offer  int64
		Agent  string
	}
	// AgentRinging says that the agent's phone rings.
	AgentRinging struct{ Offer int64 }
	// AgentAnswered says that the agent picked up and the reservation still held.
	AgentAnswered struct {
		Offer int64
		Agent string // who, of several that were rung; empty: the one there was
	}
	// AgentFailed says that the agent was not reached: busy, no answer, refused,
	// unreachable, or the reservation was lost meanwhile.
	AgentFailed struct {
		Offer  int64
		Reason queue.Reason
	}
	// AgentGone says that the agent hung up after the bridge, or that nothing more is heard
	// of the agent's phone.
	AgentGone struct {
		Offer int64
		Lost  bool
	}

	// TransferAsked says that the agent wants the caller put through to somebody
	// else. Ask numbers the wish, for Tell.
	TransferAsked struct {
		Ask int
		To  Destination
	}
	// Handed says that somebody is on the line with whom the caller is to talk in
	// the agent's place: a colleague whom the agent called, or one who picks the
	// call up. Ask is 0 if nobody has to be told.
	Handed struct {
		Ask   int
		Offer int64
		Agent string
	}
	// TransferDone says that the caller's network reached whom Refer named.
	TransferDone struct{ Offer int64 }
	// TransferRefused says that somebody wanted to be put through who may not.
	TransferRefused struct{ Reason string }
	// Supervised says whether a supervisor is on the call.
	Supervised struct{ On bool }
	// TakenOver says that a supervisor, who is on the line, takes the caller.
	TakenOver struct {
		Offer int64
		Agent string
	}
	// HandedBack says that the supervisor gives the caller back.
	HandedBack struct{ Offer int64 }
	// Closing says that this process stops: the call has to be ended well, soon.
	Closing struct{}

	// Tick says that the machine's Deadline has come.
	Tick struct{}
)

func (Invited) event()       {}
func (Answered) event()      {}
func (CallerGone) event()    {}
func (Shutdown) event()      {}
func (Broken) event()        {}
func (VoiceStarted) event()  {}
func (VoiceStopped) event()  {}
func (SpeechBegan) event()   {}
func (SpeechOver) event()    {}
func (SpeechDropped) event() {}
func (Heard) event()         {}
func (Pressed) event()       {}
func (Relieved) event()      {}
func (Deaf) event()          {}
func (Regained) event()      {}
func (Understood) event()    {}
func (Tokenized) event()     {}
func (Hooked) event()        {}
func (Sounded) event()       {}
func (SpeakStarted) event()  {}
func (LineDone) event()      {}
func (SpeakFailed) event()   {}
func (Placed) event()        {}
func (PlaceFailed) event()   {}
func (PositionIs) event()    {}
func (Reserved) event()      {}
func (AgentRinging) event()  {}
func (AgentAnswered) event() {}
func (AgentFailed) event()   {}
func (AgentGone) event()     {}
func (Tick) event()          {}

func (TransferAsked) event()   {}
func (Handed) event()          {}
func (TransferDone) event()    {}
func (TransferRefused) event() {}
func (Closing) event()         {}
func (Supervised) event()      {}
func (TakenOver) event()       {}
func (HandedBack) event()      {}
