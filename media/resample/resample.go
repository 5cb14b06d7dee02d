// Package resample doubles and halves the rate of speech, between 8 and 16 kHz, piece
// by piece. It is pure: no goroutine, no clock, no allocation.
//
// Both ways use one half-band filter of 43 taps: flat within 0.5 dB to 3.4 kHz, 50 dB
// down from 4.6 kHz, and 21 samples at 16 kHz late, which is 1.3 ms.
package resample

import "math"

const (
	taps   = 22 // of the filter, without the zeros and the middle
	middle = 10 // samples at 8 kHz between the newest and the middle
	unit   = 1 << 14
	beta   = 5 // of the Kaiser window: 53 dB
	chunk  = 160
)

// filter holds every other tap of the filter, times two: a sinc that is zero at
// half the lower rate, under a Kaiser window. The middle one is 1, all others are zero.
var filter = design() //nolint:gochecknoglobals // computed once, only read

func design() (h [taps]int32) {
	sum, w := 0.0, [taps]float64{}
	for i := range w {
		x := float64(2*i - (taps - 1)) // samples at 16 kHz from the middle: odd
		at := x / taps
		w[i] = math.Sin(math.Pi*x/2) / (math.Pi * x / 2) * bessel(beta*math.Sqrt(1-at*at)) / bessel(beta)
		sum += w[i]
	}
	for i := range h {
		h[i] = int32(math.Round(w[i] / sum * unit))
	}
	return h
}

// bessel is the modified one of order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x / (2 * k) * x / (2 * k)
		sum += term
	}
	return sum
}

// Up doubles the rate. The zero value is ready.
type Up struct{ past [taps - 1]int16 }

// Resample fills the first 2*len(src) samples of dst and returns them.
func (u *Up) Resample(dst, src []int16) []int16 {
	dst = dst[:2*len(src)]
	for out := dst; len(src) > 0; {
		n := min(len(src), chunk)
		u.piece(out[:2*n], src[:n])
		src, out = src[n:], out[2*n:]
	}
	return dst
}

func (u *Up) piece(dst, src []int16) {
	var x [taps - 1 + chunk]int16
	copy(x[:], u.past[:])
	copy(x[taps-1:], src)
	for i := range src {
		dst[2*i] = clip(convolve((*[taps]int16)(x[i:])) >> 14)
		dst[2*i+1] = x[i+taps-1-middle] //nolint:gosec // at most chunk
	}
	copy(u.past[:], x[len(src):])
}

// Reset forgets what came before.
func (u *Up) Reset() { *u = Up{} }

// Down halves the rate. The zero value is ready.
type Down struct {
	odd  [taps - 1]int16
	even [middle]int16
}

// Resample fills the first len(src)/2 samples of dst and returns them. src holds whole
// pairs: a single last sample is left out. dst may be src.
func (d *Down) Resample(dst, src []int16) []int16 {
	dst = dst[:len(src)/2]
	for out := dst; len(out) > 0; {
		n := min(len(out), chunk)
		d.piece(out[:n], src[:2*n])
		src, out = src[2*n:], out[n:]
	}
	return dst
}

func (d *Down) piece(dst, src []int16) {
	var odd [taps - 1 + chunk]int16
	var even [middle + chunk]int16
	copy(odd[:], d.odd[:])
	copy(even[:], d.even[:])
	for i := range dst {
		even[middle+i], odd[taps-1+i] = src[2*i], src[2*i+1] //nolint:gosec // at most chunk
	}
	for i := range dst {
		dst[i] = clip((convolve((*[taps]int16)(odd[i:])) + int32(even[i])*unit) >> 15)
	}
	copy(d.odd[:], odd[len(dst):])
	copy(d.even[:], even[len(dst):])
}

// Reset forgets what came before.
func (d *Down) Reset() { *d = Down{} }

// convolve weighs samples by the filter, which is the same from both ends. It is
// written out because the compiler does not unroll loops: this takes half the time.
func convolve(x *[taps]int16) int32 {
	f := &filter
	return f[0]*(int32(x[0])+int32(x[21])) + f[1]*(int32(x[1])+int32(x[20])) +
		f[2]*(int32(x[2])+int32(x[19])) + f[3]*(int32(x[3])+int32(x[18])) +
		f[4]*(int32(x[4])+int32(x[17])) + f[5]*(int32(x[5])+int32(x[16])) +
		f[6]*(int32(x[6])+int32(x[15])) + f[7]*(int32(x[7])+int32(x[14])) +
		f[8]*(int32(x[8])+int32(x[13])) + f[9]*(int32(x[9])+int32(x[12])) +
		f[10]*(int32(x[10])+int32(x[11]))
}

func clip(x int32) int16 { return int16(max(math.MinInt16, min(math.MaxInt16, x))) } //nolint:gosec // just bounded
