package dialog

import (
	"math"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
)

// order is what may come down a stream next: it turns messages into answers, and tells
// those that are late from those that break the contract. It does no I/O.
type order struct {
	ready    bool
	turn     int64 // the newest
	ended    bool  // it has been answered
	messages int   // since it began, late ones included
	says     []string
	open     bool // the last of says is not complete
	said     int  // bytes of it
	late     int  // answers to earlier turns, of the whole talk
}

// begin makes all earlier turns late.
func (o *order) begin(turn int64) {
	*o = order{ready: o.ready, turn: turn, late: o.late}
}

// take gives the answer in a message: nil if it is late, or of a later version of the
// contract.
func (o *order) take(m *dialogv1.ConverseResponse) (Answer, error) {
	if o.messages++; o.messages > maxMessages {
		return nil, breach("too many messages in a turn")
	}
	if r, ok := m.GetResponse().(*dialogv1.ConverseResponse_Ready); ok != !o.ready {
		return nil, breach("ready is not the first message, or comes again")
	} else if ok {
		o.ready = true
		return Ready{Model: name(r.Ready.GetModel())}, nil
	}
	if s := m.GetStatus(); s != nil {
		if !s.GetRecoverable() {
			return nil, &ServiceError{Code: codes.Code(s.GetCode())}
		}
		return nil, nil //nolint:nilnil // the talk goes on
	}
	turn, known := turnOf(m)
	switch {
	case !known:
		return nil, nil //nolint:nilnil // of a later version
	case turn < 1 || turn > o.turn:
		return nil, breach("an answer to a turn that has not begun")
	case turn < o.turn:
		o.late++
		return nil, nil //nolint:nilnil // no longer wanted
	case o.ended:
		return nil, breach("an answer to a turn that was answered")
	}
	return o.current(m)
}

// current takes an answer to the newest turn.
func (o *order) current(m *dialogv1.ConverseResponse) (Answer, error) {
	switch r := m.GetResponse().(type) {
	case *dialogv1.ConverseResponse_Say:
		return o.say(r.Say)
	case *dialogv1.ConverseResponse_Intent:
		return understood(r.Intent)
	}
	if o.open {
		return nil, breach("a turn ends within a say")
	}
	o.ended = true
	switch r := m.GetResponse().(type) {
	case *dialogv1.ConverseResponse_Listen:
		return listen(r.Listen)
	case *dialogv1.ConverseResponse_Transfer:
		return transfer(r.Transfer)
	default:
		return hangup(m.GetHangup())
	}
}

// turnOf gives the turn that a message answers; not known: it is none that we know.
func turnOf(m *dialogv1.ConverseResponse) (turn int64, known bool) {
	switch r := m.GetResponse().(type) {
	case *dialogv1.ConverseResponse_Say:
		return r.Say.GetTurnId(), true
	case *dialogv1.ConverseResponse_Listen:
		return r.Listen.GetTurnId(), true
	case *dialogv1.ConverseResponse_Transfer:
		return r.Transfer.GetTurnId(), true
	case *dialogv1.ConverseResponse_Hangup:
		return r.Hangup.GetTurnId(), true
	case *dialogv1.ConverseResponse_Intent:
		return r.Intent.GetTurnId(), true
	}
	return 0, false
}

func (o *order) say(s *dialogv1.Say) (Answer, error) {
	id := s.GetSayId()
	switch {
	case id == "" || len(id) > maxName:
		return nil, breach("a say without an id of at most 128 bytes")
	case o.open && id != o.says[len(o.says)-1]:
		return nil, breach("a say begins within another")
	case !o.open && slices.Contains(o.says, id):
		return nil, breach("a say goes on after its last piece")
	case !o.open && len(o.says) == maxSays:
		return nil, breach("too many says in a turn")
	case !o.open:
		o.says, o.said, o.open = append(o.says, id), 0, true
	}
	if o.said += len(s.GetText()); o.said > maxText {
		return nil, breach("a say longer than 4096 bytes")
	}
	o.open = !s.GetLast()
	out := Say{Turn: s.GetTurnId(), ID: id, Text: s.GetText(), Last: s.GetLast(), Language: name(s.GetLanguageCode())}
	switch s.GetBargeIn() {
	case dialogv1.BargeIn_BARGE_IN_AFTER:
		if d := length(s.GetBargeInAfter()); d > 0 {
			out.BargeIn, out.After = After, d
		}
	case dialogv1.BargeIn_BARGE_IN_NEVER:
		out.BargeIn = Never
	default: // what we do not know must not make callers listen to the end
	}
	return out, nil
}

