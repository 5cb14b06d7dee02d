package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/internal/speechd/endpoint"
	"github.com/callward/callward/media/vad"
)

// Requests with the pauses that callers make in them, to be spoken by synthetic
// voices beside the recordings of people.
var withPauses = map[string][]string{
	"en": {
		"hello, I would like to pay my last invoice, by card please",
		"well, my contract number is, let me see, four two seven, one nine three",
		"I moved house last month. And now, my bill is twice as high",
		"yes, the reading is, zero four, seven one, five",
		"um, there is no power here. Since this morning, about eight",
	},
	"fr": {
		"bonjour, je voudrais payer ma dernière facture, par carte s'il vous plaît",
		"alors, mon numéro de contrat est, attendez, quatre deux sept, un neuf trois",
		"j'ai déménagé le mois dernier. Et maintenant, ma facture a doublé",
		"oui, le relevé c'est, zéro quatre, sept un, cinq",
		"euh, il n'y a plus de courant ici. Depuis ce matin, vers huit heures",
	},
}

// Recordings that are no utterance of one caller: a call of two people, and ten
// sentences that were read from a list.
var noUtterances = []string{"phone_call.wav", "osr34.wav"}

var silences = []time.Duration{200, 300, 400, 500, 600, 700, 800, 1000} // ms

// TestTheEndOfATurn prints, for the pause after which a caller's turn is over, how
// often it cuts callers off and how long those wait who have finished. It is what the
// bundled recognizer decides by, fed from the recordings: the VAD and the endpointing,
// without the network (a jitter buffer more) and without the final's decoding, most
// of which is done in the pause. Without CALLWARD_TURNS it tries the default alone, in
// silence, which is all that is judged.
func TestTheEndOfATurn(t *testing.T) {
	needs(t, "flite", "espeak-ng")
	t.Parallel()
	data := filepath.Join(sharedData(t), "speech")
	var noises [][]int16
	tried := []time.Duration{endpoint.DefaultSilence / time.Millisecond}
	if os.Getenv("CALLWARD_TURNS") != "" {
		tried = silences
		for _, n := range []string{"noise1", "noise4"} {
			noises = append(noises, readWAV(t, filepath.Join(data, "noise", n+".wav")))
		}
	}
	for _, lang := range []string{"en", "fr"} {
		said := utterances(t, data, lang)
		clean, noisy := make(map[time.Duration]*ending), make(map[time.Duration]*ending)
		for _, pcm := range said {
			hearEnd(clean, tried, pcm, nil)
			for _, n := range noises {
				hearEnd(noisy, tried, pcm, n)
			}
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s: end of a turn, %d utterances; noise at 15 dB, each with noise1 and noise4\n", lang, len(said))
		fmt.Fprintf(&b, "%-10s %-44s %s\n", "silence", "clean: cut off, delay p50 / p95, not ended", "15 dB: the same")
		for _, ms := range tried {
			s := ms * time.Millisecond
			mark := ""
			if s == endpoint.DefaultSilence {
				mark = "  <- default"
				if c := clean[s]; c.cut*3 > c.n || len(c.delays) == 0 {
					t.Errorf("%s: %d of %d callers are cut off in silence", lang, c.cut, c.n)
				}
			}
			beside := "-"
			if noisy[s] != nil {
				beside = noisy[s].String()
			}
			fmt.Fprintf(&b, "%-10s %-44s %s%s\n", s, clean[s], beside, mark)
		}
		for line := range strings.Lines(b.String()) {
			t.Log(strings.TrimSuffix(line, "\n"))
		}
	}
}

func sharedData(t *testing.T) string {
	t.Helper()
	root := os.Getenv("CALLWARD_TESTDATA")
	if root == "" {
		root = "../../../shared"
	}
	dir := filepath.Join(root, "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: no speech samples at %s: set CALLWARD_TESTDATA to the test data", dir)
	}
	return dir
}

