package intent_test

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/entity"
	"github.com/callward/callward/router/intent"
)

// A saying is what a caller says in a turn, with the digits that the redactor finds in it.
type saying struct{ text, digits string }

// roundOf is what a caller says over and over without the call coming to an end: a request that
// is answered, yes to more, a request with its value, yes to that, and what nobody understands.
func roundOf(lang string) []saying {
	if lang == "fr" {
		return []saying{
			{"quels sont vos horaires d'ouverture", ""},
			{"oui", ""},
			{"mon compteur affiche quatre huit deux un trois", "48213"},
			{"oui c'est ça", ""},
			{"la girafe bleue mange doucement trois parapluies", ""},
		}
	}
	return []saying{
		{"what are your opening hours please", ""},
		{"yes please", ""},
		{"my meter shows four eight two one three", "48213"},
		{"yes that is right", ""},
		{"the blue giraffe slowly eats three umbrellas", ""},
	}
}

// A longCall is a call that goes on for as many turns as it is asked to.
type longCall struct {
	t          *testing.T
	language   string
	classifier *intent.Classifier
	dialogue   *assistant.Dialogue
	round      []assistant.Input
	n          int // turns so far
}

func newLongCall(t *testing.T, lang string) *longCall {
	t.Helper()
	c := &longCall{
		t: t, language: lang, classifier: exampleClassifier(t, lang),
		dialogue: exampleLine(t).Start(assistant.Start{Language: lang}),
	}
	for _, s := range roundOf(lang) {
		in := assistant.Input{
			Kind: assistant.InputSaid, Language: lang, Text: redact.Authored(s.text),
			At: time.Date(2026, time.February, 25, 10, 0, 0, 0, time.UTC), // a Wednesday, when somebody is there
		}
		if s.digits != "" {
			in.Numbers = []redact.Safe{redact.Authored(s.digits)}
		}
		c.round = append(c.round, in)
	}
	c.dialogue.Next(assistant.Input{Kind: assistant.InputStart, At: c.round[0].At})
	return c
}

// turns has the caller speak so often. Each time the intent is looked for, values of every
// kind, and what the dialogue does.
func (c *longCall) turns(n int) {
	for range n {
		in := c.round[c.n%len(c.round)]
		c.n++
		var err error
		if in.Intent, err = c.classifier.Classify(c.t.Context(), in.Text); err != nil {
			c.t.Fatal(err)
		}
		h := entity.Hear(c.language, in.Text)
		h.Dates(entity.Calendar{Now: in.At})
		h.Times(false)
		h.Amounts("EUR", false)
		h.Numbers(true)
		if step := c.dialogue.Next(in); step.Place != nil || step.Hangup {
			c.t.Fatalf("%s: the call ended in turn %d: %s", c.language, c.n, step.Reason)
		}
	}
}

// allocated counts what the next turns allocate.
func (c *longCall) allocated(turns int) (objects, bytes uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.turns(turns)
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}

// Five hundred turns are a call of three hours. What is kept of them must not make any
// later turn dearer.
func TestToUnderstandTheFiveHundredthTurnTakesTheMemoryOfTheFifth(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it would empty the pools between two turns
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))  // each processor has a pool of its own
	for _, lang := range exampleLine(t).Languages() {
		newLongCall(t, lang).turns(20) // what calls share has its size before this one
		c := newLongCall(t, lang)
		round := len(c.round)
		c.turns(4)
		objects, bytes := c.allocated(round)
		c.turns(499 - c.n)
		lateObjects, lateBytes := c.allocated(round)
		t.Logf("%s: from turn 5, %d turns allocate %d times, %d bytes; from turn 500, %d times, %d bytes",
			lang, round, objects, bytes, lateObjects, lateBytes)
		if lateObjects != objects || lateBytes > bytes+bytes/100 { // small objects share blocks, not always alike
			t.Errorf("%s: the 500th turn does not take what the 5th does", lang)
		}
	}
}
