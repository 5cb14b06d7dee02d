package vad

import (
	"math"
	"math/bits"
)

// spectrum turns a window of sound into powers by frequency (a radix-2 FFT).
type spectrum struct {
	cos, sin [window / 2]float32
	shape    [window]float32
	place    [window]uint8 // of a sample, bits reversed
	re, im   [window]float32
	out      [window / 2]float32
}

func newSpectrum() *spectrum {
	s := new(spectrum)
	for i := range s.cos {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / window)
		s.cos[i], s.sin[i] = float32(cos), float32(-sin)
	}
	for i := range s.shape {
		s.shape[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/window))
		s.place[i] = bits.Reverse8(uint8(i))
	}
	return s
}

func (s *spectrum) power(x *[window]float32) *[window / 2]float32 {
	for i, v := range x {
		s.re[s.place[i]], s.im[s.place[i]] = v*s.shape[i], 0
	}
	for size := 2; size <= window; size *= 2 {
		for at := 0; at < window; at += size {
			s.join(at, size/2, window/size)
		}
	}
	for k := range s.out {
		s.out[k] = s.re[k]*s.re[k] + s.im[k]*s.im[k]
	}
	return &s.out
}

// join makes one transform of two neighbours of half its size.
func (s *spectrum) join(at, half, step int) {
	re, im := s.re[at:at+half], s.im[at:at+half]
	re2, im2 := s.re[at+half:at+2*half], s.im[at+half:at+2*half]
	for k := range re {
		c, n := s.cos[k*step], s.sin[k*step]
		tr, ti := re2[k]*c-im2[k]*n, re2[k]*n+im2[k]*c
		re2[k], im2[k] = re[k]-tr, im[k]-ti
		re[k], im[k] = re[k]+tr, im[k]+ti
	}
}
