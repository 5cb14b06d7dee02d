package recog_test

import (
	"bufio"
	"cmp"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// TestFigures prints how many requests are understood by the recognizer and the classifier
// alone, without a line between, in a minute each: `make bench-heard`. The 40 requests are
// those of `make bench-requests`, whose values are not asked for here. Settings are chosen by
// the others: of the assistant's examples one in four is held back from both, and asked for.
func TestFigures(t *testing.T) {
	if os.Getenv("CALLWARD_HEARD") == "" {
		t.Skip("SKIPPED: set CALLWARD_HEARD=1 (`make bench-heard`)")
	}
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range a.Languages() {
		t.Run(lang, func(t *testing.T) {
			e := speechtest.Engine(t, lang)
			learnt, held := everyFourth(a.Examples(lang))
			understood(t, e, lang, "held back", learnt, held, learnt, a.Outside(lang))
			var phrases []intent.Example
			for _, p := range a.Phrases(lang) {
				phrases = append(phrases, intent.Example{Text: p})
			}
			understood(t, e, lang, "requests", phrases, theRequests(t, lang), a.Examples(lang), a.Outside(lang))
		})
	}
}

func everyFourth(examples []intent.Example) (learnt, held []intent.Example) {
	for i, e := range examples {
		if i%4 == 3 {
			held = append(held, e)
		} else {
			learnt = append(learnt, e)
		}
	}
	return learnt, held
}

// theRequests are those that the calls ask for.
func theRequests(t *testing.T, lang string) (all []intent.Example) {
	t.Helper()
	f, err := os.Open("../../e2e/testdata/requests.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if fields := strings.Split(s.Text(), "\t"); len(fields) > 2 && fields[1] == lang {
			all = append(all, intent.Example{Intent: fields[0], Text: fields[2]})
		}
	}
	return all
}

// understood has each of asked spoken, in turn by the voices of the language, and prints how
// many words were heard and intents understood, and what was not.
func understood(t *testing.T, e *recog.Engine, lang, what string, phrases, asked, learnt []intent.Example, outside []string) {
	t.Helper()
	c, err := intent.Train(t.Context(), learnt, intent.Options{Outside: outside})
	if err != nil {
		t.Fatal(err)
	}
	spec := recog.Spec{Languages: []string{lang}}
	for _, p := range phrases {
		spec.Hints = append(spec.Hints, recog.Hint{Phrase: p.Text, Class: "example"})
	}
	task := prepare(t, e, spec)
	heard := make([]string, len(asked))
	each(len(asked), func(i int) {
		voices := callers(lang)
		r, err := e.Final(t.Context(), task, say(t, voices[i%len(voices)], asked[i].Text))
		if err != nil {
			t.Error(err)
		}
		heard[i] = r.Text
	})
	right, wrong, words := 0, 0, 0
	for i, a := range asked {
		got, err := c.Classify(t.Context(), redact.Authored(heard[i]))
		if err != nil {
			t.Fatal(err)
		}
		said := apart(a.Text)
		words += len(said)
		wrong += distance(said, apart(heard[i]))
		if got.Name == a.Intent && got.Confidence >= leastSure {
			right++
			continue
		}
		t.Logf("%s %s: %q is heard as %q and taken for %s at %.2f", lang, a.Intent, a.Text, heard[i], cmp.Or(got.Name, "nothing"), got.Confidence)
	}
	t.Logf("%s, %s: %d of %d intents right (%.1f %%), %.1f %% of the words wrong",
		lang, what, right, len(asked), 100*float64(right)/float64(len(asked)), 100*float64(wrong)/float64(max(words, 1)))
}

// leastSure is what the example line wants of an intent before it acts on it.
const leastSure = 0.4

func callers(lang string) []string {
	if lang == "fr" {
		return []string{"espeak-fr", "espeak-fr-be"}
	}
	return []string{"flite-slt", "flite-rms", "espeak-en-us"}
}

// each does f for 0 to n-1, as many at once as there are cores.
func each(n int, f func(i int)) {
	var wg sync.WaitGroup
	free := make(chan struct{}, runtime.NumCPU())
	for i := range n {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			f(i)
		})
	}
	wg.Wait()
}

// apart cuts a text where either language does.
func apart(text string) []string {
	return strings.Fields(strings.NewReplacer("'", "' ", "’", "' ", "-", " ").Replace(strings.ToLower(text)))
}

// distance is how many words have to be put in, left out or replaced (Levenshtein).
func distance(a, b []string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		left := row[0]
		row[0] = i + 1
		for j := range b {
			changed := left
			if a[i] != b[j] {
				changed++
			}
			left = row[j+1]
			row[j+1] = min(changed, left+1, row[j]+1)
		}
	}
	return row[len(b)]
}
