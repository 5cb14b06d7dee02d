package mediatest

import (
	"math"
	"testing"
	"time"
)

// bad is the network that calls have to live with.
var bad = Impairment{Loss: 0.05, Reorder: 0.05, Duplicate: 0.02, Jitter: 60 * time.Millisecond, Seed: 1}

const (
	many    = 20_000
	spacing = 20 * time.Millisecond
)

func draw(i Impairment, stream uint64) []Fate {
	f := NewFates(i, stream)
	all := make([]Fate, many)
	for n := range all {
		all[n] = f.Next()
	}
	return all
}

// near demands a rate within four standard deviations.
func near(t *testing.T, what string, n, of int, want float64) {
	t.Helper()
	got, off := float64(n)/float64(of), 4*math.Sqrt(want*(1-want)/float64(of))
	if math.Abs(got-want) > off {
		t.Errorf("%s: %.4f, want %.4f ± %.4f", what, got, want, off)
	}
}

func TestPacketsFareAsOftenAsAsked(t *testing.T) {
	var lost, held, twice int
	var sum, least, most time.Duration
	least = bad.Jitter
	for _, f := range draw(bad, 0) {
		switch {
		case f.Lost:
			lost++
			continue
		case f.Held:
			held++
		}
		if f.Twice {
			twice++
		}
		sum, least, most = sum+f.Delay, min(least, f.Delay), max(most, f.Delay)
	}
	near(t, "loss", lost, many, bad.Loss)
	near(t, "reordering", held, many-lost, bad.Reorder)
	near(t, "duplication", twice, many-lost, bad.Duplicate)
	if mean := sum / time.Duration(many-lost); mean < 29*time.Millisecond || mean > 31*time.Millisecond || least > time.Millisecond || most < 59*time.Millisecond || most > bad.Jitter {
		t.Errorf("delays are %s to %s, %s on average; want 0 to 60 ms, 30 ms", least, most, mean)
	}
}

func TestFatesFollowTheSeedAndTheStreamAlone(t *testing.T) {
	first, again, other := draw(bad, 0), draw(bad, 0), draw(bad, 1)
	worse := bad
	worse.Loss = 0.2
	more := draw(worse, 0)
	reseeded := bad
	reseeded.Seed = 2
	seed := draw(reseeded, 0)
	same, sameSeed := 0, 0
	for n := range first {
		if first[n] != again[n] {
			t.Fatalf("packet %d: %+v, then %+v", n, first[n], again[n])
		}
		if first[n] == other[n] && !first[n].Lost {
			same++
		}
		if first[n] == seed[n] && !first[n].Lost {
			sameSeed++
		}
		if !more[n].Lost && more[n] != first[n] {
			t.Fatalf("packet %d: more loss changed %+v to %+v", n, first[n], more[n])
		}
	}
	if same > 0 || sameSeed > 0 {
		t.Errorf("%d packets fare alike in two streams, %d with two seeds", same, sameSeed)
	}
}

// through lets packets, each of which is its number, pass a queue, and gives them as
// they leave, with the time that each took.
func through(i Impairment, count int) (numbers []int, took []time.Duration, c Counts) {
	q := queue{fates: NewFates(i, 0)}
	begin := time.Unix(0, 0)
	leave := func(now time.Time) {
		for {
			data, ok := q.pop(now)
			if !ok {
				return
			}
			n := int(data[0])<<8 | int(data[1])
			numbers = append(numbers, n)
			took = append(took, now.Sub(begin.Add(time.Duration(n)*spacing)))
		}
	}
	drain := func(until time.Time) {
		for at, ok := q.next(); ok && !at.After(until); at, ok = q.next() {
			leave(at)
		}
	}
	now := begin
	for n := range count {
		now = begin.Add(time.Duration(n) * spacing)
		drain(now)
		buf := []byte{byte(n >> 8), byte(n)}
		q.push(now, buf)
		clear(buf) // it is the caller's again
	}
	drain(now.Add(time.Minute))
	return numbers, took, q.counts
}

func TestAGoodNetworkChangesNothing(t *testing.T) {
	numbers, took, c := through(Impairment{}, 1000)
	for i, n := range numbers {
		if n != i || took[i] != 0 {
			t.Fatalf("packet %d comes at place %d after %s", n, i, took[i])
		}
	}
	if want := (Counts{Came: 1000, Left: 1000}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
}

func TestAHeldPacketFollowsTheNext(t *testing.T) {
	i := Impairment{Reorder: 0.05, Seed: 3}
	numbers, _, c := through(i, many)
	if len(numbers) != many {
		t.Fatalf("%d of %d packets left", len(numbers), many)
	}
	behind, top := 0, -1
	for _, n := range numbers {
		if n < top {
			behind++
		}
		top = max(top, n)
	}
	if lastHeld := draw(i, 0)[many-1].Held; behind != c.Held && !lastHeld {
		t.Errorf("%d packets were overtaken, %d were held", behind, c.Held)
	}
	near(t, "reordering", behind, many, i.Reorder)
}

func TestAHeldPacketLeavesThoughNoneFollows(t *testing.T) {
	numbers, took, _ := through(Impairment{Reorder: 1}, 1)
	if len(numbers) != 1 || took[0] != longestHold {
		t.Errorf("left: %v, after %v", numbers, took)
	}
}

func TestJitterAboveTheSpacingReordersByItself(t *testing.T) {
	numbers, took, c := through(Impairment{Jitter: 60 * time.Millisecond, Seed: 4}, many)
	behind, top := 0, -1
	for i, n := range numbers {
		if took[i] < 0 || took[i] > 60*time.Millisecond {
			t.Fatalf("packet %d took %s", n, took[i])
		}
		if n < top {
			behind++
		}
		top = max(top, n)
	}
	if share := float64(behind) / many; c.Held != 0 || share < 0.2 || share > 0.4 {
		t.Errorf("%.3f of the packets were overtaken, want about 0.28", share)
	}
}

func TestWhatLeavesIsWhatCame(t *testing.T) {
	numbers, _, c := through(bad, many)
	if c.Came != many || c.Left != c.Came-c.Lost+c.Twice || len(numbers) != c.Left {
		t.Errorf("%d left: %+v", len(numbers), c)
	}
	times := make([]int, many)
	for _, n := range numbers {
		times[n]++
	}
	for n, f := range draw(bad, 0) {
		want := 1
		if f.Lost {
			want = 0
		} else if f.Twice {
			want = 2
		}
		if times[n] != want {
			t.Fatalf("packet %d left %d times, its fate is %+v", n, times[n], f)
		}
	}
}
