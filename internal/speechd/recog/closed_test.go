package recog

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/speechd/lang"
	"github.com/callward/callward/internal/speechd/lexicon"
	"github.com/callward/callward/internal/speechd/lm"
)

// spoken is a language without an acoustic model: grammars need none.
func spoken(t interface{ Fatalf(string, ...any) }, code string) *language {
	pack, ok := lang.For(code)
	if !ok {
		t.Fatalf("no pack for %s", code)
	}
	return &language{pack: pack, lex: lexicon.New(nil, code)}
}

// A grammars builds each grammar once: a property looks at it a hundred times.
type grammars map[string]built

type built struct {
	*language
	grammar *lm.Grammar
	final   lm.State
}

// draw gives the grammar of a spec in one of the languages.
func (g grammars) draw(t *rapid.T, spec Spec) built {
	code := rapid.SampledFrom([]string{"en", "fr"}).Draw(t, "language")
	key := code + strconv.Itoa(int(spec.Expect)) + "/" + strconv.Itoa(spec.Length)
	b, ok := g[key]
	if !ok {
		b.language = spoken(t, code)
		b.grammar, b.final = b.language.grammar(spec)
		g[key] = b
	}
	return b
}

func (b built) accepts(words []string) bool { return b.grammar.Accepts(words, b.final) }

// dictate speaks so many digits one by one.
func dictate(t *rapid.T, l *language, digits int) []string {
	var out []string
	for range digits {
		forms := l.pack.Digits[rapid.IntRange(0, 9).Draw(t, "digit")]
		out = append(out, rapid.SampledFrom(forms).Draw(t, "form"))
	}
	return out
}

// group speaks the next digits, at most so many: one, a pair, or one repeated.
func group(t *rapid.T, l *language, most int) (words []string, digits int) {
	switch way := rapid.IntRange(0, 3).Draw(t, "way"); {
	case way == 1 && most >= 2:
		return l.pack.Number(rapid.IntRange(10, 99).Draw(t, "pair")), 2
	case way >= 2 && most >= way:
		return append([]string{map[int]string{2: "double", 3: "triple"}[way]}, dictate(t, l, 1)...), way
	}
	return dictate(t, l, 1), 1
}

// around puts words before and after an answer, as callers do.
func around(t *rapid.T, l *language, leads, words []string) []string {
	out := slices.Concat(l.words(rapid.SampledFrom(leads).Draw(t, "before")), words)
	if rapid.Bool().Draw(t, "polite") {
		out = append(out, l.words(rapid.SampledFrom(l.pack.After).Draw(t, "after"))...)
	}
	return out
}

func TestDigitsOfTheExpectedLengthAreAcceptedHoweverTheyAreGrouped(t *testing.T) {
	all := grammars{}
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(1, 20).Draw(t, "length")
		b := all.draw(t, Spec{Expect: Digits, Length: length})
		var words []string
		for left := length; left > 0; {
			more, digits := group(t, b.language, left)
			words, left = append(words, more...), left-digits
		}
		words = around(t, b.language, b.pack.NumberLeads, words)
		if !b.accepts(words) {
			t.Fatalf("%q is refused as %d digits", words, length)
		}
	})
}

func TestTooFewOrTooManyDigitsAreRefused(t *testing.T) {
	all := grammars{}
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(1, 20).Draw(t, "length")
		said := rapid.IntRange(0, 25).Filter(func(n int) bool { return n != length }).Draw(t, "said")
		b := all.draw(t, Spec{Expect: Digits, Length: length})
		if words := dictate(t, b.language, said); b.accepts(words) {
			t.Fatalf("%q is accepted as %d digits", words, length)
		}
	})
}

func TestANumberOfTheExpectedLengthMayBeSpokenAsOne(t *testing.T) {
	for _, code := range []string{"en", "fr"} {
		l := spoken(t, code)
		for length, numbers := range map[int][]int{
			3: {100, 110, 317, 999},
			4: {1000, 1001, 1984, 2000, 2026, 9999},
			5: {10000, 42317, 80080, 91000},
			6: {100000, 200200, 999999},
		} {
			g, final := l.grammar(Spec{Expect: Digits, Length: length})
			for _, n := range numbers {
				if words := l.pack.Number(n); !g.Accepts(words, final) {
					t.Errorf("%s: %q is refused as %d digits", code, words, length)
				}
			}
		}
	}
}

func TestANumberOfAnotherLengthIsRefusedAsOne(t *testing.T) {
	all := grammars{}
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(3, 6).Draw(t, "length")
		n := rapid.IntRange(1000, 999999).Draw(t, "number")
		b := all.draw(t, Spec{Expect: Digits, Length: length})
		fits := len(strconv.Itoa(n)) == length
		if words := b.pack.Number(n); slices.Contains(words, b.pack.Thousand) && b.accepts(words) != fits {
			t.Fatalf("%q as %d digits: accepted %v", words, length, !fits)
		}
	})
}

func TestWithoutALengthAnyNumberOfDigitsIsAcceptedButNone(t *testing.T) {
	all := grammars{}
	rapid.Check(t, func(t *rapid.T) {
		b := all.draw(t, Spec{Expect: Digits})
		said := rapid.IntRange(0, 30).Draw(t, "said")
		if words := dictate(t, b.language, said); b.accepts(words) != (said > 0) {
			t.Fatalf("%d digits: accepted %v", said, said == 0)
		}
	})
}

