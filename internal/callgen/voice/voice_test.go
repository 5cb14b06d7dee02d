package voice_test

import (
	"math"
	"os/exec"
	"testing"

	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/internal/callgen/wav"
)

func TestVoicesAreReadAsTheyAreWritten(t *testing.T) {
	for _, s := range []string{"flite:slt", "espeak:fr", "espeak:en-gb+f3"} {
		if v, err := voice.Parse(s); err != nil || v.String() != s {
			t.Errorf("%s is read as %s, %v", s, v, err)
		}
	}
	for _, s := range []string{"", "flite", "festival:kal", "flite:-o /etc/passwd", "espeak:"} {
		if _, err := voice.Parse(s); err == nil {
			t.Errorf("%q is taken for a voice", s)
		}
	}
}

func TestOnlyTheTelephoneBandPasses(t *testing.T) {
	const rate = 22050
	for _, c := range []struct {
		hz     float64
		passes bool
	}{{100, false}, {1000, true}, {3000, true}, {4600, false}, {8000, false}} {
		pcm := make([]int16, rate)
		for i := range pcm {
			// A second tone well inside the band keeps the level.
			at := 2 * math.Pi * float64(i) / rate
			pcm[i] = int16(8000*math.Sin(c.hz*at) + 8000*math.Sin(700*at))
		}
		got := voice.Telephone(wav.Sound{Rate: rate, PCM: pcm})
		if len(got) < 7990 || len(got) > 8010 {
			t.Fatalf("a second became %d samples", len(got))
		}
		alias := math.Min(c.hz, math.Abs(8000-c.hz)) // where a tone above the band would fold to
		ratio := power(got, alias) / power(got, 700)
		if passes := ratio > 0.5; passes != c.passes || !c.passes && ratio > 0.2 {
			t.Errorf("%v Hz: %.3f of what passes", c.hz, ratio)
		}
	}
}

// power gives the amplitude of a tone (Goertzel).
func power(pcm []int16, hz float64) float64 {
	var re, im float64
	for i, v := range pcm {
		at := 2 * math.Pi * hz * float64(i) / voice.Rate
		re += float64(v) * math.Cos(at)
		im += float64(v) * math.Sin(at)
	}
	return math.Hypot(re, im)
}

func TestEnginesSpeak(t *testing.T) {
	for program, names := range map[string][]string{
		"flite":     {"flite:slt", "flite:rms"},
		"espeak-ng": {"espeak:en", "espeak:fr", "espeak:fr+f2"},
	} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s is not installed: run deploy/setup.sh", program)
		}
		for _, name := range names {
			v, err := voice.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			pcm, err := v.Render(t.Context(), "-- seven and nine")
			if err != nil || len(pcm) < voice.Rate/2 {
				t.Errorf("%s: %d samples, %v", name, len(pcm), err)
			}
		}
	}
}
