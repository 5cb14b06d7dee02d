package media

import (
	"testing"
)

func TestAScreenedFrameAllocatesNothing(t *testing.T) {
	s, w := agreed(t, Options{})
	s.Hear(nowhere{})
	s.Play(NewHoldMusic())
	s.HideKeys(true)
	n := int64(0)
	if allocs := testing.AllocsPerRun(500, func() {
		n++
		s.tick(w, n)
	}); allocs != 0 {
		t.Errorf("%v allocations a frame", allocs)
	}
}

// While keys are hidden all comes a frame later, and the clock goes on as it did.
func TestAScreenHoldsOneFrame(t *testing.T) {
	s, w := agreed(t, Options{NoVAD: true})
	var got []int16
	var at []int64
	s.Hear(sinkFunc(func(f *Frame) { got, at = append(got, f.PCM[0]), append(at, f.At) }))
	_ = w
	show := func(x int16) {
		f := &Frame{PCM: make([]int16, FrameSamples), Rate: Rate, At: int64(x) * FrameSamples}
		f.PCM[0] = x
		s.in.terms = s.terms.Load()
		if sc := s.screen.Load(); sc != nil {
			s.hideKeys(sc, f)
		}
		tell(s.heard.Load(), f)
	}
	for x := range int16(9) {
		s.HideKeys(x >= 3 && x < 6)
		show(x)
	}
	want := []int16{0, 1, 2, 0, 3, 4, 6, 7, 8}
	for i := range want {
		if got[i] != want[i] || at[i] != int64(i)*FrameSamples {
			t.Fatalf("heard %v at %v, want %v", got, at, want)
		}
	}
}

func BenchmarkScreenedFrame(b *testing.B) {
	s, w := agreed(b, Options{NoVAD: true})
	s.Hear(nowhere{})
	s.Play(NewHoldMusic())
	s.HideKeys(true)
	b.ReportAllocs()
	for n := int64(1); b.Loop(); n++ {
		s.tick(w, n)
	}
}
