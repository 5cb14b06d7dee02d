package ttsd_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/lang"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
	"github.com/callward/callward/internal/speechd/voice"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// needsPrograms skips aloud where a speech program is not installed.
func needsPrograms(t *testing.T) {
	t.Helper()
	if missing := voice.New(voice.Config{}).Missing(); len(missing) > 0 {
		t.Skipf("SKIPPED: %v are not here: apt-get install flite espeak-ng", missing)
	}
}

// speak gives a text's sound as a stream with this voice and format has it.
func (e *engine) speak(t *testing.T, name, text string, enc speechv1.Encoding, rate int32) []int16 {
	t.Helper()
	cfg := english()
	cfg.Voice, cfg.Format = name, &speechv1.AudioFormat{Encoding: enc, SampleRateHz: rate}
	k := e.open(t, cfg)
	k.say("a", text)
	k.finish()
	return k.contexts["a"].pcm
}

// likeness is the ratio of a sound to how another differs from it, in dB.
func likeness(a, b []int16) float64 {
	sound, other := 0.0, 1.0
	for i := range min(len(a), len(b)) {
		d := float64(a[i]) - float64(b[i])
		sound += float64(a[i]) * float64(a[i])
		other += d * d
	}
	return 10 * math.Log10(sound/other)
}

func resampled(pcm []int16, from, to int) []int16 {
	r := audio.NewResampler(from, to)
	out := slices.Clone(r.Write(pcm))
	return append(out, r.Flush()...)
}

func TestTheSoundIsTheSameInEveryFormat(t *testing.T) {
	needsPrograms(t)
	e := start(t)
	const text = "We are open from nine to five."
	for _, name := range []string{"flite-slt", "espeak-fr"} {
		high := e.speak(t, name, text, linear, 16000)
		low := e.speak(t, name, text, linear, 8000)
		if d := len(high) - 2*len(low); d < -2 || d > 2 || len(low) < 8000 {
			t.Errorf("%s: %d samples at 16 kHz, %d at 8 kHz", name, len(high), len(low))
		}
		if l := likeness(low, resampled(high, 16000, 8000)); l < 20 {
			t.Errorf("%s: 8 kHz is like 16 kHz by %.0f dB", name, l)
		}
		for _, enc := range []speechv1.Encoding{mulaw, alaw} {
			for rate, plain := range map[int32][]int16{8000: low, 16000: high} {
				got := e.speak(t, name, text, enc, rate)
				if l := likeness(plain, got); l < 30 || len(got) != len(plain) {
					t.Errorf("%s: %v at %d Hz is like linear by %.0f dB, %d samples of %d", name, enc, rate, l, len(got), len(plain))
				}
			}
		}
	}
}

// prompts of a line, in a language each.
func prompts() map[string][]string {
	return map[string][]string{
		"en": {
			"How can I help you today?",
			"You can ask for our opening hours.",
			"We are open from nine to five.",
			"Please read your meter, digit by digit.",
			"I am putting you through to a person.",
			"Please key in the number of your card.",
		},
		"fr": {
			"Que puis-je faire pour vous ?",
			"Nous sommes ouverts de neuf heures à dix-sept heures.",
			"Je vous passe un conseiller.",
			"Votre facture est à payer avant la fin du mois.",
		},
	}
}

func TestWhatIsSpokenOnTheTelephoneIsUnderstood(t *testing.T) {
	needsPrograms(t)
	e := start(t)
	for _, c := range []struct {
		language string
		voices   []string
	}{{"en", []string{"flite-slt", "espeak-en-gb"}}, {"fr", []string{"espeak-fr"}}} {
		t.Run(c.language, func(t *testing.T) {
			engine := speechtest.Engine(t, c.language)
			spec := recog.Spec{Languages: []string{c.language}, Expect: recog.Menu}
			for _, p := range prompts()[c.language] {
				spec.Hints = append(spec.Hints, recog.Hint{Phrase: p, Class: "menu"})
			}
			task, err := engine.Prepare(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range c.voices {
				for _, p := range prompts()[c.language] {
					pcm := slices.Concat(speechtest.Silence(300), e.speak(t, name, p, mulaw, 8000), speechtest.Silence(500))
					res, err := engine.Final(t.Context(), task, resampled(pcm, 8000, recog.SampleRate))
					if err != nil || words(t, c.language, res.Text) != words(t, c.language, p) {
						t.Errorf("%s says %q, understood is %q, %v", name, p, res.Text, err)
					}
				}
			}
		})
	}
}

// words brings a text to how the recognizer writes it.
func words(t *testing.T, language, text string) string {
	t.Helper()
	pack, ok := lang.For(language)
	if !ok {
		t.Fatalf("no language %s", language)
	}
	return strings.Join(pack.Words(text, func(string) bool { return false }), " ")
}
