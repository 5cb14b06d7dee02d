package asr_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/internal/engines"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// heard is which samples of a ramp engines were sent: the value of a sample is its
// position.
type heard struct {
	mu     sync.Mutex
	counts map[int16]int
}

func (h *heard) note(_ *asrv1.Config, pcm []int16) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.counts == nil {
		h.counts = map[int16]int{}
	}
	for _, v := range pcm {
		h.counts[v]++
	}
}

func (h *heard) missing(upTo int) (out []int16) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for v := range upTo {
		if h.counts[int16(v)] == 0 {
			out = append(out, int16(v))
		}
	}
	return out
}

func (h *heard) samples() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.counts {
		n += c
	}
	return n
}

// ramp writes frames in time with the clock; each sample is its position.
type ramp struct {
	s    *asr.Stream
	next int
}

func (r *ramp) say(d time.Duration, voice bool) {
	frame := make([]int16, 160)
	for range d / (20 * time.Millisecond) {
		for i := range frame {
			frame[i] = int16(r.next)
			r.next++
		}
		r.s.Hear(frame, voice)
		time.Sleep(20 * time.Millisecond)
	}
}

// pooled starts engines, the first of which is asked first, and opens a stream.
func pooled(t *testing.T, c asr.PoolConfig, config asr.Config, servers ...*asrtest.Server) (*asr.Pool, *asr.Stream) {
	t.Helper()
	var providers []asr.Provider
	for i, server := range servers {
		providers = append(providers, asr.Provider{
			Name: fmt.Sprint("engine", i), Client: asrtest.Start(t, server), Rank: engines.Rank{Priority: i},
		})
	}
	p := asr.NewPool(c, providers...)
	t.Cleanup(func() { p.Close() })
	config.Language = "en"
	s, err := p.Recognize(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return p, s
}

// counted is an engine that understands nothing and notes what it hears.
func counted(h *heard) *asrtest.Server { return &asrtest.Server{Discard: true, Heard: h.note} }

func TestAStandbyHearsWhatAnEngineThatFailsHadNotFinished(t *testing.T) {
	for name, fault := range map[string]func(*asrtest.Server){
		"killed":  func(s *asrtest.Server) { s.Fail(codes.Unavailable) },
		"stalled": func(s *asrtest.Server) { s.Stall() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var first, second heard
				one, two := counted(&first), counted(&second)
				p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, two)
				r := ramp{s: s}
				r.say(1500*time.Millisecond, true)
				fault(one)
				r.say(1500*time.Millisecond, true)
				w := wait(t, s, asr.Switched).Switch
				if w.From != "engine0" || w.To != "engine1" || w.Took > 700*time.Millisecond || w.Replayed < 1500*time.Millisecond {
					t.Errorf("%+v", w)
				}
				if lost := second.missing(r.next - 960); len(lost) > 0 { // the last frames wait for a chunk
					t.Errorf("the standby missed %d samples, the first at %d", len(lost), lost[0])
				}
				if st := p.Stats(); st.Switches != 1 || st.Replayed < 12000 {
					t.Errorf("%+v", st)
				}
				one.Resume()
			})
		})
	}
}

func TestWhatIsFinalIsNotHeardAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var second heard
		one, two := &asrtest.Server{Script: asrtest.Say("yes")}, counted(&second)
		_, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, two)
		liveAt(s, time.Second, 4000)
		liveAt(s, time.Second, 0)
		final := wait(t, s, asr.Final)
		one.Fail(codes.Unavailable)
		liveAt(s, 200*time.Millisecond, 0)
		w := wait(t, s, asr.Switched).Switch
		if most := 2200*time.Millisecond - final.Offset; w.Replayed > most {
			t.Errorf("%s replayed after a final up to %s of 2.2 s", w.Replayed, final.Offset)
		}
	})
}

