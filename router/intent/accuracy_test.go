package intent_test

import (
	"cmp"
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// mishear gives text as a recognizer on a telephone line might: words dropped,
// cut, replaced by one that is spelt alike, fillers put in. It is another noise
// than the one that the classifier trains with.
func mishear(r *rand.Rand, text string, vocabulary []string) string {
	var out []string
	for w := range strings.FieldsSeq(text) {
		switch p := r.Float64(); {
		case p < 0.08:
			continue
		case p < 0.24:
			w = alike(r, w, vocabulary)
		case p < 0.28 && len(w) > 4:
			w = w[:len(w)-2]
		case p < 0.33:
			out = append(out, []string{"the", "a", "uh", "and", "is", "de", "le"}[r.IntN(7)])
		}
		out = append(out, w)
	}
	if len(out) == 0 {
		return text
	}
	return strings.Join(out, " ")
}

// alike picks, out of forty words, the one that shares most pairs of letters.
func alike(r *rand.Rand, w string, vocabulary []string) string {
	best, most := w, -1.0
	for range 40 {
		v := vocabulary[r.IntN(len(vocabulary))]
		if v == w {
			continue
		}
		shared := 0
		for i := 0; i+2 <= len(w); i++ {
			if strings.Contains(v, w[i:i+2]) {
				shared++
			}
		}
		if s := float64(shared) / float64(len(w)+len(v)); s > most {
			best, most = v, s
		}
	}
	return best
}

func vocabularyOf(examples []intent.Example) []string {
	var words []string
	for _, e := range examples {
		words = append(words, strings.Fields(e.Text)...)
	}
	return words
}

// split puts one in each part examples aside.
func split(r *rand.Rand, examples []intent.Example, part int) (train, held []intent.Example) {
	for at, i := range r.Perm(len(examples)) {
		if at%part == 0 {
			held = append(held, examples[i])
		} else {
			train = append(train, examples[i])
		}
	}
	return train, held
}

// A score is what came of asking a classifier.
type score struct {
	asked, right    int
	acted, actedBad int // at a confidence of 0.5
	bins            [10]struct{ n, right, sum float64 }
}

func (s *score) add(r intent.Result, want string) {
	s.asked++
	ok := r.Name == want
	b := &s.bins[min(int(r.Confidence*10), 9)]
	b.n++
	b.sum += r.Confidence
	if ok {
		s.right++
		b.right++
	}
	if r.Confidence >= 0.5 {
		s.acted++
		if !ok {
			s.actedBad++
		}
	}
}

func (s *score) percent(n int) float64 { return 100 * float64(n) / float64(max(s.asked, 1)) }

func (s *score) calibrationError() float64 {
	var gap float64
	for _, b := range s.bins {
		gap += math.Abs(b.right - b.sum)
	}
	return 100 * gap / float64(max(s.asked, 1))
}

func (s *score) log(t *testing.T, what string) {
	t.Helper()
	t.Logf("%-34s n=%-5d right %5.1f %%   acted on %5.1f %%, wrongly %4.1f %%   calibration error %4.1f %%",
		what, s.asked, s.percent(s.right), s.percent(s.acted), s.percent(s.actedBad), s.calibrationError())
}

func ask(t *testing.T, c *intent.Classifier, text string) intent.Result {
	t.Helper()
	r, err := c.Classify(t.Context(), redact.Authored(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func exampleLine(tb testing.TB) *assistant.Assistant {
	tb.Helper()
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// rounds is how often the examples are split anew: once in a quick run.
func rounds() int {
	if os.Getenv("CALLWARD_SLOW") != "" {
		return 6
	}
	return 1
}

func TestTheExampleLineIsUnderstoodThoughMisheard(t *testing.T) {
	a := exampleLine(t)
	for _, lang := range a.Languages() {
		var clean, noisy, outside score
		for round := range uint64(rounds()) {
			r := rand.New(rand.NewPCG(7, round))
			train, held := split(r, a.Examples(lang), 5)
			var known, unknown []string
			for i, text := range a.Outside(lang) {
				if i%3 == int(round%3) {
					unknown = append(unknown, text)
				} else {
					known = append(known, text)
				}
			}
			c, err := intent.Train(t.Context(), train, intent.Options{Outside: known})
			if err != nil {
				t.Fatal(err)
			}
			words := vocabularyOf(train)
			for _, e := range held {
				clean.add(ask(t, c, e.Text), e.Intent)
				for range 3 {
					noisy.add(ask(t, c, mishear(r, e.Text, words)), e.Intent)
				}
			}
			for _, text := range unknown {
				outside.add(ask(t, c, text), "outside")
			}
		}
		clean.log(t, lang+" held back, as said")
		noisy.log(t, lang+" held back, misheard")
		outside.log(t, lang+" outside")
		if clean.percent(clean.right) < 80 || noisy.percent(noisy.right) < 65 {
			t.Errorf("%s: too few are understood", lang)
		}
		if outside.percent(outside.actedBad) > 40 {
			t.Errorf("%s: too much from outside is acted on", lang)
		}
	}
}

// shared gives a file of ../shared, or skips the test.
func shared(tb testing.TB, path ...string) string {
	tb.Helper()
	root := cmp.Or(os.Getenv("CALLWARD_TESTDATA"), filepath.Join("..", "..", "..", "shared"))
	file := filepath.Join(append([]string{root}, path...)...)
	if _, err := os.Stat(file); err != nil {
		tb.Skipf("SKIPPED: %s is missing; set CALLWARD_TESTDATA to the folder that holds the shared test data", file)
	}
	return file
}

func readCSV(tb testing.TB, file string) []intent.Example {
	tb.Helper()
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var out []intent.Example
	for _, row := range rows[1:] {
		out = append(out, intent.Example{Text: row[0], Intent: row[1]})
	}
	return out
}

// sample keeps whole intents, up to a number of them and of examples of each,
// so that the tests stay short.
func sample(examples []intent.Example, intents, each int) []intent.Example {
	count := map[string]int{}
	return slices.DeleteFunc(slices.Clone(examples), func(e intent.Example) bool {
		if _, ok := count[e.Intent]; !ok && len(count) == intents {
			return true
		}
		count[e.Intent]++
		return count[e.Intent] > each
	})
}

func TestPublicSetsAreClassified(t *testing.T) {
	for _, set := range []struct {
		file          string
		intents, each int
		floor         float64
	}{
		{"ha_en_train.csv", 12, 30, 85},
		{"ha_fr_train.csv", 12, 30, 85},
		{"banking77_train.csv", 10, 28, 85},
		{"clinc150_train.csv", 10, 28, 85},
		{"hwu64_train.csv", 10, 28, 70},
		{"snips_train.csv", 7, 32, 85},
	} {
		t.Run(set.file, func(t *testing.T) {
			all := sample(readCSV(t, shared(t, "data", "nlu", set.file)), set.intents, set.each)
			r := rand.New(rand.NewPCG(1, 1))
			train, held := split(r, all, 4)
			c, err := intent.Train(t.Context(), train, intent.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var clean, noisy score
			words := vocabularyOf(train)
			for _, e := range held {
				clean.add(ask(t, c, e.Text), e.Intent)
				noisy.add(ask(t, c, mishear(r, e.Text, words)), e.Intent)
			}
			clean.log(t, "as said")
			noisy.log(t, "misheard")
			if clean.percent(clean.right) < set.floor {
				t.Errorf("%.1f %% are right, the floor is %.0f %%", clean.percent(clean.right), set.floor)
			}
		})
	}
}
