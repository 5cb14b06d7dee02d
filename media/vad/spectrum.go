package vad

import (
	"math"
	"math/bits"
)

// points of the complex transform that does for a window of real samples.
const points = window / 2

// spectrum turns a window of sound into powers by frequency: a radix-2 FFT over
// pairs of samples, taken apart afterwards.
type spectrum struct {
	turn   [points]complex64 // e^(-2 pi i k / window)
	shape  [window]float32
	place  [points]uint8 // of a pair, bits reversed
	pairs  [points]complex64
	powers [points]float32
}

func newSpectrum() *spectrum {
	s := new(spectrum)
	for k := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / window)
		s.turn[k] = complex(float32(cos), float32(-sin))
		s.place[k] = bits.Reverse8(uint8(k)) >> 1
	}
	for i := range s.shape {
		s.shape[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/window))
	}
	return s
}

// power gives the powers of x by frequency, in steps of 31.25 Hz.
func (s *spectrum) power(x *[window]float32) *[points]float32 {
	for k, at := range s.place {
		s.pairs[at] = complex(x[2*k]*s.shape[2*k], x[2*k+1]*s.shape[2*k+1])
	}
	for size := 2; size <= points; size *= 2 {
		for at := 0; at < points; at += size {
			s.join(s.pairs[at:at+size], window/size)
		}
	}
	s.part()
	return &s.powers
}

// join makes one transform of the two halves of p. The products are written out:
// the compiler's own for complex numbers are slower.
func (s *spectrum) join(p []complex64, step int) {
	low, high := p[:len(p)/2], p[len(p)/2:]
	for k, l := range low {
		w, h := s.turn[k*step%points], high[k]
		re := real(h)*real(w) - imag(h)*imag(w)
		im := real(h)*imag(w) + imag(h)*real(w)
		low[k] = complex(real(l)+re, imag(l)+im)
		high[k] = complex(real(l)-re, imag(l)-im)
	}
}

// part finds the spectrum of the samples in that of the pairs.
func (s *spectrum) part() {
	for k := range points {
		a, b, w := s.pairs[k], s.pairs[(points-k)%points], s.turn[k]
		evenRe, evenIm := real(a)+real(b), imag(a)-imag(b)
		oddRe, oddIm := imag(a)+imag(b), real(b)-real(a)
		re := evenRe + oddRe*real(w) - oddIm*imag(w)
		im := evenIm + oddRe*imag(w) + oddIm*real(w)
		s.powers[k] = (re*re + im*im) / 4
	}
}
