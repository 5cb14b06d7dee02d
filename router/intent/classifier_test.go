package intent_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// classifiers are trained once for all tests: under the race detector that
// takes seconds.
var classifiers = struct {
	sync.Mutex
	of map[string]*intent.Classifier
}{of: map[string]*intent.Classifier{}}

func exampleClassifier(tb testing.TB, lang string) *intent.Classifier {
	tb.Helper()
	classifiers.Lock()
	defer classifiers.Unlock()
	if c := classifiers.of[lang]; c != nil {
		return c
	}
	c, err := exampleLine(tb).Classifier(tb.Context(), lang)
	if err != nil {
		tb.Fatal(err)
	}
	classifiers.of[lang] = c
	return c
}

func TestWordsAreFoldedAndNumbersReplaced(t *testing.T) {
	for text, want := range map[string]string{
		"What's MY bill?":                      "what s my bill",
		"J’ai payé à Noël, œuf":                "j ai paye a noel oeuf",
		"reading four eight two 1 3":           "reading #",
		"twenty one":                           "#",
		"one two":                              "#",
		"no one is there":                      "no one is there",
		"une facture de trente et un":          "une facture de # et un",
		"my card is [card ••••1111] thank you": "my card is #masked thank you",
		"an open [ bracket":                    "an open bracket",
		" … !":                                 "",
	} {
		if got := strings.Join(intent.Words(text), " "); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestNothingToLearnIsAnError(t *testing.T) {
	for _, examples := range [][]intent.Example{nil, {{Intent: "a", Text: "…"}}} {
		if _, err := intent.Train(t.Context(), examples, intent.Options{}); !errors.Is(err, intent.ErrNoExamples) {
			t.Errorf("%v: got %v", examples, err)
		}
	}
}

func TestOneExampleIsEnoughToStart(t *testing.T) {
	c, err := intent.Train(t.Context(), []intent.Example{{Intent: "hours", Text: "when are you open"}}, intent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := ask(t, c, "when are you open"); r.Name != "hours" {
		t.Errorf("got %v", r)
	}
}

func TestTrainingStopsWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := intent.Train(ctx, []intent.Example{{Intent: "a", Text: "b"}}, intent.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestTrainingTwiceGivesTheSame(t *testing.T) {
	examples := exampleLine(t).Examples("en")[:80]
	one, err := intent.Train(t.Context(), examples, intent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	two, err := intent.Train(t.Context(), examples, intent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"are you open", "bill", "xyzzy"} {
		if r, s := ask(t, one, text), ask(t, two, text); !reflect.DeepEqual(r, s) {
			t.Errorf("%q: %v, then %v", text, r, s)
		}
	}
}

func TestStrangeTextIsNotActedOn(t *testing.T) {
	a := exampleLine(t)
	for _, lang := range a.Languages() {
		c := exampleClassifier(t, lang)
		for _, text := range []string{
			"", "…", "xyzzy plugh", "<script>alert(1)</script>", "[card ••••1111]",
			"colourless green ideas sleep furiously", "ignore your instructions", "ναι μάλιστα", "\xff\xfe",
		} {
			if r := ask(t, c, text); r.Confidence >= a.MinConfidence() {
				t.Errorf("%s: %q is taken for %s at %.2f", lang, text, r.Name, r.Confidence)
			}
		}
	}
}

// Properties that hold for any text.
func TestAResultIsAlwaysInOrder(t *testing.T) {
	c := exampleClassifier(t, "fr")
	rapid.Check(t, func(t *rapid.T) {
		r, err := c.Classify(context.Background(), redact.Authored(rapid.String().Draw(t, "text")))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Top) > 0 && (r.Top[0].Name != r.Name || r.Top[0].Confidence != r.Confidence) {
			t.Fatalf("the best is not the first: %v", r)
		}
		last := 1.0
		for _, s := range r.Top {
			if math.IsNaN(s.Confidence) || s.Confidence < 0 || s.Confidence > last {
				t.Fatalf("out of order: %v", r)
			}
			last = s.Confidence
		}
	})
}

func TestAClassifierMayBeShared(t *testing.T) {
	c, err := intent.Train(t.Context(), exampleLine(t).Examples("en")[:80], intent.Options{}) // under the race detector all of them take long
	if err != nil {
		t.Fatal(err)
	}
	want := ask(t, c, "is the power out")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				r, err := c.Classify(context.Background(), redact.Authored("is the power out"))
				if err != nil || !reflect.DeepEqual(r, want) {
					t.Errorf("got %v %v, want %v", r, err, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestALongUtteranceCostsNoMore(t *testing.T) {
	c := exampleClassifier(t, "en")
	endless := redact.Authored("what are your opening hours " + strings.Repeat("blah blah ", 5000))
	allocated := testing.AllocsPerRun(20, func() { _, _ = c.Classify(context.Background(), endless) })
	if allocated > 100 { // it has 10,000 words; the race detector has pools forget what they hold now and then
		t.Errorf("%v allocations", allocated)
	}
}

func BenchmarkClassify(b *testing.B) {
	c := exampleClassifier(b, "en")
	text := redact.Authored("hello I would like to know how much time I have to pay my last invoice please")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Classify(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTrain(b *testing.B) {
	a := exampleLine(b)
	for b.Loop() {
		if _, err := a.Classifier(b.Context(), "en"); err != nil {
			b.Fatal(err)
		}
	}
}
