package assistant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/router/intent"
)

// An Assistant is what one file declares. It does not change.
type Assistant struct {
	name      string
	languages []string
	opening   opening
	listening listening
	answers   answers
	again     again
	human     human
	more      more
	keypad    keypad
	guard     guardRails
	messages  map[Message]Text
	outside   map[string][]string
	tasks     []*task
	byName    map[string]*task
	queues    []QueueRef
	skills    []SkillRef
	speaking  map[string][]string // skills, by language
	captures  []string            // file:line
	webhooks  []*Webhook
	calendars []*calendar
	rules     []*rule
	callers   []CallerRef
	anger     map[string][]string // words, by language
	robot     Text                // the answer to who asks whether a machine speaks
}

type opening struct {
	disclosure Text
	greeting   Text
	choice     choice
	closing    *closing // what it says takes the greeting's place
}

// A choice of language; the zero choice if there is only one.
type choice struct {
	ask    Text
	keypad Text                // instead of ask, in a language that no recognizer understands
	keys   map[string]string   // key -> language
	words  map[string][]string // language -> what callers call it
}

type listening struct {
	silence time.Duration
	minimum float64 // confidence
	tries   int     // misunderstandings or silences in a row, the last of which fetches a human
}

type answers struct {
	yesKey, noKey string
	yes, no       map[string][]string
	keys          Text // says which key is which
}

type again struct{ notUnderstood, nothingHeard, listening Text }

type human struct {
	say      Text
	queue    string
	priority int
	skills   []string
	closing  *closing
}

// more is the question whether there is anything else.
type more struct{ ask, what, goodbye Text }

// keypad is the menu for callers who are not understood by voice.
type keypad struct {
	intro, wrong Text
	keys         []menuKey
}

type menuKey struct {
	key  string
	task string
	say  Text
}

// A task is an intent of the file with what it makes the bot do.
type task struct {
	name     string
	line     int
	examples map[string][]string
	slots    []slot
	say      Text
	queue    string
	transfer string // a number outside, perhaps with values in it
	priority int
	skills   []string // of those who take the caller
	before   Text     // asked before the caller is handed over
	summary  Text     // for the agent
	does     string
	consult  *consult // nil: no webhook is called
	closing  *closing
}

// What a task may do besides saying something and handing over.
const (
	doesRepeat = "repeat"
	doesHangup = "hangup"
)

// A slot is a value to be asked for.
type slot struct {
	name    string
	kind    Expect // ExpectMenu is a choice
	length  int    // of digits, as the value is keyed; 0 if that differs
	limits  limits
	ask     Text
	keypad  Text // instead of ask, for callers who are not understood by voice
	again   Text
	invalid Text     // when what was said cannot be taken; nil: again
	several Text     // when more than one thing was said; nil: again
	confirm Text     // nil: the value is taken as it was understood
	capture *capture // of a card that is keyed in and goes to a tokeniser; nil: it is asked for as other values are
}

// A Message is something the call says on its own, outside the dialogue.
type Message string

// The messages, by their keys under "messages" in the file.
const (
	Hold       Message = "hold"        // on entering a queue
	Position   Message = "position"    // place in the queue: {position}
	Next       Message = "next"        // first in the queue
	Connecting Message = "connecting"  // an agent has answered
	Returned   Message = "returned"    // an agent did not answer: back in the queue
	StillThere Message = "still_there" // now and then while the caller waits
	Filler     Message = "filler"      // the answer takes longer than the silence budget
	Apology    Message = "apology"     // speech has failed
	Unable     Message = "unable"      // nobody can be reached: the call ends
)

func allMessages() []Message {
	return []Message{Hold, Position, Next, Connecting, Returned, StillThere, Filler, Apology, Unable}
}

// A QueueRef is a queue that the file names, with the place where it does.
type QueueRef struct {
	Queue string
	At    string // file:line
}

// Name is the name of the line.
func (a *Assistant) Name() string { return a.name }

// Languages lists the languages; the first is the one to fall back to.
func (a *Assistant) Languages() []string { return slices.Clone(a.languages) }

// Queues lists every queue that the file names. Whether they exist is known to
// the server only.
func (a *Assistant) Queues() []QueueRef { return slices.Clone(a.queues) }

