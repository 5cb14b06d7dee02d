package asr

import (
	"testing"

	"pgregory.net/rapid"
)

// What is read is what was put at that position; never more is kept than may be, and
// what was not trimmed, up to that, is.
func TestRingKeepsTheNewestInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 3*blockSamples).Draw(t, "most")
		r := newRing(most)
		var wrote, oldest int64
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				to := oldest + int64(rapid.IntRange(0, 2*blockSamples).Draw(t, "trimmed"))
				r.trim(to)
				oldest = max(oldest, min(to, wrote))
			case 1:
				n := rapid.IntRange(0, 2000).Draw(t, "skipped")
				r.skip(n)
				wrote += int64(n)
				oldest = wrote
			default:
				in := make([]int16, rapid.IntRange(0, 2*blockSamples).Draw(t, "n"))
				for i := range in {
					in[i] = int16(wrote)
					wrote++
				}
				r.put(in)
				oldest = max(oldest, wrote-int64(most))
			}
			if r.next != wrote || r.first != oldest {
				t.Fatalf("it keeps %d to %d, not %d to %d", r.first, r.next, oldest, wrote)
			}
			from := r.first + int64(rapid.IntRange(-10, most).Draw(t, "from"))
			out := make([]int16, rapid.IntRange(0, 1000).Draw(t, "want"))
			got, from := r.read(from, out), max(from, oldest)
			if want := min(int64(len(out)), max(wrote-from, 0)); int64(got) != want {
				t.Fatalf("%d samples from %d, not %d", got, from, want)
			}
			for i, v := range out[:got] {
				if v != int16(from+int64(i)) {
					t.Fatalf("sample at %d is that of %d", from+int64(i), v)
				}
			}
		}
		if r.free(); len(r.blocks) > 0 || r.first != r.next {
			t.Fatal("something is left")
		}
	})
}

func TestRingDoesNotAllocate(t *testing.T) {
	r := newRing(8000)
	frame, batch := make([]int16, 160), make([]int16, 480)
	if got := testing.AllocsPerRun(1000, func() {
		r.put(frame)
		r.read(r.next-480, batch)
	}); got >= 1 { // less than one: a collection may empty the pool of blocks
		t.Errorf("%v allocations a frame", got)
	}
}