// An utterance that an engine had begun is taken back when it fails, and told whole by
// the next: under another id.
func TestAnUtteranceIsToldByTheEngineThatFinishesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := []asrtest.Turn{{Partials: []string{"what are your"}, Text: "what are your opening hours"}}
		one, two := &asrtest.Server{Script: script}, &asrtest.Server{Script: script}
		_, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, two)
		liveAt(s, time.Second, 4000)
		begun := wait(t, s, asr.SpeechStarted)
		one.Fail(codes.Internal)
		liveAt(s, 200*time.Millisecond, 4000)
		if ended := wait(t, s, asr.SpeechEnded); ended.Utterance != begun.Utterance || !ended.Discarded {
			t.Errorf("what was begun is %+v", ended)
		}
		liveAt(s, time.Second, 0)
		again := wait(t, s, asr.SpeechStarted)
		final := wait(t, s, asr.Final)
		if final.Utterance != again.Utterance || final.Utterance == begun.Utterance || final.Words.Empty() {
			t.Errorf("%q is finished as %q, begun again as %q", begun.Utterance, final.Utterance, again.Utterance)
		}
		if off := again.Offset - begun.Offset; off < -100*time.Millisecond || off > 100*time.Millisecond {
			t.Errorf("it began at %s, and again at %s", begun.Offset, again.Offset)
		}
	})
}

func TestAStandbyGetsReadyUponASuspicionAndIsDroppedWithoutReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var second heard
		one, two := &asrtest.Server{Discard: true}, counted(&second)
		p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, two)
		liveAt(s, time.Second, 4000)
		one.Stall()
		liveAt(s, 380*time.Millisecond, 4000)
		if got := two.Streams(); got != 1 {
			t.Errorf("%d streams stand by", got)
		}
		one.Resume()
		liveAt(s, time.Second, 4000)
		if got := two.Streams(); got != 0 {
			t.Errorf("%d streams still do", got)
		}
		if st := p.Stats(); st.Switches != 0 || st.Warmed == 0 || second.samples() > 0 {
			t.Errorf("%+v; the standby heard %d samples", st, second.samples())
		}
	})
}

// However well it is known that the signs of an engine come every 240 ms, its standby has taken
// over within half a second of the last one, with time to spare for a machine that is busy.
func TestAStandbyTakesOverWithinHalfASecondOfTheLastSign(t *testing.T) {
	for phase := time.Duration(0); phase < 240*time.Millisecond; phase += 20 * time.Millisecond {
		granted := 160 * time.Millisecond // as by default, or less on each second turn
		if phase%(40*time.Millisecond) == 0 {
			granted = 150 * time.Millisecond
		}
		synctest.Test(t, func(t *testing.T) {
			one, two := &asrtest.Server{Discard: true}, &asrtest.Server{Discard: true}
			p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, two)
			liveAt(s, 5*time.Second, 4000)
			s.Close()
			if got := p.Stats().Providers[0].Usual; got != 240*time.Millisecond {
				t.Fatalf("%s are usual", got)
			}
			config := asr.Config{Language: "en"}
			if granted < 160*time.Millisecond {
				config.StallAfter = granted
			}
			s, err := p.Recognize(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			took := make(chan time.Duration, 1)
			go func() {
				var sign time.Time
				for ev := range s.Events() {
					switch ev.Kind {
					case asr.Progress:
						sign = time.Now()
					case asr.Switched:
						took <- time.Since(sign)
						return
					default:
					}
				}
			}()
			liveAt(s, time.Second+phase, 4000)
			one.Stall()
			liveAt(s, time.Second, 4000)
			one.Resume()
			if d, want := <-took, 300*time.Millisecond+granted; d != want {
				t.Errorf("the standby took over %s after the last sign, not %s", d, want)
			}
		})
	}
}

func TestAStreamFailsWhenNoEngineIsToBeHadForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &asrtest.Server{Discard: true}, &asrtest.Server{Discard: true}
		_, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, two)
		liveAt(s, time.Second, 4000)
		one.Stall()
		two.Stall()
		began := time.Now()
		var failed asr.Event
		done := make(chan struct{})
		go func() { defer close(done); failed = wait(t, s, asr.Failed) }()
		liveAt(s, 6*time.Second, 4000)
		<-done
		if took := time.Since(began); !errors.Is(failed.Err, asr.ErrStalled) && !errors.Is(failed.Err, asr.ErrNoEngine) || took > 6*time.Second {
			t.Errorf("%v after %s", failed.Err, took)
		}
		one.Resume()
		two.Resume()
	})
}