// MinConfidence is the least confidence that an intent is acted on with.
func (a *Assistant) MinConfidence() float64 { return a.listening.minimum }

// Message gives one of the call's own lines.
func (a *Assistant) Message(m Message, language string) Line {
	return a.line(a.messages[m], language)
}

// PositionLine says a place in the queue; 1 is the next to be served.
func (a *Assistant) PositionLine(position int, language string) Line {
	if position <= 1 {
		return a.Message(Next, language)
	}
	l := a.Message(Position, language)
	l.Text = strings.ReplaceAll(l.Text, "{position}", fmt.Sprint(position))
	return l
}

func (a *Assistant) line(t Text, language string) Line {
	if _, ok := t[language]; !ok {
		language = a.languages[0]
	}
	return Line{Phrase: Phrase{Text: t[language]}, Language: language, Interruptible: true}
}

// The intents under which yes and no are learnt.
const (
	IntentYes = "yes"
	IntentNo  = "no"
)

// Examples gives what the classifier of a language is trained from: the
// examples of the intents, and yes and no.
func (a *Assistant) Examples(language string) []intent.Example {
	var out []intent.Example
	add := func(name string, texts []string) {
		for _, text := range texts {
			out = append(out, intent.Example{Intent: name, Text: text})
		}
	}
	for _, t := range a.tasks {
		add(t.name, t.examples[language])
	}
	add(IntentYes, a.answers.yes[language])
	add(IntentNo, a.answers.no[language])
	return out
}

// Outside gives examples of what the line is not for.
func (a *Assistant) Outside(language string) []string { return slices.Clone(a.outside[language]) }

// Classifier trains the classifier of a language.
func (a *Assistant) Classifier(ctx context.Context, language string) (*intent.Classifier, error) {
	c, err := intent.Train(ctx, a.Examples(language), intent.Options{Outside: a.outside[language]})
	if err != nil {
		return nil, fmt.Errorf("assistant %s in %s: %w", a.name, language, err)
	}
	return c, nil
}

// Phrases lists everything that callers are expected to say, for recognizers to
// build a language model from: the examples, yes, no, and the names of the
// languages. Digits are not among them.
func (a *Assistant) Phrases(language string) []string {
	var out []string
	for _, e := range a.Examples(language) {
		out = append(out, e.Text)
	}
	for _, l := range a.languages {
		out = append(out, a.opening.choice.words[l]...)
	}
	out = append(out, robotGrammars[language].phrases...)
	out = append(out, presenceGrammars[language].phrases...)
	return dedup(out)
}

// Prompts lists every fixed text that the assistant can say in a language, to
// be synthesized ahead. Texts with values in them are not among them.
func (a *Assistant) Prompts(language string) []string {
	texts := []Text{
		a.opening.disclosure, a.opening.greeting, a.opening.choice.ask, a.opening.choice.keypad, a.answers.keys,
		a.again.notUnderstood, a.again.nothingHeard, a.again.listening, a.human.say,
		a.more.ask, a.more.what, a.more.goodbye, a.keypad.intro, a.keypad.wrong,
	}
	texts = append(texts, a.asides()...)
	for _, k := range a.keypad.keys {
		texts = append(texts, k.say)
	}
	for _, t := range a.tasks {
		texts = append(append(texts, t.say, t.before), t.consult.texts()...)
		for _, s := range t.slots {
			texts = append(append(texts, s.ask, s.keypad, s.again, s.invalid, s.several, s.confirm), s.capture.texts()...)
		}
	}
	texts = append(texts, a.guard.texts()...)
	for _, m := range append(allMessages(), optionalMessages()...) {
		texts = append(texts, a.messages[m])
	}
	var out []string
	for _, t := range texts {
		if text := t[language]; text != "" && len(variables(text)) == 0 {
			out = append(out, text)
		}
	}
	return dedup(out)
}

// cardTask gives the first intent that asks for a card, if any.
func (a *Assistant) cardTask() *task {
	for _, t := range a.tasks {
		if len(t.slots) > 0 && t.slots[0].kind == ExpectCard {
			return t
		}
	}
	return nil
}

func dedup(list []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(s string) bool {
		twice := seen[s]
		seen[s] = true
		return twice
	})
}
