package assistant

import (
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// InputKind says what happened.
type InputKind uint8

// What may happen in a dialogue.
const (
	InputStart      InputKind = iota // the call is answered: give the opening
	InputSaid                        // an utterance is over: Language, Intent, Text, Numbers, Findings
	InputKeyed                       // keys were pressed, as many as Listen.Keys asked for: Text, Numbers, Findings
	InputSilence                     // Listen.Timeout went by without a word or a key
	InputDeaf                        // no recognizer answers: go on by keypad until one is regained
	InputCaptured                    // the card of a Capture was taken: Text is its last four digits
	InputUncaptured                  // it was not, and the caller is to try no further
	InputHooked                      // a Hook is over: Answer
	InputUnheard                     // Listen.Timeout went by after the caller spoke, and no words came of it
)

// An Input is what happened, redacted.
type Input struct {
	Kind     InputKind
	Language string        // whose recognizer understood it; empty: the dialogue's own language
	Intent   intent.Result // of Text, by the classifier of Language
	Text     redact.Safe
	Numbers  []redact.Safe // digits only
	Findings []redact.Finding
	At       time.Time // when it happened, where the line is: for hours, and what "tomorrow" counts from; zero: not known
	Answer   Answer
}

// key gives the keys of a menu as they were pressed.
func (in *Input) key() string {
	if len(in.Numbers) == 1 {
		return in.Numbers[0].String()
	}
	return in.Text.String()
}

// A Step is what to do next: say the lines, then listen, have a card taken, ask a webhook,
// place or hang up. One of these five is always set.
type Step struct {
	Language string // of the call from here on; empty while it is being chosen
	Intent   string // what the call is about, if that is known
	Picked   string // the intent that a key of the menu has chosen, if one has
	Say      []Line
	Listen   *Listen
	Capture  *Capture
	Hook     *Hook
	Place    *Place
	Hangup   bool
	Reason   string   // why, in words for the journal; never holds what a caller said
	Flags    []string // what the guard rails saw in what the caller said, if anything
}

// A Phrase is a text of the assistant file, perhaps with values put in.
type Phrase struct {
	Text   string
	Filled bool // a value that a caller gave was put in
}

// Safe gives the phrase as it may be shown and spoken. speech is the call's
// redact.Redactor.Speech; only a filled phrase needs it.
func (p Phrase) Safe(speech func(string) redact.Safe) redact.Safe {
	if p.Filled {
		return speech(p.Text)
	}
	return redact.Authored(p.Text)
}

// A Line is a phrase to be said.
type Line struct {
	Phrase
	Language      string
	Interruptible bool // the caller may talk over it
	Disclosure    bool // the legal opening: keep the proof that it was played
}

// Expect says what kind of answer was asked for.
type Expect uint8

// What may be asked for.
const (
	ExpectFree   Expect = iota // anything
	ExpectYesNo                // yes or no; the words are in Listen.Phrases
	ExpectDigits               // Listen.Length digits
	ExpectCard                 // a payment card number
	ExpectMenu                 // one key, or one of Listen.Phrases

	// Values of other kinds; Listen.Length is the number of digits by keypad, 0 if that is
	// not known.
	ExpectDate     // keyed as day, month and, with eight digits, year
	ExpectTime     // keyed as hour and minute
	ExpectAmount   // of money; '*' is the decimal point
	ExpectNumber   // a whole number
	ExpectPostcode // a French one
	ExpectPhone    // a phone number
	ExpectCode     // letters and digits, by voice; Listen.Length is the number of digits
)

// Redact gives what the call's Redactor must be told.
func (l *Listen) Redact() redact.Expect {
	switch l.Expect {
	case ExpectDigits:
		return redact.Expect{Kind: redact.ExpectDigits, Length: l.Length}
	case ExpectCard:
		return redact.Expect{Kind: redact.ExpectCard}
	case ExpectYesNo:
		return redact.Expect{Kind: redact.ExpectYesNo, Length: l.Keys}
	case ExpectAmount:
		return redact.Expect{Kind: redact.ExpectAmount}
	case ExpectDate, ExpectTime, ExpectPostcode, ExpectPhone, ExpectCode:
		if l.Length > 0 {
			return redact.Expect{Kind: redact.ExpectDigits, Length: l.Length}
		}
		return redact.Expect{Kind: redact.ExpectFree}
	case ExpectMenu:
		return redact.Expect{Kind: redact.ExpectDigits, Length: l.Keys}
	default:
		return redact.Expect{Kind: redact.ExpectFree, Length: l.Keys}
	}
}

// A Listen says what the bot waits for.
type Listen struct {
	Languages  []string // that recognizers should try; empty: only keys are understood
	Expect     Expect
	Length     int           // number of digits, 0 if unknown
	Keys       int           // number of keys that make an answer; 0: until '#' or a pause
	Phrases    []string      // short answers that are likely
	Timeout    time.Duration // of silence, from the end of what is said
	KeypadOnly bool          // the caller cannot be understood by voice
}

// A Place asks for a human.
type Place struct {
	Queue    string
	Number   Phrase        // outside, to be called in place of a queue; Phrase.Text is empty if there is none
	Priority int           // higher goes first, 0 is ordinary
	Skills   []string      // that whoever takes the caller must have: gas, or gas=3 for a level
	Intent   intent.Result // the last one that was understood; the zero Result if none
	Summary  Phrase        // for the agent
}
