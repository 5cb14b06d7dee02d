package vad

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func bell(x float64) float64 { return math.Exp(-x * x) }

// buzz is a vowel-like buzz whose pitch and level move.
func buzz(d time.Duration, level float64) []int16 {
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
	if started, stopped := listen(d, buzz(time.Second, 4000)); started != 1 || stopped != 0 {
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
	d, pcm := New(Config{}), buzz(20*time.Millisecond, 4000)
	if n := testing.AllocsPerRun(200, func() { d.Frame(pcm) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFrame(b *testing.B) {
	d, pcm := New(Config{}), buzz(20*time.Millisecond, 4000)
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
