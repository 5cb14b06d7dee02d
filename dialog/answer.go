package dialog

import "time"

// An Answer is something that the service says in a Talk: Ready, Say, Listen,
// Transfer, Hangup or Understood. Texts in it are as the service wrote them: they must
// go through the call's redact.Redactor before they are shown, kept or spoken.
type Answer interface{ answer() }

// The answers.
type (
	// Ready comes first: the service leads the talk.
	Ready struct {
		Model string // what answers; may be empty
	}

	// Say is something to say, or a piece of it.
	Say struct {
		Turn     int64
		ID       string // the same in all pieces
		Text     string
		Last     bool   // no more pieces follow
		Language string // as BCP 47; empty: the turn's
		BargeIn  BargeIn
		After    time.Duration // of the say, before a barge-in counts; 0 unless BargeIn is After
	}

	// Listen ends a turn: the caller is to answer.
	Listen struct {
		Turn      int64
		Expect    Expect
		Length    int // of the digits; 0: not known
		Hints     []Hint
		NoInput   time.Duration // silence that is told with Silent; 0: our own
		Sensitive bool          // the answer is masked in every record
	}

	// Transfer ends a turn: the caller is to be put through.
	Transfer struct {
		Turn       int64
		Queue      string // never empty; it may not exist
		Skills     []string
		Priority   int // 0 to 1023
		Summary    string
		Attributes map[string]string
	}

	// Hangup ends a turn: the call is to be ended.
	Hangup struct {
		Turn   int64
		Reason string
	}

	// Understood says what the caller was taken to want.
	Understood struct {
		Turn       int64
		Intent     string
		Confidence float64 // from 0 to 1
	}
)

func (Ready) answer()      {}
func (Say) answer()        {}
func (Listen) answer()     {}
func (Transfer) answer()   {}
func (Hangup) answer()     {}
func (Understood) answer() {}

// BargeIn says whether the caller's speech stops a Say.
type BargeIn int

// The ways.
const (
	Allow BargeIn = iota // from its first sound
	After                // once Say.After of it was heard
	Never
)

// Expect is the kind of answer that the caller is asked for.
type Expect int

// The kinds; they are those of callward.asr.v1.
const (
	Free Expect = iota
	Digits
	Card
	Date
	YesNo
	Spelling
	Menu
)

// A Hint is a phrase that the caller may well say.
type Hint struct {
	Phrase string
	Boost  float64 // weight; 0: as the others
	Class  string  // such as menu; see callward.asr.v1
}
