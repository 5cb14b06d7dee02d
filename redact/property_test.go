package redact_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/redact/corpus"
)

// pan draws a card number that passes Luhn and has no group twice.
func pan(t *rapid.T) string {
	prefix := rapid.SampledFrom([]string{"4", "51", "55", "2221", "6011", "37", "34", "3056"}).Draw(t, "prefix")
	n := 16
	switch prefix {
	case "37", "34":
		n = 15
	case "3056":
		n = 14
	}
	d := []byte(prefix)
	for len(d) < n-1 {
		d = append(d, byte('0'+rapid.IntRange(0, 9).Draw(t, "digit")))
	}
	d = append(d, corpus.CheckDigit(d))
	seen := map[string]bool{}
	for i := 0; i+4 <= len(d); i++ {
		if g := string(d[i : i+4]); seen[g] {
			t.Skip("a repeated group")
		} else {
			seen[g] = true
		}
	}
	return string(d)
}

// voice says numbers in one language.
type voice struct {
	lang    string
	words   func(int) []string
	likes   map[string]string // what a recognizer hears instead, by digit
	oh      string
	fillers []string
	cues    []string
	prompts []string
	asks    []string
	others  []string // names of numbers that are no cards
	mention string   // of a card, in passing
}

var voices = []voice{
	{
		"en", englishWords,
		map[string]string{"2": "to", "4": "for", "8": "ate", "1": "won"},
		"oh",
		[]string{"um", "uh", "then", "okay", "er"},
		[]string{"my card number is", "it's a visa"},
		[]string{"Go on.", "Yes?", "Thank you."},
		[]string{"Please read out your card number.", "And the number on the card?"},
		[]string{"phone", "mobile", "order number", "parcel", "tracking number", "meter", "reference", "invoice"},
		"i paid by card last week",
	},
	{
		"fr", frenchWords,
		map[string]string{"7": "cette", "6": "sis", "2": "de", "1": "hein", "5": "saint"},
		"zéro",
		[]string{"euh", "alors", "puis", "hum"},
		[]string{"mon numéro de carte c'est le", "c'est une visa"},
		[]string{"Allez-y.", "Je note.", "Merci."}, // not "oui", which may be read as "huit": the bot says no digits of the caller's
		[]string{"Dictez-moi votre numéro de carte.", "Quel est le numéro de la carte ?"},
		[]string{"téléphone", "portable", "commande numéro", "colis", "numéro de suivi", "compteur", "référence", "dossier numéro"},
		"j'ai payé par carte la semaine dernière",
	},
}

// misheard counts words that are seldom digits.
func (v voice) misheard(words []string) (n int) {
	for _, w := range words {
		for _, like := range v.likes {
			if w == like {
				n++
			}
		}
	}
	return n
}

// say gives the words of a group of digits, leading zeros first.
func (v voice) say(t *rapid.T, group string) []string {
	var out []string
	for len(group) > 1 && group[0] == '0' {
		out = append(out, v.words(0)[0])
		group = group[1:]
	}
	n, _ := strconv.Atoi(group)
	phrase := rapid.SampledFrom(v.words(n)).Draw(t, "phrase")
	if rapid.Bool().Draw(t, "parted") {
		phrase = strings.ReplaceAll(phrase, "-", " ")
	}
	return append(out, strings.Fields(phrase)...)
}

