package resample

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func sine(hz, rate float64, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(math.Round(10000 * math.Sin(2*math.Pi*hz*float64(i)/rate)))
	}
	return pcm
}

// level of hz in pcm, in dB of what sine makes; the ends are left out.
func level(pcm []int16, hz, rate float64) float64 {
	pcm = pcm[200 : len(pcm)-200]
	var re, im float64
	for i, s := range pcm {
		window := 1 - math.Cos(2*math.Pi*float64(i)/float64(len(pcm)))
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / rate)
		re, im = re+window*cos*float64(s), im+window*sin*float64(s)
	}
	return 20 * math.Log10(math.Hypot(re, im)*2/float64(len(pcm))/10000+1e-9)
}

func TestTheBandIsFlatAndTheRestIsGone(t *testing.T) {
	for hz := 100.0; hz <= 3400; hz += 100 {
		up := new(Up).Resample(make([]int16, 16000), sine(hz, 8000, 8000))
		if l := level(up, hz, 16000); math.Abs(l) > 0.5 {
			t.Errorf("up: %v Hz at %.2f dB", hz, l)
		}
		if l := level(up, 8000-hz, 16000); l > -50 {
			t.Errorf("up: the image of %v Hz at %.1f dB", hz, l)
		}
		down := new(Down).Resample(make([]int16, 8000), sine(hz, 16000, 16000))
		if l := level(down, hz, 8000); math.Abs(l) > 0.5 {
			t.Errorf("down: %v Hz at %.2f dB", hz, l)
		}
	}
	for hz := 4600.0; hz < 7900; hz += 100 {
		down := new(Down).Resample(make([]int16, 8000), sine(hz, 16000, 16000))
		if l := level(down, 8000-hz, 8000); l > -50 {
			t.Errorf("down: %v Hz at %.1f dB", hz, l)
		}
	}
}

func TestPiecesMakeTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	in := make([]int16, 4000)
	for i := range in {
		in[i] = int16(r.IntN(65536) - 32768) // loud noise: it clips, and must not wrap
	}
	whole := new(Up).Resample(make([]int16, 8000), in)
	halves := new(Down).Resample(make([]int16, 4000), whole)
	var u Up
	var d Down
	var up, down []int16
	for at := 0; at < len(in); {
		n := min(1+r.IntN(400), len(in)-at)
		piece := u.Resample(make([]int16, 2*n), in[at:at+n])
		up = append(up, piece...)
		down = append(down, d.Resample(make([]int16, n), piece)...)
		at += n
	}
	if !slices.Equal(up, whole) || !slices.Equal(down, halves) {
		t.Error("pieces differ from the whole")
	}
	u.Reset()
	d.Reset()
	if u != (Up{}) || d != (Down{}) {
		t.Error("something is left after a reset")
	}
}

func TestLoudSoundIsClippedNotWrapped(t *testing.T) {
	square := make([]int16, 1600)
	for i := range square {
		square[i] = math.MaxInt16
		if i/20%2 == 1 {
			square[i] = math.MinInt16
		}
	}
	up := new(Up).Resample(make([]int16, 3200), square)
	for i := 100; i < 3000; i++ {
		want := square[(i-21)/2]
		if near := (i - 21) / 2 % 20; near > 5 && near < 14 && (want > 0) != (up[i] > 0) {
			t.Fatalf("sample %d is %d where %d was", i, up[i], want)
		}
	}
}

// The last odd samples have the sign of their weights, and so add up to more than full scale.
func TestHalvingClipsToo(t *testing.T) {
	src := make([]int16, 400)
	for i := range src {
		src[i] = math.MaxInt16
		if i%2 == 1 && filter[(399-i)/2%taps] < 0 {
			src[i] = math.MinInt16
		}
	}
	var d Down
	out := d.Resample(make([]int16, 200), src)
	if last := out[199]; last != math.MaxInt16 {
		t.Errorf("what is louder than full scale becomes %d", last)
	}
	for i := range src {
		src[i] = ^src[i]
	}
	d.Reset()
	if last := d.Resample(out, src)[199]; last != math.MinInt16 {
		t.Errorf("what is louder than full scale becomes %d", last)
	}
}

// The delay is 21 samples at 16 kHz.
func TestTheDelayIsAsStated(t *testing.T) {
	pulse := make([]int16, 400)
	pulse[100] = 20000
	up := new(Up).Resample(make([]int16, 800), pulse)
	if at := slices.Index(up, slices.Max(up)); at != 221 {
		t.Errorf("up: a pulse at 200 comes at %d", at)
	}
	pulse[200], pulse[100] = 20000, 0
	down := new(Down).Resample(make([]int16, 200), pulse)
	if at := slices.Index(down, slices.Max(down)); at != 110 {
		t.Errorf("down: a pulse at 100 comes at %d", at)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var u Up
	var d Down
	low, high := make([]int16, 160), make([]int16, 320)
	if n := testing.AllocsPerRun(100, func() { d.Resample(low, u.Resample(high, low)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUp(b *testing.B) {
	var u Up
	low, high := make([]int16, 160), make([]int16, 320)
	for b.Loop() {
		u.Resample(high, low)
	}
}

func BenchmarkDown(b *testing.B) {
	var d Down
	low, high := make([]int16, 160), make([]int16, 320)
	for b.Loop() {
		d.Resample(low, high)
	}
}
