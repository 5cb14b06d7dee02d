package lm

import (
	"bufio"
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// arpa is a model as a reader of the text sees it.
type arpa struct {
	prob, back map[string]float64
}

func parse(t require, text string) arpa {
	a := arpa{prob: make(map[string]float64), back: make(map[string]float64)}
	order := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasSuffix(line, "-grams:"):
			order++
			continue
		case order == 0 || line == "" || line == `\end\`:
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < order+1 {
			t.Fatalf("line %q has too few fields for order %d", line, order)
		}
		words := strings.Join(fields[1:order+1], " ")
		a.prob[words] = power(t, fields[0])
		if len(fields) > order+1 {
			a.back[words] = power(t, fields[order+1])
		}
	}
	return a
}

type require interface {
	Fatalf(format string, args ...any)
}

func power(t require, s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("not a number: %q", s)
	}
	return math.Pow(10, v)
}

// of gives the probability of a word after others, as a recognizer reads it.
func (a arpa) of(word string, history []string) float64 {
	if p, ok := a.prob[strings.Join(append(slices.Clone(history), word), " ")]; ok {
		return p
	}
	if len(history) == 0 {
		return 0
	}
	back, ok := a.back[strings.Join(history, " ")]
	if !ok {
		back = 1
	}
	return back * a.of(word, history[1:])
}

func text(t require, m *Model) string {
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo: %d bytes, %v; wrote %d", n, err, b.Len())
	}
	return b.String()
}

func TestTheWordsAfterAnyContextAddUpToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &Model{}
		word := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		for range rapid.IntRange(1, 8).Draw(t, "sentences") {
			m.Add(rapid.SliceOfN(word, 1, 6).Draw(t, "words"), rapid.Float64Range(0.05, 3).Draw(t, "weight"))
		}
		a := parse(t, text(t, m))
		vocabulary := append(m.Words(), End)
		for context := range a.back {
			sum := 0.0
			for _, w := range vocabulary {
				sum += a.of(w, strings.Fields(context))
			}
			if math.Abs(sum-1) > 0.01 {
				t.Fatalf("after %q the words add up to %.4f", context, sum)
			}
		}
	})
}

func TestASentenceThatWasSeenIsLikelierThanOneThatWasNot(t *testing.T) {
	m := &Model{}
	m.Add(strings.Fields("pay my bill"), 1)
	m.Add(strings.Fields("give my reading"), 1)
	a := parse(t, text(t, m))
	if a.of("bill", []string{"pay", "my"}) <= a.of("reading", []string{"pay", "my"}) {
		t.Error("the trigram that was seen is not preferred")
	}
}

func TestTheCountsInTheHeaderAreTrue(t *testing.T) {
	m := &Model{}
	m.Add(strings.Fields("one two three"), 1)
	out := text(t, m)
	a := parse(t, out)
	want := make(map[int]int)
	for words := range a.prob {
		want[len(strings.Fields(words))]++
	}
	for n, count := range want {
		if line := "ngram " + strconv.Itoa(n) + "=" + strconv.Itoa(count); !strings.Contains(out, line+"\n") {
			t.Errorf("no line %q in the header", line)
		}
	}
}

func TestAnEmptySentenceOrNoWeightCountsNothing(t *testing.T) {
	m := &Model{}
	m.Add(nil, 1)
	m.Add([]string{"a"}, 0)
	m.Add([]string{"a"}, -1)
	if got := m.Words(); len(got) != 0 {
		t.Errorf("the vocabulary is %v", got)
	}
}

func TestWordsThatCannotBeSpokenLeaveTheModel(t *testing.T) {
	m := &Model{}
	m.Add(strings.Fields("pay by linky now"), 1)
	for words := range parse(t, text(t, m.Without([]string{"linky"}))).prob {
		if strings.Contains(words, "linky") {
			t.Errorf("%q is still there", words)
		}
	}
}

func TestAGrammarAcceptsItsPhrasesAndNoOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "c"})
		phrases := rapid.SliceOfN(rapid.SliceOfN(word, 1, 4), 1, 8).Draw(t, "phrases")
		g := NewGrammar()
		final := g.State()
		g.Phrases(Start, final, phrases, 1)
		for _, p := range phrases {
			if !g.Accepts(p, final) {
				t.Fatalf("%v is not accepted", p)
			}
		}
		other := rapid.SliceOfN(word, 1, 5).Draw(t, "other")
		known := slices.ContainsFunc(phrases, func(p []string) bool { return slices.Equal(p, other) })
		if g.Accepts(other, final) != known {
			t.Fatalf("%v accepted: %v, though it is a phrase: %v", other, !known, known)
		}
	})
}

func TestTheWaysOutOfAStateAddUpToOne(t *testing.T) {
	g := NewGrammar()
	final := g.State()
	g.Phrases(Start, final, [][]string{{"yes"}, {"yes", "please"}, {"no"}}, 0.7)
	g.Skip(Start, final, 0.3)
	sums := make(map[string]float64)
	scan := bufio.NewScanner(strings.NewReader(g.Text(final)))
	for scan.Scan() {
		if f := strings.Fields(scan.Text()); f[0] == "TRANSITION" {
			p, err := strconv.ParseFloat(f[3], 64)
			if err != nil {
				t.Fatal(err)
			}
			sums[f[1]] += p
		}
	}
	for state, sum := range sums {
		if math.Abs(sum-1) > 1e-4 {
			t.Errorf("the ways out of state %s add up to %f", state, sum)
		}
	}
}

func TestAForgottenWordIsSpokenByNoPath(t *testing.T) {
	g := NewGrammar()
	final := g.State()
	g.Phrases(Start, final, [][]string{{"a", "x"}, {"b"}}, 1)
	g.Forget("x")
	if g.Accepts([]string{"a", "x"}, final) || !g.Accepts([]string{"b"}, final) || slices.Contains(g.Words(), "x") {
		t.Error("the word is still in the grammar, or more than it is gone")
	}
}