// dictate says a number in a style of its own, as a recognizer would write it.
func (v voice) dictate(t *rapid.T, digits string) []string {
	var out []string
	style := rapid.SampledFrom([]string{"digits", "likes", "doubles", "pairs", "threes", "fours", "mixed", "figures", "dashes"}).Draw(t, "style")
	for at := 0; at < len(digits); {
		n := 1
		switch style {
		case "pairs":
			n = 2
		case "threes":
			n = 3
		case "fours", "dashes":
			n = 4
		case "mixed":
			n = rapid.IntRange(1, 4).Draw(t, "size")
		}
		g := digits[at:min(at+n, len(digits))]
		switch {
		case style == "figures" || style == "mixed" && rapid.Bool().Draw(t, "written"):
			out = append(out, g)
		case style == "dashes" && at > 0:
			out[0] += "-" + g
		case style == "dashes":
			out = append(out, g)
		case style == "doubles" && at+1 < len(digits) && digits[at] == digits[at+1]:
			g = digits[at : at+2]
			out = append(append(out, "double"), v.say(t, g[:1])...)
		case style == "likes" && v.likes[g] != "" && rapid.IntRange(0, 2).Draw(t, "misheard") == 0:
			out = append(out, v.likes[g])
		case g == "0" && rapid.Bool().Draw(t, "oh"):
			out = append(out, v.oh)
		default:
			out = append(out, v.say(t, g)...)
		}
		at += len(g)
		if rapid.IntRange(0, 7).Draw(t, "hesitate") == 0 {
			out = append(out, rapid.SampledFrom(v.fillers).Draw(t, "filler"))
		}
	}
	return out
}

// talk feeds words to a Redactor in utterances and partials of any length, and
// gives everything that could be read at some moment.
func (v voice) talk(t *rapid.T, r *redact.Redactor, words []string) (views []string) {
	var finals strings.Builder
	for id := 0; len(words) > 0; id++ {
		n := rapid.IntRange(1, len(words)).Draw(t, "utterance")
		if rapid.Bool().Draw(t, "short") {
			n = min(n, 4)
		}
		utterance := strings.Join(words[:n], " ")
		for k := range n - 1 {
			if rapid.IntRange(0, 3).Draw(t, "partial") == 0 {
				p := r.Partial(strconv.Itoa(id), redact.RawText(strings.Join(words[:k+1], " ")))
				views = append(views, finals.String()+" "+p.After(r.Released()).String())
			}
		}
		res := r.Final(strconv.Itoa(id), redact.RawText(utterance))
		finals.WriteString(" " + res.Text.After(res.Released).String())
		words = words[n:]
		if rapid.IntRange(0, 2).Draw(t, "prompt") == 0 {
			finals.WriteString(" " + r.Speech(rapid.SampledFrom(v.prompts).Draw(t, "says")).String())
		}
	}
	return append(views, finals.String()+" "+r.Settle().String())
}

// context lets the card be spoken of, or not, before the number comes. It
// reports whether it was.
func (v voice) context(t *rapid.T, r *redact.Redactor) bool {
	switch rapid.IntRange(0, 3).Draw(t, "context") {
	case 0:
		return false
	case 1:
		r.Final("cue", redact.RawText(rapid.SampledFrom(v.cues).Draw(t, "cue")))
	case 2:
		r.Speech(rapid.SampledFrom(v.asks).Draw(t, "asks"))
	case 3:
		r.Expect(redact.Expect{Kind: redact.ExpectCard})
	}
	return true
}

// TestNoSplitShowsSevenDigitsOfACard: however a card is dictated, and however
// the recognizer cuts it up, no seven of its digits can be read in a row.
func TestNoSplitShowsSevenDigitsOfACard(t *testing.T) {
	for _, v := range voices {
		read := newReader(v.lang)
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := pan(t)
				r := redact.New(v.lang)
				limit := 6
				if v.context(t, r) {
					limit = 3
				}
				words := v.dictate(t, secret)
				for _, view := range v.talk(t, r, words) {
					if n := read.readable(view, secret); n > limit {
						t.Fatalf("%d digits can be read in %q, said %q", n, view, words)
					}
				}
				if r.Dropped() > 0 {
					t.Fatalf("the redactor failed on %q", words)
				}
			})
		})
	}
}

