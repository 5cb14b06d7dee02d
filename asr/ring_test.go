package asr

import (
	"testing"

	"pgregory.net/rapid"
)

// What comes out is what went in, in order, less the oldest; positions name the
// very samples; every loss is counted and told as a gap.
func TestRingKeepsTheNewestInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRing(rapid.IntRange(1, 50).Draw(t, "size"))
		var wrote, took, lost int64
		gap := false
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "put") {
				in := make([]int16, rapid.IntRange(0, 80).Draw(t, "n"))
				for i := range in {
					in[i] = int16(wrote)
					wrote++
				}
				n := r.put(in)
				lost += int64(n)
				gap = gap || n > 0
				continue
			}
			out := make([]int16, rapid.IntRange(1, 80).Draw(t, "want"))
			n, at, told := r.take(out)
			if told != gap {
				t.Fatalf("gap told %v, was %v", told, gap)
			}
			gap = false
			for i, v := range out[:n] {
				if v != int16(at)+int16(i) {
					t.Fatalf("sample at %d is that of %d", at+int64(i), v)
				}
			}
			took += int64(n)
		}
		if took+lost+int64(r.len()) != wrote {
			t.Fatalf("wrote %d, took %d, lost %d, left %d", wrote, took, lost, r.len())
		}
	})
}

func TestRingDoesNotAllocate(t *testing.T) {
	r := newRing(8000)
	frame, batch := make([]int16, 160), make([]int16, 480)
	if got := testing.AllocsPerRun(1000, func() {
		r.put(frame)
		r.take(batch)
	}); got != 0 {
		t.Errorf("%v allocations a frame", got)
	}
}