// utterances are those of people, then those of synthetic voices.
func utterances(t *testing.T, data, lang string) [][]int16 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, lang, "*.wav"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]int16
	for _, f := range files {
		if !slices.Contains(noUtterances, filepath.Base(f)) {
			out = append(out, readWAV(t, f))
		}
	}
	for _, name := range voices[lang] {
		v, err := voice.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range withPauses[lang] {
			pcm, err := v.Render(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, pcm)
		}
	}
	return out
}

// ending counts what a silence threshold did to utterances.
type ending struct {
	n, cut, never int
	delays        []time.Duration
}

func (e *ending) String() string {
	at := func(p float64) time.Duration {
		if len(e.delays) == 0 {
			return 0
		}
		slices.Sort(e.delays)
		return e.delays[int(p*float64(len(e.delays)-1)+0.5)]
	}
	return fmt.Sprintf("%2d of %2d (%4.1f %%), %4d / %4d ms, %d", e.cut, e.n, 100*float64(e.cut)/float64(e.n),
		at(0.5).Milliseconds(), at(0.95).Milliseconds(), e.never)
}

const (
	before = 2 * rate // of noise alone
	after  = 3 * rate
)

// hearEnd hears an utterance by every threshold, in milliseconds.
func hearEnd(ends map[time.Duration]*ending, thresholds []time.Duration, pcm, noise []int16) {
	first, last := extent(pcm)
	heard := speechIn(mixed(pcm, noise))
	for _, ms := range thresholds {
		s := ms * time.Millisecond
		e := ends[s]
		if e == nil {
			e = new(ending)
			ends[s] = e
		}
		e.n++
		d := endpoint.New(endpoint.Config{Silence: s}, &replay{heard})
		at := -1
		for i := range heard {
			now := (i + 1) * endpoint.Frame
			if d.Push(make([]int16, endpoint.Frame)) == endpoint.Ended && now > before+first {
				at = now
				break
			}
		}
		switch {
		case at < 0:
			e.never++
		case at < before+last:
			e.cut++
		default:
			e.delays = append(e.delays, time.Duration(at-before-last)*time.Second/rate)
		}
	}
}

// extent is from where to where there is speech in a clean recording: what is within
// 35 dB of the loudest 10 ms.
func extent(pcm []int16) (first, last int) {
	const part = rate / 100
	top := 0.0
	for p := range slices.Chunk(pcm, part) {
		top = max(top, loudness(p))
	}
	first = -1
	for i := 0; i < len(pcm); i += part {
		if loudness(pcm[i:min(i+part, len(pcm))]) > top*math.Pow(10, -35.0/20) {
			if first < 0 {
				first = i
			}
			last = i + part
		}
	}
	return first, last
}

// mixed puts an utterance between silences, into noise that is 15 dB weaker, if any;
// without, into the faint hiss of a line.
func mixed(pcm, noise []int16) []int16 {
	out := make([]int16, before+len(pcm)+after)
	gain := loudness(pcm) / math.Max(1, loudness(noise)) * math.Pow(10, -15.0/20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range out {
		v := 3 * r.NormFloat64()
		if len(noise) > 0 {
			v += gain * float64(noise[i%len(noise)])
		}
		if k := i - before; k >= 0 && k < len(pcm) {
			v += float64(pcm[k])
		}
		out[i] = int16(max(-32768, min(32767, v)))
	}
	return out
}

// speechIn says of each frame whether the VAD hears speech.
func speechIn(pcm []int16) []bool {
	d := vad.New(vad.Config{})
	var out []bool
	for frame := range slices.Chunk(pcm, vad.FrameSamples) {
		d.Frame(frame)
		out = append(out, d.Speech())
	}
	return out
}

// replay is a voice that has been heard before.
type replay struct{ speech []bool }

func (r *replay) Speech([]int16) bool {
	is := r.speech[0]
	r.speech = r.speech[1:]
	return is
}
