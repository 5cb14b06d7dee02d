package bench

import (
	"encoding/binary"
	"testing"
	"time"
)

// packetOf is a packet of sound with a number.
func packetOf(sequence uint16) []byte {
	b := make([]byte, packetSize)
	binary.BigEndian.PutUint16(b[2:], sequence)
	b[headerSize+1] = 1
	return b
}

func TestGapsAreMeasuredAgainstTheNumberOfFrames(t *testing.T) {
	const port = 4000
	for name, c := range map[string]struct {
		sequences []uint16
		at        []int // milliseconds
		apart     []float32
		lost      int
	}{
		"even":          {[]uint16{1, 2, 3}, []int{0, 20, 40}, []float32{0, 0}, 0},
		"late":          {[]uint16{1, 2, 3}, []int{0, 25, 40}, []float32{5, 5}, 0},
		"left out":      {[]uint16{1, 2}, []int{0, 40}, []float32{20}, 0},
		"lost":          {[]uint16{1, 3}, []int{0, 40}, []float32{0}, 1},
		"numbers wrap":  {[]uint16{65535, 0}, []int{0, 21}, []float32{1}, 0},
		"same again":    {[]uint16{7, 7}, []int{0, 1}, nil, 0},
		"only a packet": {[]uint16{7}, []int{0}, nil, 0},
	} {
		calls := &callers{by: map[uint16]*end{port: {}}}
		for i, s := range c.sequences {
			calls.hear(packetOf(s), port, time.Duration(c.at[i])*time.Millisecond)
		}
		got := calls.got
		if got.packets != len(c.sequences) || got.lost != c.lost || len(got.apart) != len(c.apart) {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		for i, want := range c.apart {
			if got.apart[i] != want {
				t.Errorf("%s: gaps %v, want %v", name, got.apart, c.apart)
			}
		}
	}
}

func TestACallThatHearsNothingIsBroken(t *testing.T) {
	calls := &callers{ends: []*end{{}, {}}, by: map[uint16]*end{}}
	calls.by[1], calls.by[2] = calls.ends[0], calls.ends[1]
	calls.begin()
	if err := calls.end().check(2); err == nil {
		t.Error("no packet at all was taken")
	}
	calls.begin()
	calls.hear(packetOf(1), 1, 0)
	calls.hear(packetOf(1), 3, 0) // of nobody
	got := calls.end()
	if got.packets != 1 || got.mute != 1 || got.check(2) == nil {
		t.Errorf("%+v", got)
	}
}

func TestQuantilesAreThoseOfTheSortedValues(t *testing.T) {
	values := make([]float32, 1001)
	for i := range values {
		values[i] = float32(1000 - i)
	}
	if q := quantiles(values); q != (Quantiles{P50: 500, P99: 990, P999: 999, Max: 1000}) {
		t.Errorf("%+v", q)
	}
	if q := quantiles(nil); q != (Quantiles{}) {
		t.Errorf("%+v", q)
	}
}

func TestTheEndOfWhatAProgramWritesIsKept(t *testing.T) {
	var last tail
	for range 1000 {
		_, _ = last.Write([]byte("0123456789"))
	}
	_, _ = last.Write([]byte("the end\n"))
	if got := last.last(); len(got) != tailSize-1 || got[len(got)-7:] != "the end" {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}