// TestAnotherNameShowsNoCard: called a phone, a parcel or another thing, once or at every
// part, a card shows no more than a number that is explained.
func TestAnotherNameShowsNoCard(t *testing.T) {
	for _, v := range voices {
		v.likes = nil // between names, what sounds like a digit is none
		read := newReader(v.lang)
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := pan(t)
				r := redact.New(v.lang)
				limit := 11 + 3 // words that may be digits stand alone, and count as none
				if len(secret) <= limit {
					t.Skip("a short card")
				}
				if rapid.Bool().Draw(t, "spoken of") {
					r.Expect(redact.Expect{Kind: redact.ExpectCard})
					limit = 3
				}
				words := v.cutUp(t, secret)
				for _, view := range v.talk(t, r, words) {
					if n := read.readable(view, secret); n > limit {
						t.Fatalf("%d digits can be read in %q, said %q", n, view, words)
					}
				}
			})
		})
	}
}

// cutUp dictates a number with names of other things in it.
func (v voice) cutUp(t *rapid.T, secret string) (words []string) {
	often := rapid.SampledFrom([]int{2, 4, 8}).Draw(t, "often")
	since, last := 3, ""
	for _, w := range v.dictate(t, secret) {
		if since++; since > 3 && last != "double" && rapid.IntRange(0, often).Draw(t, "named") == 0 { // "one" alone is no number
			words = append(words, rapid.SampledFrom(v.others).Draw(t, "name"))
			since = 0
		}
		words, last = append(words, w), w
	}
	return words
}

// TestACardThatWasOnlyMentionedShowsNoMore: a caller who has paid by card may say order and
// phone numbers, but a card that is cut up by their names shows no more than without that.
func TestACardThatWasOnlyMentionedShowsNoMore(t *testing.T) {
	for _, v := range voices {
		v.likes = nil
		read := newReader(v.lang)
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := pan(t)
				r := redact.New(v.lang)
				r.Final("cue", redact.RawText(v.mention))
				words := v.cutUp(t, secret)
				for _, view := range v.talk(t, r, words) {
					if n := read.readable(view, secret); n > 11 {
						t.Fatalf("%d digits can be read in %q, said %q", n, view, words)
					}
				}
			})
		})
	}
}

// TestADictatedCardIsFound: whole and heard right, a card that was asked for
// gets its mask with the last four digits.
func TestADictatedCardIsFound(t *testing.T) {
	for _, v := range voices {
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := pan(t)
				r := redact.New(v.lang)
				r.Expect(redact.Expect{Kind: redact.ExpectCard})
				words := v.dictate(t, secret)
				res := r.Final("1", redact.RawText(strings.Join(words, " ")))
				if len(res.Findings) != 1 || res.Findings[0].Kind != redact.Card {
					t.Fatalf("no card found in %q: %q, %+v", words, res.Text, res.Findings)
				}
			})
		})
	}
}

// TestAMisheardCardStaysHidden: recognizers drop words, put in others and take
// digits for other words. When a card was asked for, what remains is masked.
func TestAMisheardCardStaysHidden(t *testing.T) {
	noise := map[string][]string{"en": {"the", "home", "i", "hi", "not", "find"}, "fr": {"la", "fois", "je", "mais", "vous", "tard"}}
	for _, v := range voices {
		read := newReader(v.lang)
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := pan(t)
				r := redact.New(v.lang)
				r.Expect(redact.Expect{Kind: redact.ExpectCard})
				var heard []string
				for _, w := range v.dictate(t, secret) {
					switch rapid.IntRange(0, 11).Draw(t, "error") {
					case 0:
					case 1:
						heard = append(heard, rapid.SampledFrom(noise[v.lang]).Draw(t, "instead"))
					case 2:
						heard = append(heard, w, rapid.SampledFrom(noise[v.lang]).Draw(t, "inserted"))
					default:
						heard = append(heard, w)
					}
				}
				for _, view := range v.talk(t, r, heard) {
					if n := read.readable(view, secret); n > 6 {
						t.Fatalf("%d digits can be read in %q, heard %q", n, view, heard)
					}
				}
			})
		})
	}
}

