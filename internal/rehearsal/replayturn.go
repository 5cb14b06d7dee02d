package rehearsal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/story"
	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// replayed is a recorded call that is played again, on the stage of rehearsals.
type replayed struct {
	*stage

	minimum float64
	given   *intent.Result // what words mean, if no classifier is to be asked
	stopped string         // why nothing more of it can be replayed
}

func newReplayed(ctx context.Context, a *assistant.Assistant, r call.Record, classifiers map[string]*intent.Classifier) *replayed {
	c := &replayed{minimum: a.MinConfidence()}
	asked := make(map[string]call.Qualifier)
	for l, q := range classifiers {
		asked[l] = recalling{c, q}
	}
	c.stage = newStage(ctx, &File{Assistant: a}, &Scenario{
		Languages: r.Languages, Heard: r.Heard, Trouble: r.Trouble, Begins: story.Began(r), Tokeniser: tokenTaken,
		Caller: assistant.Caller{Number: r.Caller, Trust: r.Trust, Believed: r.Believed, Called: r.Called},
	}, asked)
	return c
}

// recalling is a classifier that is asked only where what it said then does not count.
type recalling struct {
	call *replayed
	own  call.Qualifier
}

func (q recalling) Classify(ctx context.Context, text redact.Safe) (intent.Result, error) {
	if q.call.given != nil {
		return *q.call.given, nil
	}
	return q.own.Classify(ctx, text)
}

// turn plays one turn and compares what is decided.
func (c *replayed) turn(t *story.Turn) Retaken {
	out := Retaken{Turn: t.N, Act: t.Act, Status: Left, Note: c.stopped, Then: told(t.Decision(), nil)}
	if t.Act == story.Said {
		out.Then = told(t.Decision(), t.Intent())
	}
	said := ""
	if e := t.Caller(); e != nil {
		said = e.Text.String()
		out.Caller = story.Clean(said)
	}
	if c.stopped != "" {
		return out
	}
	if err := c.again(t, said, &out); err != nil {
		out.Note = err.Error()
		c.stopped = "what was before it could not be replayed"
		return out
	}
	out.Now = c.answer()
	c.compare(&out, said)
	return out
}

// answer gives the first decision of the dialogue in this turn, nil if there was none.
func (c *replayed) answer() *Decided {
	var meant *call.Entry
	for i := range c.stage.turn.entries {
		switch e := &c.stage.turn.entries[i]; {
		case e.Kind == call.KindIntent:
			meant = e
		case e.Kind == call.KindDecision && e.Outcome != nil:
			return told(e, meant)
		}
	}
	return nil
}

// compare says whether the turn went as it did, and whether the call can go on.
func (c *replayed) compare(out *Retaken, said string) {
	same := out.Now != nil && sameOutcome(out.Then.Outcome, out.Now.Outcome)
	_, masks := standIn(said)
	switch {
	case same && out.Then.acted(c.minimum) == out.Now.acted(c.minimum):
		out.Status = Same
	case same: // the caller is asked the same: it goes on
		out.Status = Changed
	case len(masks) > 0:
		out.Status = Left
		out.Note = strings.Join(masks, ", ") + " stands for what is not in the record, and the decision may hang on it"
		c.stopped = "what was before it could not be replayed"
	default:
		out.Status = Changed
		c.stopped = "by then the caller had heard something else"
	}
}

// again lets happen what happened in a recorded turn. The error says why that cannot be.
func (c *replayed) again(t *story.Turn, said string, out *Retaken) error {
	c.given = nil
	switch input := t.Decision().Outcome.Input; {
	case t.Act == story.Opening:
		return c.play(t.N, &Turn{Act: Opening})
	case input == call.InputSaid:
		return c.words(t, said, out)
	case input == call.InputKeyed:
		keys, ok := keysOf(said)
		if !ok {
			return errors.New("the keys are not in the record, for they are masked")
		}
		c.rest()
		return c.play(t.N, &Turn{Act: Keys, Keys: keys})
	case input == call.InputSilence:
		return c.play(t.N, &Turn{Act: Silence})
	case input == call.InputUnheard:
		c.murmur()
		return c.play(t.N, &Turn{Act: Silence})
	case input == call.InputDeaf:
		return c.play(t.N, &Turn{Act: Lost})
	case input == call.InputCaptured:
		digits, ok := lastFour(said)
		if !ok {
			return errors.New("the card that was taken is not in the record")
		}
		out.Note = "another card with the same last digits was keyed"
		return c.card(t.N, digits)
	case input == call.InputUncaptured:
		out.Note = "the caller keyed nothing, until no further try was left"
		return c.noCard(t.N)
	default:
		return fmt.Errorf("it answers something else than the caller (%s), which is not asked again", story.Clean(input))
	}
}

// words says again what was understood. What a service understood counts as it did: the
// service is not asked.
func (c *replayed) words(t *story.Turn, said string, out *Retaken) error {
	e := t.Caller()
	if e == nil || e.Kind != call.KindCallerSaid {
		return errors.New("its words are not in the record")
	}
	text, masks := standIn(said)
	if len(masks) > 0 {
		out.Note = strings.Join(masks, ", ") + " was said as a mask or as another number"
	}
	if meant := t.Intent(); meant != nil && meant.Intent != nil && strings.HasPrefix(meant.Reason, intentOfService) {
		out.Note = meant.Reason + ", which is not asked again: what it said counts"
		c.given = &intent.Result{Name: meant.Intent.Name, Confidence: meant.Intent.Confidence, Reason: meant.Reason}
		for _, s := range meant.Top {
			c.given.Top = append(c.given.Top, intent.Scored{Name: s.Name, Confidence: s.Confidence})
		}
	} else if meant != nil && len(meant.Rivals) > 0 {
		out.Note = "what the other language's recogniser heard is not in the record"
	}
	return c.play(t.N, &Turn{Act: Say, Say: map[string]string{cmp.Or(e.Language, c.call.Languages()[0]): text}})
}

// intentOfService begins the reason of an intent that a dialog service gave.
const intentOfService = "understood by "

// betweenKeys is the pause after which keys are a new entry.
const betweenKeys = 2600 * time.Millisecond

// rest lets that pause go by, if the bot waits for as long.
func (c *replayed) rest() {
	if next := c.call.Deadline(); next.IsZero() || next.After(c.now.Add(betweenKeys)) {
		c.pass(betweenKeys)
	}
}

// card keys a card that ends like the one that was taken, and what else is asked of it.
func (c *replayed) card(n int, digits string) error {
	c.begin(n)
	for _, keys := range []string{cardWith("", digits), c.now.AddDate(1, 0, 0).Format("0106"), "123"} {
		if c.answer() != nil {
			break
		}
		for _, k := range []byte(keys) {
			c.tell(call.Pressed{Key: media.NewKey(k)})
			c.pass(perKey)
		}
		if err := c.settle(); err != nil {
			return err
		}
	}
	return nil
}

// mostSilences is more than any assistant puts up with.
const mostSilences = 12

// noCard keys nothing until the taking of a card is given up.
func (c *replayed) noCard(n int) error {
	c.begin(n)
	for range mostSilences {
		if c.answer() != nil {
			break
		}
		c.silence(0)
		if err := c.settle(); err != nil {
			return err
		}
	}
	return nil
}

// murmur is a voice of which no words come.
func (c *replayed) murmur() {
	c.tell(call.VoiceStarted{})
	c.pass(time.Second)
	c.tell(call.VoiceStopped{})
}