// Lengths of ISO/IEC 7812.
func TestACardHasTwelveToNineteenDigits(t *testing.T) {
	all := grammars{}
	rapid.Check(t, func(t *rapid.T) {
		b := all.draw(t, Spec{Expect: Card})
		said := rapid.IntRange(1, 25).Draw(t, "said")
		words := around(t, b.language, b.pack.NumberLeads, dictate(t, b.language, said))
		if want := said >= 12 && said <= 19; b.accepts(words) != want {
			t.Fatalf("%d digits as a card: accepted %v", said, !want)
		}
	})
}

func TestAClosedAnswerAcceptsWhatWasAskedForAndNothingElse(t *testing.T) {
	menu := []Hint{{Phrase: "billing", Class: "menu"}, {Phrase: "a power cut", Class: "menu"}, {Phrase: "sorcery", Class: "example"}}
	for _, c := range []struct {
		expect Expect
		code   string
		text   string
		want   bool
	}{
		{YesNo, "en", "yes", true},
		{YesNo, "en", "um yes please", true},
		{YesNo, "en", "no thank you", true},
		{YesNo, "en", "maybe", false},
		{YesNo, "fr", "oui s'il vous plaît", true},
		{YesNo, "fr", "peut-être", false},
		{Menu, "en", "billing", true},
		{Menu, "en", "hello a power cut please", true},
		{Menu, "en", "sorcery", false},
		{Menu, "en", "power", false},
		{Date, "en", "the third of march", true},
		{Date, "en", "march the third", true},
		{Date, "en", "tomorrow", true},
		{Date, "en", "third", false},
		{Date, "fr", "c'est le premier janvier", true},
		{Date, "fr", "janvier le", false},
		{Date, "en", "next tuesday", true},
		{Date, "en", "on tuesday the third of march", true},
		{Date, "en", "the third of march twenty twenty seven", true},
		{Date, "en", "in two days", true},
		{Date, "en", "the fifteenth please", true},
		{Date, "en", "tuesday twenty twenty seven", false},
		{Date, "fr", "mardi prochain", true},
		{Date, "fr", "mardi trois mars deux mille vingt sept", true},
		{Date, "fr", "c'est le quinze", true},
		{Date, "fr", "après demain", true},
		{Date, "fr", "dans dix jours", true},
		{Spelling, "fr", "a b un deux", true},
		{Spelling, "en", "", false},
	} {
		l := spoken(t, c.code)
		g, final := l.grammar(Spec{Expect: c.expect, Hints: menu})
		if got := g.Accepts(l.words(c.text), final); got != c.want {
			t.Errorf("kind %d, %s: %q accepted: %v", c.expect, c.code, c.text, got)
		}
	}
}

func TestAnyLettersAreAcceptedAsSpelling(t *testing.T) {
	all := grammars{}
	rapid.Check(t, func(t *rapid.T) {
		b := all.draw(t, Spec{Expect: Spelling})
		var words []string
		for _, letter := range rapid.StringMatching("[a-z]{1,12}").Draw(t, "letters") {
			words = append(words, b.pack.Letters[string(letter)])
		}
		if !b.accepts(words) {
			t.Fatalf("%q is refused", words)
		}
	})
}

func TestAnOpenAnswerOrAMenuWithoutChoicesHasNoGrammar(t *testing.T) {
	l := spoken(t, "en")
	for _, s := range []Spec{
		{Expect: Free},
		{Expect: Menu},
		{Expect: Menu, Hints: []Hint{{Phrase: "billing", Class: "example"}}},
		{Expect: Menu, Hints: []Hint{{Phrase: "?!", Class: "menu"}}},
		{Expect: Expect(99)},
	} {
		if g, _ := l.grammar(s); g != nil {
			t.Errorf("%+v has a grammar", s)
		}
	}
}

// A decoder is shared by its grammar's text, so the text may not change.
func TestEqualSpecsMakeEqualGrammars(t *testing.T) {
	for _, code := range []string{"en", "fr"} {
		for _, s := range []Spec{{Expect: Digits, Length: 5}, {Expect: Digits}, {Expect: Card}, {Expect: Spelling}, {Expect: YesNo}, {Expect: Date}} {
			first := textOf(spoken(t, code).grammar(s))
			for range 5 {
				if textOf(spoken(t, code).grammar(s)) != first {
					t.Errorf("%s: %+v makes another grammar the second time", code, s)
					break
				}
			}
		}
	}
}

func textOf(g *lm.Grammar, final lm.State) string { return g.Text(final) }

func TestTheOpenModelHoldsTheHintsAndNumbers(t *testing.T) {
	l := spoken(t, "en")
	words := l.model([]Hint{{Phrase: "Transfer my smart-meter 42!"}}).Words()
	for want := range strings.FieldsSeq("transfer my smart meter forty two seven hello please") {
		if !slices.Contains(words, want) {
			t.Errorf("%q is not in the model", want)
		}
	}
}

func TestADictatedNumberInAnExampleStandsForOthers(t *testing.T) {
	l := spoken(t, "en")
	var arpa strings.Builder
	if _, err := l.model([]Hint{{Phrase: "the dial shows four eight two"}}).WriteTo(&arpa); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"dial shows seven", "dial shows one"} {
		if !strings.Contains(arpa.String(), want) {
			t.Errorf("%q is not in the model", want)
		}
	}
}
