package mediatest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/callward/callward/media"
)

func quiet(d time.Duration) []int16 { return make([]int16, d*media.Rate/time.Second) }

func hiss(d time.Duration) []int16 {
	r, pcm := rand.New(rand.NewPCG(1, 2)), quiet(d) //nolint:gosec // noise
	for i := range pcm {
		pcm[i] = int16(3000 * r.NormFloat64())
	}
	return pcm
}

func TestContinuityFindsGapsWhateverIsInThem(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		pcm  []int16
		want []Gap
	}{
		"none":                     {Tone(440, 500*ms), nil},
		"silence around it":        {slices.Concat(quiet(200*ms), Tone(440, 500*ms), quiet(100*ms)), nil},
		"one":                      {slices.Concat(Tone(440, 200*ms), quiet(80*ms), Tone(440, 300*ms)), []Gap{{200 * ms, 80 * ms}}},
		"filled with another tone": {slices.Concat(Tone(400, 200*ms), Tone(1100, 80*ms), Tone(400, 300*ms)), []Gap{{200 * ms, 80 * ms}}},
		"two, the longer part": {
			slices.Concat(Tone(500, 100*ms), quiet(300*ms), Tone(500, 40*ms), quiet(200*ms), Tone(500, 60*ms)),
			[]Gap{{100 * ms, 300 * ms}, {440 * ms, 200 * ms}},
		},
	} {
		hz := map[string]float64{"filled with another tone": 400, "two, the longer part": 500}[name]
		if hz == 0 {
			hz = 440
		}
		gaps, level := Continuity(c.pcm, hz)
		if len(gaps) != len(c.want) || math.Abs(level+12.04) > 0.3 {
			t.Errorf("%s: %v at %.2f dB, want %v at -12.04 dB", name, gaps, level, c.want)
			continue
		}
		for i, g := range gaps {
			if (g.At-c.want[i].At).Abs() > 10*ms || (g.Length-c.want[i].Length).Abs() > 10*ms {
				t.Errorf("%s: %v, want %v", name, gaps, c.want)
			}
		}
	}
	for name, pcm := range map[string][]int16{"nothing": nil, "silence": quiet(time.Second), "another tone": Tone(1000, time.Second)} {
		if gaps, level := Continuity(pcm, 400); len(gaps) > 0 || !math.IsInf(level, -1) {
			t.Errorf("%s: %v at %v dB", name, gaps, level)
		}
	}
}

func TestWholeSaysWhatIsWrong(t *testing.T) {
	const ms = time.Millisecond
	scaled := func(by float64) []int16 {
		pcm := Tone(440, 500*ms)
		for i, s := range pcm {
			pcm[i] = int16(by * float64(s))
		}
		return pcm
	}
	for name, c := range map[string]struct {
		pcm []int16
		ok  bool
	}{
		"whole":             {Tone(440, 500*ms), true},
		"a short gap":       {slices.Concat(Tone(440, 500*ms), quiet(20*ms), Tone(440, 480*ms)), true},
		"a gap":             {slices.Concat(Tone(440, 500*ms), quiet(80*ms), Tone(440, 420*ms)), false},
		"it begins late":    {slices.Concat(quiet(80*ms), Tone(440, 920*ms)), false},
		"it ends too early": {slices.Concat(Tone(440, 920*ms), quiet(80*ms)), false},
		"too quiet":         {scaled(0.03), false},
		"too loud":          {scaled(3.9), false},
		"noise":             {hiss(500 * ms), false},
		"another tone":      {Tone(1000, 500*ms), false},
		"nothing":           {nil, false},
	} {
		if err := Whole(c.pcm, 440); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEarHearsAWholeToneAmongOtherThings(t *testing.T) {
	e := NewEar()
	hear := func(pcm []int16) {
		for ; len(pcm) >= media.FrameSamples; pcm = pcm[media.FrameSamples:] {
			e.WriteFrame(&media.Frame{PCM: pcm[:media.FrameSamples], Rate: media.Rate})
		}
	}
	if err := e.Hears(time.Millisecond, 200*time.Millisecond, 440); err == nil {
		t.Error("it hears a tone in nothing")
	}
	hear(hiss(300 * time.Millisecond))
	if err := e.Hears(time.Millisecond, 200*time.Millisecond, 440); err == nil {
		t.Error("it hears a tone in noise")
	}
	hear(Tone(440, 200*time.Millisecond))
	if err := e.Hears(time.Millisecond, 200*time.Millisecond, 440); err != nil {
		t.Error(err)
	}
}
