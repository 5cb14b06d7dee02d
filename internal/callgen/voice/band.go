package voice

import (
	"math"

	"github.com/callward/callward/internal/callgen/wav"
)

// What a telephone carries (ITU-T G.712), and how loud we make it.
const (
	Rate   = 8000
	lowHz  = 300.0
	highHz = 3400.0
	peak   = 23000 // 3 dB below the loudest sample
	taps   = 64    // of the low-pass filter, to each side, at the telephone's rate
)

// Telephone gives what a telephone carries of a sound: 8 kHz, 300 to 3400 Hz, at
// an even level.
func Telephone(s wav.Sound) []int16 {
	x := make([]float64, len(s.PCM))
	for i, v := range s.PCM {
		x[i] = float64(v)
	}
	x = resample(x, s.Rate)
	highPass(x)
	return level(x)
}

// resample changes the rate to Rate with a windowed-sinc low-pass filter.
func resample(in []float64, rate int) []float64 {
	out := make([]float64, len(in)*Rate/rate)
	filters := map[int][]float64{} // by place between two samples of the input
	for i := range out {
		whole, between := i*rate/Rate, i*rate%Rate
		f := filters[between]
		if f == nil {
			f = filter(float64(between)/Rate, rate)
			filters[between] = f
		}
		first := whole - len(f)/2
		for j := max(0, -first); j < len(f) && first+j < len(in); j++ {
			out[i] += f[j] * in[first+j]
		}
	}
	return out
}

// filter gives the weights of the samples around one that lies between two.
func filter(between float64, rate int) []float64 {
	step := float64(rate) / Rate
	cutoff := 2 * min(highHz, 0.45*float64(rate)) / float64(rate) // of half the input's rate
	half := int(taps / 2 * max(step, 1))
	f := make([]float64, 2*half+1)
	sum := 0.0
	for j := range f {
		f[j] = kernel(float64(j-half)-between, cutoff, float64(half)+1)
		sum += f[j]
	}
	for j := range f {
		f[j] /= sum
	}
	return f
}

// kernel is a sinc under a Hann window.
func kernel(t, cutoff, reach float64) float64 {
	w := 0.5 + 0.5*math.Cos(math.Pi*t/reach)
	x := math.Pi * cutoff * t
	if math.Abs(x) < 1e-9 {
		return w
	}
	return w * math.Sin(x) / x
}

// highPass takes away what lies below the telephone band: a second-order
// Butterworth filter.
func highPass(x []float64) {
	k := math.Tan(math.Pi * lowHz / Rate)
	norm := 1 / (1 + math.Sqrt2*k + k*k)
	a1, a2 := 2*(k*k-1)*norm, (1-math.Sqrt2*k+k*k)*norm
	var x1, x2, y1, y2 float64
	for i, v := range x {
		y := norm*(v-2*x1+x2) - a1*y1 - a2*y2
		x2, x1, y2, y1 = x1, v, y1, y
		x[i] = y
	}
}

func level(x []float64) []int16 {
	loudest := 1.0
	for _, v := range x {
		loudest = max(loudest, math.Abs(v))
	}
	out := make([]int16, len(x))
	for i, v := range x {
		out[i] = int16(math.Round(v * peak / loudest))
	}
	return out
}