func understood(u *dialogv1.UnderstoodIntent) (Answer, error) {
	i := u.GetIntent()
	if i.GetName() == "" || len(i.GetName()) > maxName {
		return nil, breach("an intent without a name of at most 128 bytes")
	}
	return Understood{Turn: u.GetTurnId(), Intent: i.GetName(), Confidence: fraction(i.GetConfidence())}, nil
}

func listen(l *dialogv1.Listen) (Answer, error) {
	if len(l.GetHints()) > maxHints {
		return nil, breach("too many hints")
	}
	out := Listen{
		Turn: l.GetTurnId(), Expect: expect(l.GetExpect()), Length: int(min(max(l.GetExpectLength(), 0), maxDigits)),
		NoInput: length(l.GetNoInputTimeout()), Sensitive: l.GetSensitive(),
	}
	for _, h := range l.GetHints() {
		if len(h.GetPhrase()) > maxText || len(h.GetClass()) > maxName {
			return nil, breach("a hint that is too long")
		}
		boost := float64(h.GetBoost())
		if boost < 0 || boost > maxBoost || math.IsNaN(boost) {
			boost = 0
		}
		out.Hints = append(out.Hints, Hint{Phrase: h.GetPhrase(), Boost: boost, Class: h.GetClass()})
	}
	return out, nil
}

// What a listen may ask for; beyond these it says nothing.
const (
	maxDigits = 64
	maxBoost  = 1000
	maxWait   = 2 * time.Minute
)

func expect(e asrv1.Expect) Expect {
	switch e {
	case asrv1.Expect_EXPECT_DIGITS:
		return Digits
	case asrv1.Expect_EXPECT_CARD:
		return Card
	case asrv1.Expect_EXPECT_DATE:
		return Date
	case asrv1.Expect_EXPECT_YES_NO:
		return YesNo
	case asrv1.Expect_EXPECT_SPELLING:
		return Spelling
	case asrv1.Expect_EXPECT_MENU:
		return Menu
	default:
		return Free
	}
}

func transfer(t *dialogv1.Transfer) (Answer, error) {
	switch {
	case t.GetQueue() == "" || len(t.GetQueue()) > maxName:
		return nil, breach("a transfer to a queue without a name of at most 128 bytes")
	case len(t.GetSkills()) > maxFacts || len(t.GetAttributes()) > maxFacts:
		return nil, breach("a transfer with too many skills or attributes")
	case len(t.GetSummary()) > maxText:
		return nil, breach("a summary longer than 4096 bytes")
	}
	for _, s := range t.GetSkills() {
		if s == "" || len(s) > maxName {
			return nil, breach("a skill without a name of at most 128 bytes")
		}
	}
	for k, v := range t.GetAttributes() {
		if k == "" || len(k) > maxName || len(v) > maxText {
			return nil, breach("an attribute that is too long, or has no name")
		}
	}
	return Transfer{
		Turn: t.GetTurnId(), Queue: t.GetQueue(), Skills: t.GetSkills(), Priority: int(min(max(t.GetPriority(), 0), maxPriority)),
		Summary: t.GetSummary(), Attributes: t.GetAttributes(),
	}, nil
}

const maxPriority = 1023

func hangup(h *dialogv1.Hangup) (Answer, error) {
	if len(h.GetReason()) > maxText {
		return nil, breach("a reason longer than 4096 bytes")
	}
	return Hangup{Turn: h.GetTurnId(), Reason: h.GetReason()}, nil
}

// name leaves out what is too long to be one and matters to nobody.
func name(s string) string {
	if len(s) > maxName {
		return ""
	}
	return s
}

// length holds a duration to what can be meant; 0 otherwise.
func length(d *durationpb.Duration) time.Duration {
	if !d.IsValid() {
		return 0
	}
	return min(max(d.AsDuration(), 0), maxWait)
}