// TestKeyedDigitsStayHidden: keys are held to the same rule, in any grouping.
func TestKeyedDigitsStayHidden(t *testing.T) {
	read := newReader("en")
	rapid.Check(t, func(t *rapid.T) {
		secret := pan(t)
		r := redact.New("en")
		var shown strings.Builder
		r.Expect(redact.Expect{
			Kind:   rapid.SampledFrom([]redact.ExpectKind{redact.ExpectFree, redact.ExpectDigits, redact.ExpectCard}).Draw(t, "kind"),
			Length: rapid.IntRange(0, 6).Draw(t, "length"),
		})
		for _, k := range []byte(secret) {
			if res, done := r.Press(k); done {
				shown.WriteString(res.Text.String() + "\n")
			}
			if rapid.IntRange(0, 5).Draw(t, "pause") == 0 {
				shown.WriteString(r.EndKeys().Text.String() + "\n")
			}
		}
		shown.WriteString(r.EndKeys().Text.String())
		if n := read.readable(shown.String(), secret); n > 6 {
			t.Fatalf("%d digits can be read in %q", n, shown.String())
		}
	})
}

// TestDecoysStayReadable: dates, amounts, readings and phone numbers are no
// card, and a transcript without them is of little use.
func TestDecoysStayReadable(t *testing.T) {
	for _, v := range voices {
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				said, want := v.decoy(t)
				r := redact.New(v.lang)
				res := r.Final("1", redact.RawText(said))
				if res.Text.String() != said {
					t.Fatalf("%q became %q", said, res.Text)
				}
				if want != "" && (len(res.Numbers) == 0 || res.Numbers[0].String() != want) {
					t.Fatalf("%q: numbers %q, want %q", said, res.Numbers, want)
				}
			})
		})
	}
}

func (v voice) decoy(t *rapid.T) (said, number string) {
	french := v.lang == "fr"
	either := func(fr, en string) string {
		if french {
			return fr
		}
		return en
	}
	switch rapid.IntRange(0, 3).Draw(t, "decoy") {
	case 0: // an amount
		n := rapid.IntRange(2, 9999).Draw(t, "amount")
		return either("ma facture est de ", "my bill is ") + v.words(n)[0] + either(" euros", " pounds"), strconv.Itoa(n)
	case 1: // a date
		n := rapid.IntRange(2, 31).Draw(t, "day")
		return either("je viens le ", "i come on the ") + v.words(n)[0] + either(" mars 2026", " march 2026"), strconv.Itoa(n)
	case 2: // a meter reading, digit by digit
		var words []string
		digits := strconv.Itoa(rapid.IntRange(10000, 99999).Draw(t, "reading"))
		for _, d := range digits {
			words = append(words, v.words(int(d - '0'))[0])
		}
		return either("le compteur affiche ", "the meter says ") + strings.Join(words, " "), digits
	}
	digits := "0" + strconv.Itoa(rapid.IntRange(100000000, 799999999).Draw(t, "phone"))
	if rapid.Bool().Draw(t, "written") {
		return either("rappelez-moi au ", "you can get me on ") + digits, digits
	}
	var words []string
	for i := range digits {
		words = append(words, v.words(int(digits[i] - '0'))[0])
	}
	return either("rappelez-moi au ", "you can get me on ") + strings.Join(words, " "), digits
}

// TestTheReaderCanRead: the tests' reader reads every dictation to its end, or
// the tests above would prove nothing.
func TestTheReaderCanRead(t *testing.T) {
	for _, v := range voices {
		read := newReader(v.lang)
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := pan(t)
				words := v.dictate(t, secret)
				if n := read.readable(strings.Join(words, " "), secret); n != len(secret) {
					t.Fatalf("only %d digits of %s can be read in %q", n, secret, words)
				}
			})
		})
	}
}
