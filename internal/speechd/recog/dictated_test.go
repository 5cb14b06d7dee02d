package recog_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/lang"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// TestDigitFigures prints, voice by voice, how many dictated numbers are heard whole when so
// many digits were asked for, and how many of their digits are wrong: `make bench-heard`. They
// are random, half of them in groups, and pass a telephone's band and mu-law.
func TestDigitFigures(t *testing.T) {
	each, err := strconv.Atoi(os.Getenv("CALLWARD_HEARD"))
	if err != nil || each < 1 {
		t.Skip("SKIPPED: set CALLWARD_HEARD to how many numbers of each length (`make bench-heard`)")
	}
	e := speechtest.Engine(t, "en")
	rnd := rand.New(rand.NewPCG(1001, 99)) //nolint:gosec // a fixed choice, no secret.
	for _, name := range []string{"flite:slt", "flite:rms", "flite:awb", "flite:kal", "espeak:en-us", "espeak:en-gb", "espeak:en-gb-scotland", "espeak:en-us+f2", "espeak:en-us+m3"} {
		whole, all, wrong, digits := 0, 0, 0, 0
		for _, n := range []int{4, 5, 6, 8, 10} {
			task := prepare(t, e, recog.Spec{Languages: []string{"en"}, Expect: recog.Digits, Length: n})
			for range each {
				text, number := dictated(rnd, n)
				r, err := e.Final(t.Context(), task, overTelephone(t, name, text))
				if err != nil {
					t.Fatal(err)
				}
				off := distance(strings.Split(number, ""), strings.Split(figures(r.Text), ""))
				if off == 0 {
					whole++
				}
				all, wrong, digits = all+1, wrong+off, digits+n
			}
		}
		t.Logf("%-22s %d of %d numbers whole, %.1f %% of the digits wrong", name, whole, all, 100*float64(wrong)/float64(digits))
	}
}

// dictated gives a number of n digits, and how it is said.
func dictated(rnd *rand.Rand, n int) (text, number string) {
	pack, _ := lang.For("en")
	zero, grouped, left := rnd.IntN(2), rnd.IntN(2) == 0, 2+rnd.IntN(3)
	for i := range n {
		d := rnd.IntN(10)
		if left--; left == 0 && i > 0 && grouped {
			text += ","
			left = 2 + rnd.IntN(3)
		}
		forms := pack.Digits[d]
		text += " " + forms[min(zero, len(forms)-1)]
		number += strconv.Itoa(d)
	}
	return text, number
}

// figures writes the digits of what was heard; pairs and doubles are what grammars have beside.
func figures(text string) string {
	pack, _ := lang.For("en")
	pairs := make(map[string]string)
	for n := range 100 {
		pairs[strings.Join(pack.Number(n), " ")] = strconv.Itoa(n)
	}
	pairs["oh"] = "0"
	var out strings.Builder
	times := 1
	for words := strings.Fields(text); len(words) > 0; {
		used := 1
		for n := min(2, len(words)); n > 0; n-- {
			if digits, ok := pairs[strings.Join(words[:n], " ")]; ok {
				out.WriteString(strings.Repeat(digits, times))
				used = n
				break
			}
		}
		times = max(pack.Repeats[words[0]], 1)
		words = words[used:]
	}
	return out.String()
}

// overTelephone says a text as a caller of the end-to-end tests does.
func overTelephone(t *testing.T, name, text string) []int16 {
	t.Helper()
	v, err := voice.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := v.Render(t.Context(), text)
	if err != nil {
		t.Skipf("SKIPPED: %v: apt-get install flite espeak-ng", err)
	}
	const law, edge = speechv1.Encoding_ENCODING_MULAW, 250 * 8
	pcm = append(append(make([]int16, edge), pcm...), make([]int16, edge)...)
	if pcm, err = audio.Decode(law, audio.Encode(law, pcm)); err != nil {
		t.Fatal(err)
	}
	return wide(pcm)
}

func TestFiguresAreThoseOfTheWords(t *testing.T) {
	for text, want := range map[string]string{
		"it is four oh twenty one": "4021", "double six nineteen zero": "66190", "": "", "thirty, please": "",
	} {
		if got := figures(text); got != want {
			t.Errorf("%q is written %q, not %q", text, got, want)
		}
	}
	if text, number := dictated(rand.New(rand.NewPCG(1, 2)), 6); figures(strings.ReplaceAll(text, ",", "")) != number { //nolint:gosec // no secret.
		t.Errorf("%q is not %s", text, number)
	}
}
