package asr_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/internal/engines"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	"github.com/callward/callward/redact"
)

// An odd engine answers audio in its own way.
type odd struct {
	asrv1.UnimplementedAsrServiceServer
	every  time.Duration                              // progress, counted from the first audio after a pause; 0: at once
	answer func(n int, end int64) []*asrv1.Transcript // to message n, after audio up to a sample
}

// StreamingRecognize serves one stream.
func (o odd) StreamingRecognize(rpc asrv1.AsrService_StreamingRecognizeServer) error {
	if _, err := rpc.Recv(); err != nil {
		return err
	}
	said := make(chan *asrv1.StreamingRecognizeResponse, 1000)
	said <- &asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Ready{Ready: &asrv1.Ready{}}}
	heard := make(chan int64, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.speak(rpc, said, heard)
	}()
	defer func() { close(heard); <-done }()
	for n := 0; ; {
		m, err := rpc.Recv()
		if err != nil {
			return nil //nolint:nilerr // the caller has gone
		}
		a := m.GetAudio()
		if a == nil {
			continue
		}
		n++
		end := a.GetOffsetSamples() + int64(len(a.GetData())/2)
		heard <- end
		if o.answer == nil {
			continue
		}
		for _, t := range o.answer(n, end) {
			said <- &asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Transcript{Transcript: t}}
		}
	}
}

func (o odd) speak(rpc asrv1.AsrService_StreamingRecognizeServer, said <-chan *asrv1.StreamingRecognizeResponse, heard <-chan int64) {
	var end int64
	tick := time.NewTimer(time.Hour)
	defer tick.Stop()
	waits := false
	for {
		select {
		case m := <-said:
			_ = rpc.Send(m)
		case at, more := <-heard:
			if !more {
				return
			}
			if end = at; !waits {
				waits = true
				tick.Reset(o.every)
			}
		case <-tick.C:
			waits = false
			_ = rpc.Send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Progress{
				Progress: &asrv1.Progress{OffsetSamples: end},
			}})
		}
	}
}

// serves gives a client of a server in this process.
func serves(t *testing.T, s asrv1.AsrServiceServer, also ...func(*grpc.Server)) *asr.Client {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	g := grpc.NewServer()
	asrv1.RegisterAsrServiceServer(g, s)
	for _, register := range also {
		register(g)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = g.Serve(l)
	}()
	c, err := asr.Dial("passthrough:odd", grpc.WithContextDialer(
		func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) },
	))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close()
		g.Stop()
		<-served
	})
	return c
}

// between gives a pool of two engines, and a stream at the first.
func between(t *testing.T, providers ...asr.Provider) (*asr.Pool, *asr.Stream) {
	t.Helper()
	for i := range providers {
		providers[i].Name, providers[i].Rank = fmt.Sprint("engine", i), engines.Rank{Priority: i}
	}
	p := asr.NewPool(asr.PoolConfig{}, providers...)
	t.Cleanup(func() { p.Close() })
	s, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return p, s
}

// speaks has somebody speak and be silent in turn.
func speaks(s *asr.Stream, times int, voice, silence time.Duration) {
	frame := make([]int16, 160)
	for range times {
		for at := time.Duration(0); at < voice+silence; at += 20 * time.Millisecond {
			s.Hear(frame, at < voice)
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// The contract allows 200 ms from one progress message to the next, and after a silence
// that nobody was sent, more audio than that comes at once.
func TestAnEngineThatKeepsTheContractIsKept(t *testing.T) {
	for _, every := range []time.Duration{0, 120 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond} {
		t.Run(every.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, s := between(t, asr.Provider{Client: serves(t, odd{every: every})}, asr.Provider{Client: serves(t, odd{every: every})})
				speaks(s, 5, time.Second, 2*time.Second)
				if st := p.Stats(); st.Switches > 0 || st.Withheld == 0 || every <= 200*time.Millisecond && st.Warmed > 0 {
					t.Errorf("%d switches, %d standbys, %d samples withheld", st.Switches, st.Warmed, st.Withheld)
				}
			})
		})
	}
}

