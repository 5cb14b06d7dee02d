package media

import (
	"net/netip"
	"runtime"
	"testing"

	"github.com/callward/callward/media/sdp"
)

// agreed is a session that is not paced by a running engine, with terms to send
// to itself: each tick of the test sends a packet that the next tick hears.
func agreed(tb testing.TB, o Options) (*Session, *workspace) {
	tb.Helper()
	e, err := New(Config{PortMin: 10000, PortMax: 19999, Shards: 1})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := e.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	a := sdp.Agreed{
		Remote: netip.AddrPortFrom(s.ports.pool.address.Bind, s.ports.port), Direction: sdp.SendRecv,
		Codec: sdp.Format{Name: sdp.PCMU, Clock: Rate}, Events: &sdp.Format{Name: "telephone-event", Payload: 101, Clock: Rate},
	}
	if o.Encryption == Required {
		keys, err := s.talks.ownKeys()
		if err != nil {
			tb.Fatal(err)
		}
		a.Security, a.Key = sdp.SDES, keys[1].Crypto
	}
	if err := s.agree(a); err != nil {
		tb.Fatal(err)
	}
	return s, e.shards[0].work
}

type nowhere struct{}

func (nowhere) WriteFrame(*Frame) {}

func TestAFrameAllocatesNothing(t *testing.T) {
	for name, play := range map[string]func() Source{
		"silence":     func() Source { return NewSilence(0) },
		"music":       NewHoldMusic,
		"ringback":    NewRingback,
		"dry stream":  func() Source { return NewStream() },
		"nothing":     nil,
		"echo":        func() Source { return NewEcho() },
		"full stream": fullStream,
	} {
		t.Run(name, func(t *testing.T) {
			s, w := agreed(t, Options{})
			s.Hear(nowhere{})
			s.HearSent(nowhere{})
			if play != nil {
				s.Play(play())
			}
			n := int64(0)
			allocs := testing.AllocsPerRun(500, func() {
				n++
				if !s.tick(w, n) {
					t.Fatal("the session ended")
				}
			})
			if allocs != 0 {
				t.Errorf("%v allocations a frame", allocs)
			}
			if st := s.Stats(); st.Received < 450 || st.Sent < 500 || st.Strangers > 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestASealedFrameAllocatesNothing(t *testing.T) {
	s, w := agreed(t, Options{Encryption: Required})
	s.Play(NewHoldMusic())
	n := int64(0)
	allocs := testing.AllocsPerRun(500, func() {
		n++
		s.tick(w, n)
	})
	if allocs != 0 {
		t.Errorf("%v allocations a frame", allocs)
	}
	if st := s.Stats(); st.Received < 450 || st.Sent < 500 || st.Forged+st.Replayed > 0 || !st.Sealed {
		t.Errorf("%+v", st)
	}
}

func fullStream() Source {
	st := NewStream()
	st.ring.write(make([]int16, streamLength))
	return st
}

func TestABridgedFrameAllocatesNothing(t *testing.T) {
	a, w := agreed(t, Options{})
	b, _ := agreed(t, Options{})
	NewBridge(a, b)
	n := int64(0)
	allocs := testing.AllocsPerRun(500, func() {
		n++
		a.tick(w, n)
		b.tick(w, n)
	})
	if allocs != 0 {
		t.Errorf("%v allocations a frame", allocs)
	}
}

// Who reads late loses sound, but no time.
func TestARecordingThatIsReadLateKeepsItsTime(t *testing.T) {
	s, w := agreed(t, Options{})
	r := NewRecorder(s, RecorderConfig{})
	defer func() { _ = r.Close() }()
	n := int64(0)
	tick := func(frames int) {
		for range frames {
			n++
			s.tick(w, n)
		}
	}
	if allocs := testing.AllocsPerRun(recorderFrames+100, func() { tick(1) }); allocs != 0 {
		t.Errorf("%v allocations a frame", allocs)
	}
	read, pcm := 0, make([]int16, 4*stereoFrame)
	for range 200 {
		got, err := r.Read(t.Context(), pcm)
		if err != nil {
			t.Fatal(err)
		}
		read += got / stereoFrame
		tick(1)
	}
	for r.ring.len() > 0 {
		got, _ := r.Read(t.Context(), pcm)
		read += got / stereoFrame
	}
	if read != int(n)-1 || r.Lost() == 0 {
		t.Errorf("%d frames read after %d ticks, %d samples lost", read, n, r.Lost())
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct {
		name string
		o    Options
		play func() Source
	}{
		{"hear+vad+play", Options{}, NewHoldMusic},
		{"hear+play", Options{NoVAD: true}, NewHoldMusic},
		{"hear+silence", Options{NoVAD: true}, nil},
		{"hear+play, sealed", Options{NoVAD: true, Encryption: Required}, NewHoldMusic},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, w := agreed(b, c.o)
			s.Hear(nowhere{})
			if c.play != nil {
				s.Play(c.play())
			}
			b.ReportAllocs()
			for n := int64(1); b.Loop(); n++ {
				s.tick(w, n)
			}
		})
	}
}

func TestASessionIsSmall(t *testing.T) {
	const count = 50
	e, err := New(Config{PortMin: 10000, PortMax: 19999})
	if err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var open []*Session
	for range count {
		s, err := e.Open(Options{})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, s)
	}
	each := (heap() - before) / count
	t.Logf("%d kB a session", each/1000)
	if each > 80_000 {
		t.Errorf("%d bytes a session, want less than 80 kB", each)
	}
	for _, s := range open {
		_ = s.Close()
	}
}
