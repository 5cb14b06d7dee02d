package call

import (
	"encoding/json"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// A Note is what a queue is told of a caller, so that who is cut off by the death of this
// process need not say it again. It is safe.
type Note struct {
	Intent   string      `json:"intent,omitempty"`
	Summary  redact.Safe `json:"summary,omitzero"`
	Language string      `json:"language"`
	Skills   []string    `json:"skills,omitempty"` // that whoever takes the caller must have
}

// ReadNote reads what Note.text wrote; what cannot be read says nothing.
func ReadNote(text string) (n Note) {
	_ = json.Unmarshal([]byte(text), &n)
	return n
}

func (n Note) text() string {
	text, err := json.Marshal(n)
	if err != nil { // of strings
		return ""
	}
	return string(text)
}

// A CutOff is the place of a caller who was cut off and calls again.
type CutOff struct {
	Queue    string
	Priority int
	Note     Note
}

// begin begins the talk with a caller who has just been answered.
func (m *machine) begin(now time.Time) {
	m.write(Entry{Kind: KindAnswered})
	if m.cutOff == nil {
		m.next(now, assistant.Input{Kind: m.opening()})
		return
	}
	m.regain(now)
}

// regain begins the call of somebody who was cut off: after the legal opening they hear that
// they have their place back, and are in the queue.
func (m *machine) regain(now time.Time) {
	r := m.cutOff
	opening := m.script.Next(assistant.Input{Kind: m.opening(), At: now})
	language := m.languages[0]
	for _, l := range m.languages {
		if l == r.Note.Language {
			language = l
		}
	}
	var say []assistant.Line
	for _, l := range opening.Say {
		if l.Disclosure {
			say = append(say, l)
		}
	}
	if l, ok := m.assistant.CallbackLine(assistant.Resumed, "", language); ok {
		say = append(say, l)
	}
	m.settle(language)
	m.write(Entry{Kind: KindDecision, Queue: r.Queue, Reason: "cut off before: has the place back"})
	if r.Note.Intent != "" {
		m.write(Entry{Kind: KindIntent, Intent: &Scored{Name: r.Note.Intent, Confidence: 1}, Reason: "of the call that was cut off"})
	}
	m.resuming = true
	place := &assistant.Place{Queue: r.Queue, Priority: r.Priority, Skills: r.Note.Skills, Summary: assistant.Phrase{Text: r.Note.Summary.String()}}
	place.Intent.Name = r.Note.Intent
	step := assistant.Step{Language: language, Say: say, Place: place}
	m.attend(step)
	if !opens(step) {
		m.join(now, *step.Place)
	}
	m.speak(now, step)
}