func TestAnEngineOfWhichNothingCanBeBelievedIsLeft(t *testing.T) {
	lies := func(n int, end int64) []*asrv1.Transcript {
		return []*asrv1.Transcript{{UtteranceId: fmt.Sprint(n), IsFinal: true, EndSamples: 2 * end, Alternatives: []*asrv1.Alternative{{Text: "x"}}}}
	}
	twice := func(n int, end int64) []*asrv1.Transcript {
		one := &asrv1.Transcript{UtteranceId: fmt.Sprint(n / 10), IsFinal: n%10 == 9, Revision: int32(n % 10), EndSamples: end, Alternatives: []*asrv1.Alternative{{Text: "x"}}}
		return []*asrv1.Transcript{one, one}
	}
	long := func(n int, end int64) []*asrv1.Transcript {
		return []*asrv1.Transcript{{UtteranceId: fmt.Sprint(n), IsFinal: true, EndSamples: end, Alternatives: []*asrv1.Alternative{{Text: strings.Repeat("x", 20_000)}}}}
	}
	empty := func(n int, end int64) []*asrv1.Transcript {
		return []*asrv1.Transcript{{UtteranceId: fmt.Sprint(n), IsFinal: true, EndSamples: end, Alternatives: []*asrv1.Alternative{{Words: make([]*asrv1.Word, 20_000)}}}}
	}
	flood := func(n int, end int64) (out []*asrv1.Transcript) {
		for i := range 20 {
			out = append(out, &asrv1.Transcript{UtteranceId: fmt.Sprint(n, ".", i), IsFinal: true, EndSamples: end, Alternatives: []*asrv1.Alternative{{Text: "x"}}})
		}
		return out
	}
	for name, c := range map[string]struct {
		answer func(int, int64) []*asrv1.Transcript
		left   bool
		cause  string
	}{"lies": {lies, true, "unheard"}, "texts beyond measure": {long, true, "overlong"}, "words beyond number": {empty, true, "overlong"}, "finals beyond number": {flood, true, "stale"}, "everything twice": {twice, false, "stale"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, s := between(t, asr.Provider{Client: serves(t, odd{answer: c.answer})}, asr.Provider{Client: serves(t, odd{})})
				var why error
				go func() { // whoever does not read holds the engine up
					for ev := range s.Events() {
						if ev.Kind == asr.Switched {
							why = ev.Switch.Cause
						}
					}
				}()
				speaks(s, 1, 3*time.Second, 0)
				synctest.Wait()
				if failures := p.Stats().Providers[0].Failures["nonsense"]; (failures == 1) != c.left {
					t.Errorf("%d failures are counted", failures)
				}
				if got := p.Stats().Providers[0].Dropped; len(got) != 1 || got[c.cause] < 4 {
					t.Errorf("counted as dropped: %v", got)
				}
				if got := p.Stats().Switches; (got == 1) != c.left || c.left && !errors.Is(why, asr.ErrNonsense) {
					t.Errorf("%d switches, because of %v", got, why)
				}
			})
		})
	}
}

// Who hears four seconds of silence after an utterance and does not end it never will: the
// caller would wait for an answer in vain, while another engine is free.
func TestAnEngineThatLeavesAnUtteranceOpenIsLeft(t *testing.T) {
	for name, ends := range map[string]bool{"never ends it": false, "ends it": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hears := func(n int, end int64) []*asrv1.Transcript {
					return []*asrv1.Transcript{{
						UtteranceId: "1", Revision: int32(n), IsFinal: ends && n == 40, EndSamples: end,
						Alternatives: []*asrv1.Alternative{{Text: fmt.Sprint("word", n)}},
					}}
				}
				p, s := between(t, asr.Provider{Client: serves(t, odd{answer: hears})}, asr.Provider{Client: serves(t, odd{})})
				var why error
				go func() {
					for ev := range s.Events() {
						if ev.Kind == asr.Switched {
							why = ev.Switch.Cause
						}
					}
				}()
				speaks(s, 1, time.Second, 5*time.Second)
				if n := p.Stats().Switches; n != 0 {
					t.Errorf("it was left while it might have ended the utterance: %v", why)
				}
				speaks(s, 1, 0, 4*time.Second)
				synctest.Wait()
				if n := p.Stats().Switches; (n == 0) != ends || !ends && !errors.Is(why, asr.ErrStalled) {
					t.Errorf("%d switches, because of %v", n, why)
				}
			})
		})
	}
}

// A recording is muted by the times of words: where these cannot be, all of the utterance
// is, and where its end is not told, all that the engine has.
func TestWhatIsSecretIsMutedThoughItsTimesAreWrong(t *testing.T) {
	const start, second = 16_000, 8_000
	for name, c := range map[string]struct {
		from, to func(end int64) int64
		unended  bool
	}{
		"within the utterance":       {from: func(int64) int64 { return start }, to: func(end int64) int64 { return end }},
		"from the utterance's start": {from: func(int64) int64 { return 0 }, to: func(int64) int64 { return second }},
		"an hour later":              {from: func(end int64) int64 { return end + 3600*second }, to: func(end int64) int64 { return end + 3601*second }},
		"beyond all time":            {from: func(int64) int64 { return math.MaxInt64 - 1 }, to: func(int64) int64 { return math.MaxInt64 }},
		"no end":                     {from: func(int64) int64 { return 0 }, to: func(int64) int64 { return 0 }, unended: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := false
				_, s := between(t, asr.Provider{Client: serves(t, odd{answer: func(_ int, end int64) []*asrv1.Transcript {
					if told || end < start+2*second {
						return nil
					}
					told = true
					m := &asrv1.Transcript{UtteranceId: "u", IsFinal: true, StartSamples: start, EndSamples: end}
					if c.unended {
						m.EndSamples = 0
					}
					const card = "4111111111111111"
					m.Alternatives = []*asrv1.Alternative{{Text: card, Words: []*asrv1.Word{{Text: card, StartSamples: c.from(end), EndSamples: c.to(end)}}}}
					return []*asrv1.Transcript{m}
				}})})
				speaking := make(chan struct{})
				go func() {
					defer close(speaking)
					speaks(s, 1, 5*time.Second, 0)
				}()
				final := wait(t, s, asr.Final)
				<-speaking
				from := start * time.Second / second
				mute := redact.New("en").Final("1", final.Words.Placed(0, from, final.Offset)).Mute
				if len(mute) != 1 || mute[0].From > from || mute[0].To < from+2*time.Second || mute[0].To > from+3*time.Second {
					t.Errorf("muted: %v", mute)
				}
			})
		})
	}
}

