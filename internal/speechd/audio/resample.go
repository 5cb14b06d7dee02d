// Package audio changes the layout and the rate of speech: G.711 and linear
// samples, and any rate to any other by a windowed sinc. It is pure.
package audio

import "math"

// half is how many samples of the lower rate lie on each side of the filter.
const half = 16

// A Resampler changes the rate of one stream, piece by piece. Its output lags
// by half a filter, about 2 ms at 8 kHz; Flush gives what is left.
type Resampler struct {
	up, down int       // out rate : in rate, in lowest terms
	taps     []float32 // of all phases, one phase after the other
	width    int       // taps of a phase
	past     []float32 // input still needed
	at       int       // position of the next output, in steps of 1/up input samples
	in, out  int64
}

// NewResampler changes from one rate to another, both in Hz.
func NewResampler(from, to int) *Resampler {
	g := gcd(from, to)
	r := &Resampler{up: to / g, down: from / g}
	if r.up == r.down {
		return r
	}
	r.design()
	r.past = make([]float32, r.width-1)
	r.at = r.width / 2 * r.up // the filter's middle lies on the first sample
	return r
}

// design makes the low-pass filter: a sinc at 0.92 of the lower Nyquist under
// a Kaiser window of 70 dB, cut into phases.
func (r *Resampler) design() {
	scale := math.Max(1, float64(r.down)/float64(r.up)) // input samples in a lower one
	r.width = 2 * int(math.Ceil(half*scale))
	n := r.width * r.up
	centre := float64(n) / 2
	cutoff := 0.92 / scale // of the input's Nyquist
	r.taps = make([]float32, n)
	for phase := range r.up {
		for k := range r.width {
			t := float64(k*r.up+phase) - centre
			x := t / float64(r.up)
			v := cutoff * sinc(cutoff*x) * kaiser(t/centre)
			r.taps[phase*r.width+r.width-1-k] = float32(v)
		}
	}
}

func sinc(x float64) float64 {
	if math.Abs(x) < 1e-9 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

const kaiserBeta = 7

func kaiser(x float64) float64 {
	if math.Abs(x) >= 1 {
		return 0
	}
	return bessel(kaiserBeta*math.Sqrt(1-x*x)) / bessel(kaiserBeta)
}

// bessel is the modified Bessel function of order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; k < 40; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

// Write takes a piece of input and gives the output that is complete.
func (r *Resampler) Write(pcm []int16) []int16 {
	if r.up == r.down {
		return pcm
	}
	r.in += int64(len(pcm))
	for _, s := range pcm {
		r.past = append(r.past, float32(s))
	}
	out := make([]int16, 0, len(pcm)*r.up/r.down+1)
	for r.at/r.up+r.width <= len(r.past) {
		out = append(out, r.sample())
		r.at += r.down
	}
	used := min(r.at/r.up, len(r.past))
	r.past = append(r.past[:0], r.past[used:]...)
	r.at -= used * r.up
	r.out += int64(len(out))
	return out
}

func (r *Resampler) sample() int16 {
	start := r.at / r.up
	taps := r.taps[r.at%r.up*r.width:][:r.width]
	sum := float32(0)
	for i, v := range r.past[start : start+r.width] {
		sum += v * taps[i]
	}
	return clip(sum)
}

// Flush gives the rest, so that output and input last equally long.
func (r *Resampler) Flush() []int16 {
	if r.up == r.down {
		return nil
	}
	want := r.in*int64(r.up)/int64(r.down) - r.out
	if want <= 0 {
		return nil
	}
	in, out := r.in, r.out
	rest := r.Write(make([]int16, r.width+r.down/r.up+1))
	rest = rest[:min(int64(len(rest)), want)]
	r.in, r.out = in, out+int64(len(rest))
	return rest
}

func clip(v float32) int16 {
	switch {
	case v >= math.MaxInt16:
		return math.MaxInt16
	case v <= math.MinInt16:
		return math.MinInt16
	}
	return int16(math.RoundToEven(float64(v)))
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
