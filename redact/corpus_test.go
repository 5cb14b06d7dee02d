package redact_test

import (
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/redact/corpus"
)

// seeds is how many dialogues of each language are made: CASES, or as many as a
// test may take.
func seeds(t *testing.T) uint64 {
	t.Helper()
	if s := os.Getenv("CASES"); s != "" {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			t.Fatalf("CASES=%s is no number", s)
		}
		return n
	}
	return 250
}

// TestNoNumberOfTheCorpusLeaks makes conversations and says how much of their
// secrets leaks, and how much else stays useful.
func TestNoNumberOfTheCorpusLeaks(t *testing.T) {
	sc := newScore()
	for _, lang := range []string{"en", "fr"} {
		for seed := range seeds(t) {
			d := corpus.Make(lang, seed)
			for _, fault := range sc.run(d) {
				if strings.HasPrefix(fault, "LEAK") || testing.Verbose() {
					t.Log(d.ID, d.Kind+":", fault)
				}
			}
		}
	}
	sc.mustNotLeak(t)
	if testing.Verbose() {
		t.Log("\n" + sc.table())
	}
	most := 0.5
	if seeds(t) < 1000 { // of few, two are many
		most = 1
	}
	if sc.masked.percent() > most || sc.decoys.percent() < 97 || sc.words.percent() < 88 {
		t.Errorf("too little stays readable: ordinary numbers masked %v, phrases of decoys kept %v, words of their partials %v", &sc.masked, &sc.decoys, &sc.words)
	}
	if sc.plain.percent() > 0.1 || sc.lateUtterances.percent() > 3 { // those of which nobody says what they are wait for the next
		t.Errorf("too late: words without digits %v, numbers %v", &sc.plain, &sc.lateUtterances)
	}
}

// TestTheReaderCanReadTheCorpus: what the tests' reader cannot read in the raw
// text proves nothing when it is masked.
func TestTheReaderCanReadTheCorpus(t *testing.T) {
	sc := newScore()
	var readable share
	for _, lang := range []string{"en", "fr"} {
		for seed := range seeds(t) {
			d := corpus.Make(lang, seed)
			var raw []event
			for _, turn := range d.Turns {
				raw = append(raw, event{turn: turn, shown: turn.Text})
			}
			finals, partials := viewsOf(raw)
			for _, s := range d.Spans {
				r := sc.readers[lang]
				if bilingual(d) {
					r = sc.readers["both"]
				}
				n, _ := worst(r, append(finals, partials...), s.Digits)
				readable.count(n > min(6, len(s.Digits)-1))
				if n <= min(6, len(s.Digits)-1) && testing.Verbose() {
					t.Logf("%s %s: only %d digits of %s can be read in %s", d.ID, d.Kind, n, s.Digits, said(d))
				}
			}
		}
	}
	t.Logf("secrets that can be read without redaction: %v", &readable)
	if readable.percent() < 95 {
		t.Error("too few")
	}
}

// TestTheCorpusRepeatsItself: a seed names a dialogue.
func TestTheCorpusRepeatsItself(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		kinds := map[string]bool{}
		for seed := range uint64(len(corpus.Kinds(lang))) {
			a, b := corpus.Make(lang, seed), corpus.Make(lang, seed)
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%s differs from itself", a.ID)
			}
			kinds[a.Kind] = true
			for _, phrase := range a.Keep {
				if !contains(said(a), phrase) {
					t.Errorf("%s: %q must be kept and is not said in %s", a.ID, phrase, said(a))
				}
			}
		}
		if len(kinds) != len(corpus.Kinds(lang)) {
			t.Errorf("%s: %d kinds of %d", lang, len(kinds), len(corpus.Kinds(lang)))
		}
	}
}

// finals gives what callers say in the corpus, and how many words that are.
func finals(lang string) (texts []redact.Raw, words int) {
	for seed := range uint64(200) {
		for _, t := range corpus.Make(lang, seed).Turns {
			if t.Final && t.Src == "" && t.Who == "caller" {
				texts = append(texts, redact.RawText(t.Text))
				words += len(strings.Fields(t.Text))
			}
		}
	}
	return texts, words
}

// TestTheCorpusCostsNoAllocation: what is handed out is cut from sheets, of which one
// lasts for some hundred words; the letters of an IBAN cost more.
func TestTheCorpusCostsNoAllocation(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		texts, words := finals(lang)
		r := redact.New(lang)
		n := testing.AllocsPerRun(5, func() {
			for _, raw := range texts {
				r.Final("1", raw)
			}
		})
		if n*50 > float64(words) {
			t.Errorf("%s: %v allocations for %d words in %d texts", lang, n, words, len(texts))
		}
	}
}

// BenchmarkCorpus reads the finals of the corpus: ns/op over words/op is the
// time of a word.
func BenchmarkCorpus(b *testing.B) {
	for _, lang := range []string{"en", "fr"} {
		b.Run(lang, func(b *testing.B) {
			texts, words := finals(lang)
			r := redact.New(lang)
			b.ReportAllocs()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				for _, raw := range texts {
					r.Final("1", raw)
				}
			}
			runtime.ReadMemStats(&after)
			made := float64(after.Mallocs-before.Mallocs) / float64(b.N)
			b.ReportMetric(float64(words), "words/op")
			b.ReportMetric(float64(words)*float64(b.N)/b.Elapsed().Seconds(), "words/s")
			b.ReportMetric(made/float64(words), "allocs/word")
			b.ReportMetric(made/float64(len(texts)), "allocs/event")
		})
	}
}
