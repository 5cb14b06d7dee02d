package redact_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
)

// What a word takes in these tests, and the pause before it.
const (
	wordTime  = 300 * time.Millisecond
	wordPause = 100 * time.Millisecond
)

// spoken gives words their times, one after the other from a moment on.
func spoken(from time.Duration, words ...string) (raw redact.Raw, said []redact.Word) {
	for _, w := range words {
		said = append(said, redact.Word{Text: w, Start: from + wordPause, End: from + wordPause + wordTime})
		from += wordPause + wordTime
	}
	return redact.NewRaw(said...), said
}

// inSpans writes spans in tenths of a second.
func inSpans(spans []redact.Span) string {
	var out []string
	for _, s := range spans {
		out = append(out, fmt.Sprintf("%g-%g", s.From.Seconds(), s.To.Seconds()))
	}
	return strings.Join(out, " ")
}

// The words of each utterance begin at whole multiples of 10 s, 0.4 s apart: the n-th is
// from 0.4·n + 0.1 to 0.4·n + 0.4.
func TestWhatIsMaskedIsMuted(t *testing.T) {
	card := redact.Expect{Kind: redact.ExpectCard}
	for _, c := range []struct {
		name, lang string
		expect     redact.Expect
		said       []string // utterances
		mute       string   // after the last
	}{
		{"no number", "en", card, []string{"what are your opening hours"}, ""},
		{"a number that may be shown", "en", redact.Expect{}, []string{"the meter says four five six seven eight"}, ""},
		{"a whole card", "en", card, []string{"it is 4539 1488 0343 6467 thanks"}, "0.75-2.65"},
		{"at the very beginning", "en", card, []string{"4539 1488 0343 6467"}, "0-1.85"},
		{"une carte entière", "fr", card, []string{"alors c'est quarante-cinq trente-neuf voilà merci à vous"}, "0.75-1.85"},
		{"a filler within", "en", card, []string{"four five um three nine"}, "0-2.25"},
		{"two parts that many words part", "en", card, []string{"four five three nine now where is it again one four eight eight"}, "0-1.85 3.55-5.45"},
		{"the first six were shown", "en", redact.Expect{}, []string{"my number is 4539 14", "88 0343 6467"}, "1.15-2.25 9.95-11.45"},
		{"les six premiers étaient montrés", "fr", redact.Expect{}, []string{"alors quatre cinq trois neuf", "quatorze quatre-vingt-huit zéro trois quarante-trois soixante-quatre soixante-sept"}, "0.35-2.25 9.95-13.05"},
		{"a number, and later another", "en", redact.Expect{}, []string{"room 12 please", "let me see now", "here it comes", "my card is 4539 1488 0343 6467"}, "31.15-33.05"},
		{"in three, with talk between", "en", card, []string{"4539 1488", "hold on", "0343 6467"}, "0-1.05 19.95-21.05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := redact.New(c.lang)
			r.Expect(c.expect)
			var got []redact.Span
			for i, s := range c.said {
				raw, _ := spoken(time.Duration(i)*10*time.Second, strings.Fields(s)...)
				got = r.Final(strconv.Itoa(i), raw).Mute
			}
			if inSpans(got) != c.mute {
				t.Errorf("muted %q, want %q", inSpans(got), c.mute)
			}
		})
	}
}

func TestAWordWithoutTimesMutesTheUtterance(t *testing.T) {
	second := time.Second
	for name, c := range map[string]struct {
		raw  redact.Raw
		mute string
	}{
		"none has": {redact.RawText("it is 4539 1488").Placed(100*second, 2*second, 5*second), "101.85-105.25"},
		"the number's has not": {redact.NewRaw(
			redact.Word{Text: "it", Start: second, End: 2 * second}, redact.Word{Text: "4539"}, redact.Word{Text: "okay", Start: 4 * second, End: 6 * second},
		), "0.85-6.25"},
		"the number's has": {redact.NewRaw(
			redact.Word{Text: "it"}, redact.Word{Text: "4539", Start: 2 * second, End: 3 * second},
		).Placed(10*second, 0, 9*second), "11.85-13.25"},
		"one ends before it begins": {redact.NewRaw(
			redact.Word{Text: "4539", Start: 3 * second, End: 2 * second}, redact.Word{Text: "okay", Start: 3 * second, End: 4 * second},
		), "2.85-4.25"},
		"nobody knows when": {redact.RawText("4539 1488"), ""},
	} {
		r := redact.New("en")
		r.Expect(redact.Expect{Kind: redact.ExpectCard})
		if got := inSpans(r.Final("1", c.raw).Mute); got != c.mute {
			t.Errorf("%s: muted %q, want %q", name, got, c.mute)
		}
	}
}

