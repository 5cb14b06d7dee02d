package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/redact"
)

// How fast people and voices are, roughly; nothing hangs on it but what lies between.
const (
	perWord   = 300 * time.Millisecond // said by the caller
	perLetter = 60 * time.Millisecond  // said by the bot
	perKey    = 400 * time.Millisecond
	pause     = 600 * time.Millisecond // until a recognizer takes what was said for all
)

// heardWell is the confidence of the recognizers in what they understand.
const heardWell = 0.9

// mostSteps bounds what may come of one turn: a call that never comes to rest is a fault.
const mostSteps = 1000

// A stage is the surroundings of one call: it performs what the call wants done, as far
// as that can be done in text, and lets time go by.
type stage struct {
	ctx         context.Context //nolint:containedctx // of the one run that the stage is made for
	call        *call.Rehearsal
	classifiers map[string]call.Qualifier
	tokeniser   string
	webhooks    map[string]canned

	now     time.Time
	ears    map[string]bool // languages in which a recognizer hears the caller
	lost    map[string]bool // those whose recognizer failed
	closed  bool            // for good: the caller is not to be heard any more
	shield  bool            // while a card is keyed
	said    int             // utterances
	playing *call.Speak
	line    int // of it

	record
}

func newStage(ctx context.Context, f *File, s *Scenario, classifiers map[string]call.Qualifier) *stage {
	st := &stage{
		ctx: ctx, classifiers: classifiers, tokeniser: s.Tokeniser, webhooks: s.Webhooks, now: s.Begins,
		call: call.Rehearse(call.Setup{
			ID: "rehearsal", Assistant: f.Assistant, Languages: s.Languages, Heard: s.Heard, Trouble: s.Trouble, Redaction: s.Redaction,
			Caller: s.Caller.Number, Trust: s.Caller.Trust, Believed: s.Caller.Believed, Called: s.Caller.Called,
		}),
		ears: make(map[string]bool), lost: make(map[string]bool),
	}
	for _, l := range s.Heard {
		st.ears[l] = true
	}
	return st
}

// play lets a turn happen, until the caller has the floor again. The error says why it
// cannot.
func (s *stage) play(n int, t *Turn) error {
	s.begin(n)
	if over := s.over(t.Act); over != "" {
		return errors.New(over)
	}
	switch t.Act {
	case Opening:
		s.tell(call.Invited{})
	case Say:
		s.say(t.Say)
	case Keys:
		for _, k := range []byte(t.Keys) {
			s.tell(call.Pressed{Key: media.NewKey(k)})
			s.pass(perKey)
		}
	case Silence:
		s.silence(t.Silence)
	case Lost:
		s.lose()
	case Back:
		s.regain()
	}
	err := s.settle()
	s.turn.about, s.turn.values, s.turn.language = s.call.Intent(), s.call.Values(), choice
	if l := s.call.Languages(); len(l) == 1 {
		s.turn.language = l[0]
	}
	return err
}

// over says why nothing that the caller does reaches the bot any more, if so.
func (s *stage) over(a Act) string {
	switch state := s.call.State(); {
	case state == call.StateEnded:
		return "the call has ended, so nothing can happen in it"
	case a != Say && a != Keys:
	case state == call.StateQueued, state == call.StateOffered, state == call.StateBridged:
		return "the caller is with humans or waits for one: the bot hears neither words nor keys"
	}
	return ""
}

// say has the recognizers that listen understand what is said, growing word by word.
func (s *stage) say(texts map[string]string) {
	s.said++
	id := fmt.Sprint(s.said)
	s.tell(call.VoiceStarted{})
	heard := slices.DeleteFunc(slices.Sorted(maps.Keys(s.ears)), func(string) bool { return s.closed || s.shield })
	if len(heard) == 0 {
		s.note("caller", "[speaks, but no recognizer listens]")
	}
	words, longest := make(map[string][]string), 0
	for _, l := range heard {
		words[l] = strings.Fields(texts[l])
		longest = max(longest, len(words[l]))
		s.tell(call.SpeechBegan{Language: l, Utterance: id})
	}
	for n := 1; n <= longest; n++ {
		s.pass(perWord)
		for _, l := range heard {
			if n < len(words[l]) {
				s.tell(s.heard(l, id, words[l][:n], false))
			}
		}
	}
	s.tell(call.VoiceStopped{})
	s.pass(pause)
	for _, l := range heard {
		s.tell(call.SpeechOver{Language: l, Utterance: id})
		if len(words[l]) == 0 {
			s.tell(call.SpeechDropped{Language: l, Utterance: id})
			continue
		}
		s.tell(s.heard(l, id, words[l], true))
	}
}

// silence lets time go by.
func (s *stage) silence(d time.Duration) {
	if d > 0 {
		s.note("caller", fmt.Sprintf("[silent for %s]", d))
		for end := s.now.Add(d); s.now.Before(end) && s.call.State() != call.StateEnded; {
			if s.playing != nil {
				s.playLine()
				continue
			}
			s.passUntil(end)
		}
		return
	}
	s.note("caller", "[silent]")
	if next := s.call.Deadline(); !next.IsZero() {
		s.now = next
		s.tell(call.Tick{})
	}
}