func TestAnEngineThatTakesOverKnowsWhatIsExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &asrtest.Server{}, &asrtest.Server{}
		_, s := pooled(t, asr.PoolConfig{}, asr.Config{Call: "c1"}, one, two)
		liveAt(s, time.Second, 0)
		digits := asr.Digits
		s.Update(asr.Update{Expect: &digits, ExpectLength: 7, Hints: []asr.Hint{{Phrase: "meter"}}})
		liveAt(s, 200*time.Millisecond, 0)
		one.Fail(codes.Unavailable)
		liveAt(s, 500*time.Millisecond, 0)
		all := two.Requests()
		if len(all) != 1 {
			t.Fatalf("it was told %v", all)
		}
		c := all[0].GetConfig()
		if c.GetExpect() != asrv1.Expect_EXPECT_DIGITS || c.GetExpectLength() != 7 || c.GetHints()[0].GetPhrase() != "meter" ||
			c.GetSession().GetCallId() != "c1" || c.GetSession().GetSessionId() == "c1" {
			t.Errorf("it was told %v", c)
		}
	})
}

func TestAForcedEndIsForcedOnTheEngineThatTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &asrtest.Server{Script: []asrtest.Turn{{Text: "yes", Withhold: true}}}, &asrtest.Server{Script: asrtest.Say("yes")}
		_, s := pooled(t, asr.PoolConfig{}, asr.Config{Endpointing: asr.Endpointing{Manual: true}}, one, two)
		liveAt(s, time.Second, 4000)
		s.Control(asr.ForceEndpoint)
		liveAt(s, 200*time.Millisecond, 0)
		one.Fail(codes.Unavailable)
		liveAt(s, 500*time.Millisecond, 0)
		if final := wait(t, s, asr.Final); final.Words.Empty() {
			t.Errorf("%+v", final)
		}
		if n := len(slices.DeleteFunc(two.Requests(), func(r *asrv1.StreamingRecognizeRequest) bool { return r.GetControl() == nil })); n != 1 {
			t.Errorf("it was told %d controls", n)
		}
	})
}

func TestSilenceIsKeptFromTheEngineButForWhatIsAroundSpeech(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h heard
		p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, counted(&h))
		r := ramp{s: s}
		r.say(time.Second, true)
		r.say(time.Second, false)
		before := h.samples()
		shut := r.next
		r.say(1500*time.Millisecond, false)
		if got := h.samples() - before; got > 640 {
			t.Errorf("%d samples of silence were sent", got)
		}
		r.say(500*time.Millisecond, true)
		h.mu.Lock()
		lead := 0
		for v := shut + 1000; v < r.next-4000; v++ {
			lead += h.counts[int16(v)]
		}
		h.mu.Unlock()
		if lead < 3000 || lead > 3400 {
			t.Errorf("%d samples before the voice were sent, not 3200", lead)
		}
		if st := p.Stats(); st.Withheld < 8000 || st.Providers[0].Lost > 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestAnEngineThatWantsSilenceIsSentIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h heard
		p := asr.NewPool(asr.PoolConfig{}, asr.Provider{Name: "a", Client: asrtest.Start(t, counted(&h)), Silence: true})
		defer p.Close()
		s, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		wait(t, s, asr.Ready)
		r := ramp{s: s}
		r.say(3*time.Second, false)
		if lost := h.missing(r.next - 960); len(lost) > 0 {
			t.Errorf("%d samples of silence were kept back", len(lost))
		}
	})
}