// What an engine writes beside its words is not passed on, and its words hold nothing
// that a terminal would obey.
func TestNothingOfAnEnginesOwnIsPassedOn(t *testing.T) {
	const name = "card 4111111111111111 \x1b[31m"
	c := serves(t, odd{answer: func(n int, end int64) []*asrv1.Transcript {
		if n > 1 {
			return nil
		}
		return []*asrv1.Transcript{{UtteranceId: name, IsFinal: true, EndSamples: end, Alternatives: []*asrv1.Alternative{{Text: "what\x1b[2J are\u202e your\nhours été"}}}}
	}})
	s := recognize(t, c, asr.Config{})
	s.Write(make([]int16, 1600))
	final := wait(t, s, asr.Final)
	if final.Utterance == "" || strings.ContainsAny(final.Utterance, "c4\x1b") {
		t.Errorf("the utterance is called %q", final.Utterance)
	}
	if got := redact.New("en").Final("1", final.Words).Text.String(); got != "what [2J are your hours été" {
		t.Errorf("it says %q", got)
	}
}

// An engine that takes over while the caller is asked for something else knows it, though
// it was made ready before.
func TestAStandbyKnowsWhatWasAskedSinceItWasMadeReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &asrtest.Server{}, &asrtest.Server{}
		_, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, two)
		liveAt(s, time.Second, 4000)
		one.Stall()
		liveAt(s, 400*time.Millisecond, 4000)
		if two.Streams() != 1 {
			t.Fatal("nobody stands by")
		}
		digits := asr.Digits
		s.Update(asr.Update{Expect: &digits, ExpectLength: 7, Language: "fr", Hints: []asr.Hint{{Phrase: "meter"}}})
		liveAt(s, 800*time.Millisecond, 4000)
		var told *asrv1.Update
		for _, r := range two.Requests() {
			if r.GetUpdate() != nil {
				told = r.GetUpdate()
			}
		}
		if told.GetExpect() != asrv1.Expect_EXPECT_DIGITS || told.GetExpectLength() != 7 || told.GetLanguageCodes()[0] != "fr" || len(told.GetHints()) != 1 {
			t.Errorf("it was told %v", told)
		}
		one.Resume()
	})
}

// Whoever finds out whether an engine is well again may have a caller who says nothing:
// the next caller is heard all the same.
func TestASilentCallerDoesNotLockAnEngineOut(t *testing.T) {
	for name, server := range map[string]*asrtest.Server{"with progress": {}, "without": {NoProgress: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := asr.NewPool(asr.PoolConfig{}, asr.Provider{Name: "a", Client: informed(t, server)})
				t.Cleanup(func() { p.Close() })
				call := func() *asr.Stream {
					s, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { s.Close() })
					return s
				}
				server.Refuse(codes.Unavailable)
				for range 3 {
					for range call().Events() { //nolint:revive // until it fails
					}
				}
				server.Refuse(codes.OK)
				time.Sleep(40 * time.Second)
				if got := p.Stats().Providers[0].Breaker; got != engines.HalfOpen {
					t.Fatalf("the breaker is %s", got)
				}
				idle(call(), 5*time.Second)
				if ev := <-call().Events(); ev.Kind != asr.Ready {
					t.Errorf("the next caller gets %s: %v", ev.Kind, ev.Err)
				}
			})
		})
	}
}

// An engine that is sent silence too, and reports no progress, is not expected to say
// something of it.
func TestSilenceIsNoSpeechThatAnEngineMisses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quiet := informed(t, &asrtest.Server{NoProgress: true})
		p, s := between(t, asr.Provider{Client: quiet, Silence: true}, asr.Provider{Client: serves(t, odd{})})
		idle(s, 10*time.Second)
		if st := p.Stats(); st.Switches > 0 || st.Warmed > 0 {
			t.Errorf("%d switches, %d standbys", st.Switches, st.Warmed)
		}
	})
}