func (s *stage) lose() {
	s.note("caller", "[the recognizers fail]")
	for _, l := range slices.Sorted(maps.Keys(s.ears)) {
		delete(s.ears, l)
		s.lost[l] = true
		s.tell(call.Deaf{Language: l, Reason: "it failed"})
	}
}

func (s *stage) regain() {
	s.note("caller", "[the recognizers are back]")
	for _, l := range slices.Sorted(maps.Keys(s.lost)) {
		delete(s.lost, l)
		if !s.closed && s.call.Minds(l) {
			s.ears[l] = true
			s.tell(call.Regained{Language: l})
		}
	}
}

// settle plays what the bot says, and lets the time go by that something still waits for.
func (s *stage) settle() error {
	for range mostSteps {
		switch {
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case s.call.State() == call.StateEnded:
			return nil
		case s.playing != nil:
			s.playLine()
		case s.call.Idle() || s.call.Deadline().IsZero():
			return nil
		default:
			s.now = s.call.Deadline()
			s.tell(call.Tick{})
		}
	}
	return errors.New("the call never comes to rest")
}

// playLine plays the next line of the turn that is spoken.
func (s *stage) playLine() {
	playing, n := s.playing, s.line
	text := playing.Lines[n].Text.String()
	s.says(text)
	long := time.Duration(len(text)) * perLetter
	s.pass(long)
	if s.playing != playing { // it was hushed meanwhile
		return
	}
	s.line++
	if s.line == len(playing.Lines) {
		s.playing = nil
	}
	s.tell(call.LineDone{Turn: playing.Turn, Line: n, Samples: int64(long.Seconds() * media.Rate)})
}

// pass lets time go by while something happens that is told afterwards.
func (s *stage) pass(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		s.passUntil(end)
	}
}

// passUntil lets time go by until something is due that the call waits for, or until end.
func (s *stage) passUntil(end time.Time) {
	next := s.call.Deadline()
	if next.IsZero() || next.After(end) {
		s.now = end
		return
	}
	if next.After(s.now) {
		s.now = next
	}
	s.tell(call.Tick{})
}

// tell tells the call what happened and does what it says.
func (s *stage) tell(ev call.Event) {
	for soon := []call.Event{ev}; len(soon) > 0; soon = soon[1:] {
		for _, a := range s.call.Step(s.now, soon[0]) {
			soon = append(soon, s.perform(a)...)
		}
	}
}

// perform does one action in text and gives what comes of it at once. What there is no
// text for is done by doing nothing.
func (s *stage) perform(a call.Action) []call.Event {
	if acts(a) {
		s.acts = append(s.acts, fmt.Sprintf("%T", a))
	}
	switch a := a.(type) {
	case call.Answer:
		return []call.Event{call.Answered{}}
	case call.Hangup:
		s.playing = nil
	case call.Speak:
		return s.speak(a)
	case call.Hush:
		s.playing = nil
	case call.Attend:
		maps.DeleteFunc(s.ears, func(l string, _ bool) bool { return !slices.Contains(a.Languages, l) })
	case call.Unhear:
		s.closed = true
	case call.Shield:
		s.shield = a.On
	case call.Classify:
		s.texts = append(s.texts, a.Text.String())
		u := call.Understood{Seq: a.Seq, Language: a.Language}
		u.Result, u.Err = s.classifiers[a.Language].Classify(s.ctx, a.Text)
		return []call.Event{u}
	case call.Tokenize:
		return s.tokenize(a)
	case call.AskHook:
		return s.askHook(a)
	case call.Enqueue:
		s.turn.priority, s.turn.skills = a.Priority, a.Skills
		return []call.Event{call.Placed{Ticket: a.Ticket}}
	case call.AskPosition:
		return []call.Event{call.PositionIs{Ticket: a.Ticket, Position: 1}}
	case call.Write:
		a.Entry.Time = s.now
		s.write(a.Entry)
	}
	return nil
}

func (s *stage) speak(a call.Speak) []call.Event {
	s.playing, s.line = &a, 0
	for _, l := range a.Lines {
		s.texts = append(s.texts, l.Text.String())
	}
	return []call.Event{call.SpeakStarted{Turn: a.Turn}, call.Sounded{Turn: a.Turn}}
}

// tokenize answers as the scenario wants.
func (s *stage) tokenize(a call.Tokenize) []call.Event {
	ev := call.Tokenized{Entry: a.Entry, Try: a.Try, Outcome: payment.Outcome{Token: "rehearsal", LastFour: a.Card.LastFour()}}
	switch s.tokeniser {
	case tokenDown:
		return nil
	case tokenRefused:
		ev.Outcome.Refused = payment.Blocked
	}
	return []call.Event{ev}
}

func (s *stage) heard(language, id string, words []string, final bool) call.Heard {
	return call.Heard{Language: language, Utterance: id, Final: final, Words: redact.RawText(strings.Join(words, " ")), Confidence: heardWell}
}

// qualified lets classifiers be asked as a call asks.
func qualified[Q call.Qualifier](classifiers map[string]Q) map[string]call.Qualifier {
	out := make(map[string]call.Qualifier, len(classifiers))
	for l, c := range classifiers {
		out[l] = c
	}
	return out
}
