package bench

import (
	"testing"
	"time"
)

// played hears one packet for each 20 ms, but for those that come when a stall ends.
func played(calls *callers, port uint16, sequences []uint16, at func(uint16) time.Duration) {
	for _, s := range sequences {
		calls.hear(packetOf(s), port, at(s))
	}
}

func numbersFrom(first, n uint16) (out []uint16) {
	for i := range n {
		out = append(out, first+i)
	}
	return out
}

func TestAStallThatIsCaughtUpLeavesNothing(t *testing.T) {
	onTime := func(s uint16) time.Duration { return time.Duration(s) * frameTime }
	for name, c := range map[string]struct {
		after   []uint16
		at      func(uint16) time.Duration
		missing int
		delay   float64
	}{
		"caught up":         {numbersFrom(11, 20), func(s uint16) time.Duration { return max(onTime(s), onTime(20)) }, 0, 0},
		"all come later":    {numbersFrom(11, 20), func(s uint16) time.Duration { return onTime(s + 10) }, 10, 200},
		"numbers left out":  {numbersFrom(21, 10), onTime, 10, 0},
		"sound was skipped": {numbersFrom(11, 10), func(s uint16) time.Duration { return onTime(s + 10) }, 10, 200},
	} {
		calls := &callers{ends: []*end{{}}, by: map[uint16]*end{}}
		calls.by[1] = calls.ends[0]
		calls.begin()
		played(calls, 1, numbersFrom(1, 10), onTime)
		from := calls.progress()
		calls.begin()
		played(calls, 1, c.after, c.at)
		var s Stall
		s.compare(from, calls.progress())
		if s.Missing != c.missing || s.Delay != c.delay {
			t.Errorf("%s: %d packets missing and %v ms late, want %d and %v", name, s.Missing, s.Delay, c.missing, c.delay)
		}
	}
}

func TestTheBestWindowIsThatOfTheLeastCPUWithItsOwnPacing(t *testing.T) {
	windows := []Row{
		{CPU: 3, MemoryMB: 10, Pacing: Quantiles{P99: 2}},
		{CPU: 1, MemoryMB: 30, Pacing: Quantiles{P99: 3}},
		{CPU: 2, MemoryMB: 20, Pacing: Quantiles{P99: 1}},
	}
	n := 0
	b := bench{Options: Options{Tries: len(windows)}}
	row, err := b.best(func() (Row, error) {
		w := windows[n]
		w.BestPacing = w.Pacing
		n++
		return w, nil
	})
	if err != nil || row.CPU != 1 || row.Pacing.P99 != 3 || row.BestPacing.P99 != 1 || row.MemoryMB != 30 {
		t.Errorf("%+v, %v", row, err)
	}
}

func TestASlopeLeavesOutWhatIsSpentOnceAndRowsThatFellBehind(t *testing.T) {
	r := MediaReport{Rows: []Row{
		{Kind: Music, Calls: 100, CPU: 15, Packets: 50}, // 10 % and 5 % for 100 calls
		{Kind: Music, Calls: 300, CPU: 25. / 3, Packets: 50},
		{Kind: Music, Calls: 1000, CPU: 10, Packets: 40},
		{Kind: Bot, Calls: 100, CPU: 20, Packets: 50},
	}}
	r.measureSlopes()
	if len(r.Slopes) != 1 {
		t.Fatalf("slopes %+v", r.Slopes)
	}
	if s := r.Slopes[0]; s.From != 100 || s.To != 300 || s.CPU < 4.99 || s.CPU > 5.01 || s.Most < 1795 || s.Most > 1805 {
		t.Errorf("%+v", s)
	}
}

func TestSampledCallsAreOpenedAndOthersOnlyStamped(t *testing.T) {
	suite, err := suiteOf("AES_CM_128_HMAC_SHA1_80")
	if err != nil {
		t.Fatal(err)
	}
	calls := &callers{by: map[uint16]*end{}}
	for i := range 2 * sampled {
		server, err := newKeys(suite)
		if err != nil {
			t.Fatal(err)
		}
		k, err := newKeys(suite)
		if err != nil {
			t.Fatal(err)
		}
		said := server.own
		if i == sampled {
			said = k.own // of somebody else
		}
		if err := k.theirs(said); err != nil {
			t.Fatal(err)
		}
		k.sample(i)
		port := uint16(i)
		calls.by[port] = &end{keys: k}
		sealed := server.seal(packetOf(1))
		if len(sealed) != packetSize+tagSize(suite) {
			t.Fatalf("%d bytes", len(sealed))
		}
		calls.hear(sealed, port, 0)
	}
	if got := calls.got; got.packets != 2*sampled || got.checked != 1 || got.voiced != 1 || got.unopened != 1 {
		t.Errorf("%+v", got)
	}
}