// A recognizer may give several words as one, or a word of nothing.
func TestWordsOfAnyShapeAreMuted(t *testing.T) {
	r := redact.New("en")
	r.Expect(redact.Expect{Kind: redact.ExpectCard})
	_, words := spoken(0, "well", "", "it's 4539", "1488 hm", " ", "thanks", "then")
	if got := inSpans(r.Final("1", redact.NewRaw(words...)).Mute); got != "0.75-1.85" {
		t.Errorf("muted %q", got)
	}
}

func TestWhatFollowsACutIsMuted(t *testing.T) {
	raw, words := spoken(0, append(strings.Fields(strings.Repeat("la ", 600)), "4539")...)
	got := redact.New("en").Final("1", raw).Mute
	if len(got) != 1 || got[0].To < words[600].End || got[0].From < words[500].Start {
		t.Errorf("muted %q", inSpans(got))
	}
}

func TestSpansAreBounded(t *testing.T) {
	r := redact.New("en")
	r.Expect(redact.Expect{Kind: redact.ExpectCard})
	var words []string
	for range 60 {
		words = append(words, "seven", "la", "la", "la", "la")
	}
	raw, said := spoken(0, words...)
	got := r.Final("1", raw).Mute
	if len(got) == 0 || len(got) > 16 {
		t.Fatalf("%d spans", len(got))
	}
	for _, w := range said {
		if w.Text == "seven" && !muted(got, w) {
			t.Errorf("heard at %v", w.Start)
		}
	}
}

func TestSensitiveTellsOfDigitsInCardContextAlone(t *testing.T) {
	for _, c := range []struct {
		said []string // partials, then the final
		want []bool
	}{
		{[]string{"the meter says four five", "the meter says four five six seven", "the meter says four five six seven eight"}, []bool{false, false, false}},
		{[]string{"my card number is", "my card number is four", "my card number is four five three nine"}, []bool{false, true, true}},
		{[]string{"my card is 4539 1488", "my card is 4539 1488 0343 6467", "my card is 4539 1488 0343 6467"}, []bool{true, true, false}},
		{[]string{"4539 1488 03", "4539 1488 0343", "4539 1488 0343"}, []bool{false, true, true}},
	} {
		r := redact.New("en")
		var got []bool
		for _, s := range c.said[:len(c.said)-1] {
			r.Partial("1", redact.RawText(s))
			got = append(got, r.Sensitive())
		}
		r.Final("1", redact.RawText(c.said[len(c.said)-1]))
		if got = append(got, r.Sensitive()); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.said, got, c.want)
		}
		if r.Final("2", redact.RawText("thank you very much")); r.Sensitive() {
			t.Errorf("%q: still sensitive after other words", c.said)
		}
	}
}

func muted(spans []redact.Span, w redact.Word) bool {
	return slices.ContainsFunc(spans, func(s redact.Span) bool { return s.From <= w.Start && w.End <= s.To })
}

// TestNoDigitOfACardIsHeard: however a card is dictated and cut into utterances, all its
// words are muted once it is known, what was shown of it too.
func TestNoDigitOfACardIsHeard(t *testing.T) {
	for _, v := range voices {
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := redact.New(v.lang)
				v.context(t, r)
				secret := pan(t)
				var said []redact.Word
				var mute []redact.Span
				found := false
				at := time.Duration(0)
				words := v.dictate(t, secret)
				for id := 0; len(words) > 0; id++ {
					n := rapid.IntRange(1, len(words)).Draw(t, "utterance")
					raw, w := spoken(at, words[:n]...)
					at, words = at+time.Duration(n)*(wordTime+wordPause)+time.Second, words[n:]
					res := r.Final(strconv.Itoa(id), raw)
					mute = append(mute, res.Mute...)
					for _, x := range w {
						if x.Text != "and" && x.Text != "et" && !slices.Contains(v.fillers, x.Text) {
							said = append(said, x)
						}
						if masked := res.Text.String(); !strings.Contains(" "+masked+" ", " "+x.Text+" ") && !muted(res.Mute, x) {
							t.Fatalf("%q is masked in %q and heard: muted %v", x.Text, masked, res.Mute)
						}
					}
					for _, f := range res.Findings {
						found = found || f.Luhn && f.Digits >= len(secret)
					}
				}
				for _, w := range said {
					if found && !muted(mute, w) {
						t.Fatalf("%q at %v is heard of %v: muted %v", w.Text, w.Start, said, mute)
					}
				}
			})
		})
	}
}

// TestTextWithoutNumbersIsHeard: nothing that is shown is muted.
func TestTextWithoutNumbersIsHeard(t *testing.T) {
	for _, v := range voices {
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				said, _ := v.decoy(t)
				raw, _ := spoken(0, strings.Fields(said)...)
				if got := redact.New(v.lang).Final("1", raw).Mute; len(got) > 0 {
					t.Fatalf("%q: muted %v", said, got)
				}
			})
		})
	}
}
