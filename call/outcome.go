package call

import (
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// An Outcome is what a decision of the dialogue comes to, and what it answers. With the
// Text, Intent and Top of the entries before it, it tells a turn in full; what was said is
// in the entries that follow.
type Outcome struct {
	Input    string                 `json:"input"`              // what happened: one of Input…
	Does     string                 `json:"does"`               // what comes of it: one of Does…
	Asks     string                 `json:"asks,omitempty"`     // for what, as assistant.Asks… names it
	Slot     string                 `json:"slot,omitempty"`     // that is asked for, read back or keyed in
	Intent   string                 `json:"intent,omitempty"`   // what the call is about
	Language string                 `json:"language,omitempty"` // of the call from here on; empty: it is being chosen
	Queue    string                 `json:"queue,omitempty"`
	Misses   int                    `json:"misses,omitempty"` // not understood or silent, in a row
	Values   map[string]redact.Safe `json:"values,omitempty"` // of the intent's slots, masked where needed
}

// What a decision may answer.
const (
	InputStart      = "start"      // the call was answered
	InputSaid       = "said"       // words, of the caller.said before it
	InputKeyed      = "keyed"      // keys, of the caller.keyed before it
	InputSilence    = "silence"    // the caller said and keyed nothing
	InputUnheard    = "unheard"    // the caller spoke, and no words came of it
	InputDeaf       = "deaf"       // no recognizer hears the caller
	InputCaptured   = "captured"   // a card was taken by keypad
	InputUncaptured = "uncaptured" // none was
	InputHooked     = "hooked"     // a webhook was asked
	InputOther      = "other"
)

// What may come of a decision.
const (
	DoesAsk      = "ask"      // the caller is asked something: Asks
	DoesCapture  = "capture"  // a card is taken by keypad
	DoesQueue    = "queue"    // the caller waits for a human in Queue
	DoesTransfer = "transfer" // the caller is put through to a number outside
	DoesHook     = "webhook"  // a webhook is asked
	DoesHangup   = "hangup"
	DoesOther    = "other"
)

// longestValue bounds a value in a journal, in bytes.
const longestValue = 80

// outcome says what a step of the script comes to.
func (m *machine) outcome(in assistant.Input, step assistant.Step) *Outcome {
	o := &Outcome{
		Input: inputName(in.Kind), Does: doesName(step), Intent: step.Intent, Language: step.Language,
		Misses: m.script.Misses(), Values: m.values(),
	}
	if o.Does == DoesAsk || o.Does == DoesCapture {
		o.Asks, o.Slot = m.script.Asks()
	}
	if step.Place != nil {
		o.Queue = step.Place.Queue
	}
	return o
}

func inputName(k assistant.InputKind) string {
	switch k {
	case assistant.InputStart:
		return InputStart
	case assistant.InputSaid:
		return InputSaid
	case assistant.InputKeyed:
		return InputKeyed
	case assistant.InputSilence:
		return InputSilence
	case assistant.InputUnheard:
		return InputUnheard
	case assistant.InputDeaf:
		return InputDeaf
	case assistant.InputCaptured:
		return InputCaptured
	case assistant.InputUncaptured:
		return InputUncaptured
	case assistant.InputHooked:
		return InputHooked
	default:
		return InputOther
	}
}

func doesName(step assistant.Step) string {
	switch {
	case step.Place != nil && step.Place.Number.Text != "":
		return DoesTransfer
	case step.Place != nil:
		return DoesQueue
	case step.Hangup:
		return DoesHangup
	case step.Capture != nil:
		return DoesCapture
	case step.Hook != nil:
		return DoesHook
	case step.Listen != nil:
		return DoesAsk
	default:
		return DoesOther
	}
}

// values makes the values of slots safe to show. Each is read by a redactor of its own,
// as an answer of its length: that of the call counts all that it hears.
func (m *machine) values() map[string]redact.Safe {
	taken := m.script.Taken()
	if len(taken) == 0 {
		return nil
	}
	out := make(map[string]redact.Safe, len(taken))
	for _, v := range taken {
		switch {
		case v.Card && len(v.Text) == lastFour:
			out[v.Slot] = redact.Authored("[card ••••" + v.Text + "]")
		case v.Card:
			out[v.Slot] = redact.Authored("[card]")
		case len(v.Text) > longestValue:
			out[v.Slot] = redact.Authored("[long]")
		default:
			r := m.policy.New(m.languages[0])
			r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: len(v.Text)})
			out[v.Slot] = r.Final("", redact.RawText(v.Text)).Text
		}
	}
	return out
}

// lastFour is how many digits of a card are known.
const lastFour = 4

// rivals gives what the recognizers of the other languages made of words: the best intent
// of each, with the language as its name.
func (m *machine) rivals(best string) []Scored {
	var out []Scored
	for _, l := range m.languages {
		if g, ok := m.guesses[l]; ok && l != best && g.decided {
			out = append(out, Scored{Name: l, Confidence: g.intent.Confidence})
		}
	}
	return out
}
