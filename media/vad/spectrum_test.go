package vad

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

func TestTheTransformIsThatOfItsDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var x [window]float32
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	s := newSpectrum()
	got := s.power(&x)
	for k := range points {
		var sum complex128
		for i, v := range x {
			sum += complex(float64(v*s.shape[i]), 0) * cmplx.Rect(1, -2*math.Pi*float64(i*k)/window)
		}
		want := real(sum)*real(sum) + imag(sum)*imag(sum)
		if math.Abs(float64(got[k])-want) > 1e-3*(1+want) {
			t.Fatalf("bin %d: %v, want %v", k, got[k], want)
		}
	}
}
