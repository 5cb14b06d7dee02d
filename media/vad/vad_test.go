package vad

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// TestFigures prints how much speech is missed and how much else is taken for
// it, frame by frame, on speakers and on halves of noises that training did not
// hear.
func TestFigures(t *testing.T) {
	dir := shared(t)
	clips := digits(t, dir, "lucas", "theo")
	one := floats(wav(t, filepath.Join(dir, "noise", "noise1.wav")))
	four := floats(wav(t, filepath.Join(dir, "noise", "noise4.wav")))
	one, four = one[len(one)/2:], four[len(four)/2:]
	for _, c := range []struct {
		name   string
		snr    float64
		noises [][]float64
	}{
		{"clean", 0, [][]float64{nil}},
		{"15 dB", 15, [][]float64{one, four}},
		{"5 dB", 5, [][]float64{one, four}},
	} {
		var all tally
		for i, noise := range c.noises {
			var own tally
			for seed := range uint64(2) {
				s := digitScene(rand.New(rand.NewPCG(seed, 1)), clips)
				if noise != nil {
					s.add(noise, c.snr)
				}
				own.hear(&s)
			}
			all.sum(own)
			t.Logf("%-6s noise %d: missed %.1f %%, false alarm %.1f %%", c.name, i, own.missed(), own.alarmed())
		}
		t.Logf("%-6s all    : missed %.1f %%, false alarm %.1f %%", c.name, all.missed(), all.alarmed())
		if all.missed() > 15 || all.alarmed() > 45 {
			t.Errorf("%s: the detector has lost its hearing", c.name)
		}
	}
}

type tally struct{ speech, rest, miss, alarm int }

func (c *tally) hear(s *scene) {
	d := New(Config{})
	s.frames(1, func(pcm []int16, speech bool) {
		d.Frame(pcm)
		switch {
		case speech:
			c.speech++
			if !d.Speech() {
				c.miss++
			}
		default:
			c.rest++
			if d.Speech() {
				c.alarm++
			}
		}
	})
}

func (c *tally) sum(o tally) {
	c.speech, c.rest, c.miss, c.alarm = c.speech+o.speech, c.rest+o.rest, c.miss+o.miss, c.alarm+o.alarm
}

func (c *tally) missed() float64  { return 100 * float64(c.miss) / float64(c.speech) }
func (c *tally) alarmed() float64 { return 100 * float64(c.alarm) / float64(c.rest) }

func bell(x float64) float64 { return math.Exp(-x * x) }

// voice is a vowel-like buzz whose pitch and level move.
func voice(d time.Duration, level float64) []int16 {
	pcm := make([]int16, d*8000/time.Second)
	phase := 0.0
	for i := range pcm {
		t := float64(i) / 8000
		phase += 2 * math.Pi * (120 + 15*math.Sin(5*t)) / 8000
		s := 0.0
		for k := 1.0; k < 20; k++ {
			formant := bell((k*120-600)/300) + 0.5*bell((k*120-1500)/400)
			s += formant * math.Sin(k*phase)
		}
		pcm[i] = int16(level * s * (0.6 + 0.4*math.Sin(2*math.Pi*4*t)))
	}
	return pcm
}

func listen(d *Detector, pcm []int16) (started, stopped int) {
	for ; len(pcm) >= FrameSamples; pcm = pcm[FrameSamples:] {
		switch d.Frame(pcm[:FrameSamples]) {
		case Started:
			started++
		case Stopped:
			stopped++
		case Same:
		}
	}
	return started, stopped
}

func TestAnUtteranceStartsAndStopsOnce(t *testing.T) {
	d := New(Config{})
	if started, _ := listen(d, make([]int16, 8000)); started != 0 {
		t.Error("silence started")
	}
	if started, stopped := listen(d, voice(time.Second, 4000)); started != 1 || stopped != 0 {
		t.Errorf("the voice started %d times and stopped %d times", started, stopped)
	}
	if !d.Speaking() {
		t.Error("nobody is speaking")
	}
	if started, stopped := listen(d, make([]int16, 8000)); started != 0 || stopped != 1 {
		t.Errorf("the silence after it started %d times and stopped %d times", started, stopped)
	}
}

func TestSilenceAndSteadyNoiseAreNoSpeech(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, level := range []float64{0, 3, 100, 1000, 6000} {
		pcm := make([]int16, 30*8000)
		for i := range pcm {
			pcm[i] = int16(level * r.NormFloat64())
		}
		if started, _ := listen(New(Config{}), pcm); started > 0 {
			t.Errorf("noise of level %v started %d times", level, started)
		}
	}
}

func TestAClickIsNoSpeech(t *testing.T) {
	pcm := make([]int16, 3*8000)
	for i := 8000; i < 8080; i++ {
		pcm[i] = int16(20000 - i%2*40000)
	}
	if started, _ := listen(New(Config{}), pcm); started > 0 {
		t.Error("a click started")
	}
}

func TestAFrameOfAnotherLengthChangesNothing(t *testing.T) {
	d := New(Config{})
	if d.Frame(make([]int16, 80)) != Same || d.Frame(nil) != Same {
		t.Error("it changed something")
	}
}

func TestNothingIsAllocatedForAFrame(t *testing.T) {
	d, pcm := New(Config{}), voice(20*time.Millisecond, 4000)
	if n := testing.AllocsPerRun(200, func() { d.Frame(pcm) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFrame(b *testing.B) {
	d, pcm := New(Config{}), voice(20*time.Millisecond, 4000)
	b.ReportAllocs()
	for b.Loop() {
		d.Frame(pcm)
	}
}

func ExampleDetector() {
	d := New(Config{})
	frame := make([]int16, FrameSamples) // 20 ms of silence
	fmt.Println(d.Frame(frame) == Started, d.Speaking())
	// Output: false false
}