func TestAnEngineThatFailsIsLeftAloneForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &asrtest.Server{Discard: true}, &asrtest.Server{Discard: true}
		one.Refuse(codes.ResourceExhausted)
		p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, two)
		wait(t, s, asr.Switched)
		for range 5 {
			next, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
			if err != nil {
				t.Fatal(err)
			}
			defer next.Close()
			liveAt(next, 40*time.Millisecond, 0)
		}
		if got := p.Stats().Providers[0]; got.Breaker != engines.Open || got.Failed != 3 {
			t.Errorf("after three failures it was asked again: %+v", got)
		}
		one.Refuse(codes.OK)
		time.Sleep(1300 * time.Millisecond)
		last, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		defer last.Close()
		liveAt(last, time.Second, 4000)
		if got := p.Stats().Providers[0]; got.Breaker != engines.Closed || got.Open != 1 {
			t.Errorf("it works again: %+v", got)
		}
	})
}

func TestAnEngineIsGivenNoMoreStreamsThanItMayHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &asrtest.Server{}, &asrtest.Server{}
		p := asr.NewPool(asr.PoolConfig{},
			asr.Provider{Name: "small", Client: asrtest.Start(t, one), Streams: 2},
			asr.Provider{Name: "large", Client: asrtest.Start(t, two), Rank: engines.Rank{Priority: 1}})
		defer p.Close()
		for range 5 {
			s, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
		}
		time.Sleep(100 * time.Millisecond)
		if one.Streams() != 2 || two.Streams() != 3 {
			t.Errorf("%d and %d streams", one.Streams(), two.Streams())
		}
	})
}

func TestOtherEnginesAreSwappedInWithoutLosingAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h heard
		one, two := counted(&h), &asrtest.Server{Discard: true}
		p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one)
		r := ramp{s: s}
		r.say(500*time.Millisecond, true)
		p.Swap(asr.Provider{Name: "new", Client: asrtest.Start(t, two)})
		r.say(500*time.Millisecond, true)
		if lost := h.missing(r.next - 960); len(lost) > 0 {
			t.Errorf("the old engine missed %d samples of its stream", len(lost))
		}
		next, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		defer next.Close()
		wait(t, next, asr.Ready)
		if one.Streams() != 1 || two.Streams() != 1 {
			t.Errorf("%d and %d streams", one.Streams(), two.Streams())
		}
		s.Close()
		synctest.Wait()
		if one.Streams() != 0 {
			t.Error("the old one still has a stream")
		}
	})
}

// liveAt writes audio of a level in time with the clock.
func liveAt(s *asr.Stream, d time.Duration, level int16) {
	frame := make([]int16, 160)
	for i := range frame {
		frame[i] = level
	}
	for range d / (20 * time.Millisecond) {
		s.Write(frame)
		time.Sleep(20 * time.Millisecond)
	}
}

// Whatever befalls engines, one at a time: a stream does not fail, and not a sample of
// it is heard by none.
func TestNoSampleIsLostWhenEnginesFail(t *testing.T) {
	switches := int64(0)
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				var all heard
				servers := []*asrtest.Server{counted(&all), counted(&all)}
				p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, servers...)
				r, last := ramp{s: s}, servers[0]
				for range 1 + rnd.IntN(3) {
					r.say(time.Duration(rnd.IntN(900))*time.Millisecond, true)
					last.Resume()
					last.Refuse(codes.OK)
					last = servers[rnd.IntN(2)]
					switch rnd.IntN(3) {
					case 0:
						last.Fail(codes.Unavailable)
					case 1:
						last.Refuse(codes.Internal)
						last.Fail(codes.Internal)
					case 2:
						last.Stall()
					}
					r.say(600*time.Millisecond, true)
				}
				s.Finish()
				for ev := range s.Events() {
					if ev.Kind == asr.Failed {
						t.Fatalf("failed with %v", ev.Err)
					}
				}
				if lost := all.missing(r.next); len(lost) > 0 {
					t.Errorf("%d samples were heard by no engine, the first at %d; %+v", len(lost), lost[0], p.Stats())
				}
				switches += p.Stats().Switches
				last.Resume()
			})
		})
	}
	if switches < 20 {
		t.Errorf("only %d times did another engine take over", switches)
	}
}
