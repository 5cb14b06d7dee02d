package media

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// spoken is a source whose frames say who they are.
type spoken struct {
	value   int16
	left    int
	stopped bool
}

func (s *spoken) ReadFrame(f *Frame) (ok, done bool) {
	n := min(len(f.PCM), s.left)
	for i := range f.PCM[:n] {
		f.PCM[i] = s.value
	}
	f.PCM = f.PCM[:n]
	s.left -= n
	return n > 0, s.left == 0
}

func (s *spoken) Stop() { s.stopped = true }

// once is a session with a peer, ticked by the test.
type once struct {
	*Session
	work *workspace
	n    int64
}

func (o *once) step() []int16 {
	o.n++
	heard := &keeper{}
	o.HearSent(heard)
	o.tick(o.work, o.n)
	o.StopHearing(heard)
	return heard.pcm
}

type keeper struct{ pcm []int16 }

func (k *keeper) WriteFrame(f *Frame) { k.pcm = append(k.pcm, f.PCM...) }

func stepped(tb testing.TB) *once {
	tb.Helper()
	s, w := agreed(tb, Options{NoVAD: true})
	return &once{Session: s, work: w}
}

// Whatever is played and flushed, in whatever order: what is sent is exactly
// what was queued and not flushed, in order, and each source is told of once,
// by PlayDone or by the flush, with the number of samples that left.
func TestEverySampleIsAccountedFor(t *testing.T) {
	o := stepped(t)
	rapid.Check(t, func(t *rapid.T) {
		o.Flush()
		for len(o.events) > 0 {
			<-o.events
		}
		sent := map[int16]int64{}
		told := map[Gen]int64{}
		values := map[Gen]int16{}
		var order []int16
		next := int16(0)
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				next++
				gen := o.Play(&spoken{value: next, left: rapid.IntRange(0, 500).Draw(t, "length")})
				values[gen] = next
			case 2:
				if p := o.Flush(); p.Samples > 0 {
					told[p.Gen] += p.Samples
				}
			default:
				for _, v := range o.step() {
					if v == 0 {
						continue
					}
					sent[v]++
					if len(order) == 0 || order[len(order)-1] != v {
						order = append(order, v)
					}
				}
			}
			for len(o.events) > 0 {
				if ev := <-o.events; ev.Kind == PlayDone {
					told[ev.Gen] += ev.Samples
				}
			}
		}
		if p := o.Flush(); p.Samples > 0 {
			told[p.Gen] += p.Samples
		}
		if !slices.IsSorted(order) {
			t.Fatalf("sent in the order %v", order)
		}
		for gen, value := range values {
			if told[gen] != sent[value] {
				t.Fatalf("of %d, %d samples were sent and %d told", gen, sent[value], told[gen])
			}
		}
	})
}

// A flush from another goroutine: nothing of the old generation is sent after
// it has returned, and its count is exact.
func TestAFlushIsExactWhileFramesAreSent(t *testing.T) {
	o := stepped(t)
	var mu sync.Mutex
	sent := map[int16]int64{}
	done := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			pcm := o.step()
			mu.Lock()
			for _, v := range pcm {
				sent[v]++
			}
			mu.Unlock()
		}
	}()
	told := map[int16]int64{}
	for v := int16(1); v < 300; v++ {
		o.Play(&spoken{value: v, left: 1 << 30})
		for range v % 7 {
			runtime.Gosched()
		}
		told[v] = o.Flush().Samples
	}
	close(stop)
	<-done
	for v, n := range told {
		if sent[v] != n {
			t.Errorf("of %d, %d samples were sent and %d told", v, sent[v], n)
		}
	}
}

func TestFlushedSourcesAreStopped(t *testing.T) {
	o := stepped(t)
	a, b, c := &spoken{value: 1, left: 1000}, &spoken{value: 2, left: 1000}, &spoken{value: 3, left: 100}
	o.Play(a)
	o.Play(b)
	o.step()
	o.Flush()
	o.Play(c)
	if pcm := o.step(); pcm[0] != 3 {
		t.Errorf("%d plays, want 3", pcm[0])
	}
	if !a.stopped || !b.stopped || c.stopped {
		t.Errorf("stopped: %v %v %v, want the first two", a.stopped, b.stopped, c.stopped)
	}
}

func TestAnEndedSourceGivesWayInTheSameTick(t *testing.T) {
	o := stepped(t)
	o.Play(&spoken{value: 1, left: 0})
	o.Play(&spoken{value: 2, left: 160})
	if pcm := o.step(); pcm[0] != 2 {
		t.Errorf("%d plays, want 2", pcm[0])
	}
}

func TestDigitsRideTheQueue(t *testing.T) {
	o := stepped(t)
	o.Play(&spoken{value: 1, left: 160})
	gen, err := o.SendDigits("5")
	if err != nil {
		t.Fatal(err)
	}
	o.Play(&spoken{value: 2, left: 160})
	if pcm := o.step(); pcm[0] != 1 {
		t.Errorf("%d plays before the digit, want 1", pcm[0])
	}
	ticks := 0
	for ; ; ticks++ {
		if pcm := o.step(); pcm[0] == 2 {
			break
		}
		if ticks > 20 {
			t.Fatal("nothing plays after the digit")
		}
	}
	if ticks != 11 { // 5 pressed, 3 ends, a pause of 3
		t.Errorf("the digit took %d ticks", ticks)
	}
	kinds := map[EventKind]Gen{}
	var digit byte
	for len(o.events) > 0 {
		ev := <-o.events
		kinds[ev.Kind] = ev.Gen
		if ev.Kind == Digit {
			digit = ev.Key.Byte()
		}
	}
	if kinds[DigitsDone] != gen || digit != '5' {
		t.Errorf("events %v, digit %q", kinds, digit)
	}
}

func TestPlayingPausesWhileThePeerHoldsUs(t *testing.T) {
	o := stepped(t)
	src := &spoken{value: 1, left: 1000}
	o.Play(src)
	o.step()
	held := *o.terms.Load()
	held.sends = false
	o.terms.Store(&held)
	before, sent := src.left, o.Stats().Sent
	for range 10 {
		o.step()
	}
	if src.left != before || o.Stats().Sent != sent {
		t.Errorf("%d samples and %d packets left during the hold", before-src.left, o.Stats().Sent-sent)
	}
}
