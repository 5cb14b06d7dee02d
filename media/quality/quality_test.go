package quality

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestLossIsCountedOverAWrapAndByInterval(t *testing.T) {
	var r Reception
	at := int64(1000)
	seq := uint16(65530)
	for i := range 20 {
		if i%4 != 3 { // every fourth is lost
			r.Packet(7, seq, uint32(i)*160, at+int64(i)*160)
		}
		seq++
	}
	got := r.Report() // the last that came is the 19th
	if got.SSRC != 7 || got.Lost != 4 || got.Fraction != 4*256/19 || got.Jitter != 0 || got.Highest != 65536+12 {
		t.Errorf("%+v", got)
	}
	for i := 20; i < 30; i++ {
		r.Packet(7, seq, uint32(i)*160, at+int64(i)*160)
		seq++
	}
	if got := r.Report(); got.Fraction != 256*1/11 || got.Lost != 5 { // the 20th
		t.Errorf("%+v", got)
	}
}

// The vector of RFC 3550 A.8: the estimate moves by a sixteenth of each difference.
func TestJitterIsSmoothed(t *testing.T) {
	var r Reception
	for i := range 2000 {
		late := int64(0)
		if i%2 == 1 {
			late = 80
		}
		r.Packet(1, uint16(i), uint32(i)*160, int64(i)*160+late)
	}
	if j := r.Jitter(); j < 75 || j > 80 {
		t.Errorf("jitter %d of packets that are 80 ticks late every other time", j)
	}
}

func TestAnotherSourceAndALeapBeginAnew(t *testing.T) {
	var r Reception
	if r.Heard() {
		t.Error("heard nothing yet")
	}
	for i := range 10 {
		r.Packet(1, uint16(2*i), 0, 0)
	}
	r.Packet(2, 500, 0, 0)
	if got := r.Report(); got.SSRC != 2 || got.Lost != 0 {
		t.Errorf("%+v", got)
	}
	r.Packet(2, 30000, 0, 0)
	if got := r.Report(); got.Lost != 0 || got.Highest != 30000 {
		t.Errorf("%+v", got)
	}
}

func TestMOSOfKnownPaths(t *testing.T) {
	for _, c := range []struct {
		lost  float64
		delay time.Duration
		want  float64
	}{
		{0, 0, 4.41},
		{0, 100 * time.Millisecond, 4.35},
		{0, 400 * time.Millisecond, 3.1},
		{0.01, 100 * time.Millisecond, 4.25},
		{0.05, 100 * time.Millisecond, 3.85},
		{0.2, 100 * time.Millisecond, 2.6},
		{1, 0, 1},
	} {
		if got := MOS(c.lost, c.delay); math.Abs(got-c.want) > 0.3 {
			t.Errorf("MOS(%v, %v) = %.2f, want about %.2f", c.lost, c.delay, got, c.want)
		}
	}
}

// Whatever comes, a report is in its bounds, and worse sound is never judged better.
func TestReportsStayInTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Reception
		for _, p := range rapid.SliceOfN(rapid.Uint64(), 1, 200).Draw(t, "packets") {
			r.Packet(uint32(p>>60), uint16(p), uint32(p>>16), int64(p>>8))
			if p%7 == 0 {
				if got := r.Report(); got.Lost < -1<<23 || got.Lost >= 1<<23 {
					t.Fatalf("%+v", got)
				}
			}
		}
		a, b := rapid.Float64Range(0, 1).Draw(t, "a"), rapid.Float64Range(0, 1).Draw(t, "b")
		d := time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "delay"))
		if MOS(max(a, b), d) > MOS(min(a, b), d)+1e-9 || MOS(a, d) < 1 || MOS(a, d) > 4.5 {
			t.Fatalf("MOS(%v) %v, MOS(%v) %v", a, MOS(a, d), b, MOS(b, d))
		}
	})
}

// The packets of a key have one timestamp while it is held: that is no jitter.
func TestAKeyThatIsHeldIsNoJitter(t *testing.T) {
	var r Reception
	for i := range uint16(200) {
		at := int64(i) * 160
		stamp := uint32(at)
		if i >= 100 && i < 150 {
			stamp = 100 * 160
		}
		r.Packet(1, i, stamp, at)
	}
	if r.Jitter() > 1 {
		t.Errorf("jitter of %d ticks", r.Jitter())
	}
}
