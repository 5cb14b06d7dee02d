package asr_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

func TestWhatTheCallerSaysComesBackAsPartialsAndOneFinal(t *testing.T) {
	s := open(t, &asrtest.Server{Script: []asrtest.Turn{
		{Partials: []string{"what are"}, Text: "what are your opening hours"},
	}}, asr.Config{})
	speak(s, time.Second)
	hush(s, time.Second)
	partial := wait(t, s, asr.Partial)
	final := wait(t, s, asr.Final)
	if partial.Utterance != final.Utterance || final.Revision <= partial.Revision {
		t.Errorf("partial %s/%d, final %s/%d", partial.Utterance, partial.Revision, final.Utterance, final.Revision)
	}
	if final.Words.Empty() || final.Confidence != float64(float32(0.9)) {
		t.Errorf("the final has no words, or confidence %v", final.Confidence)
	}
}

func TestNoVerbPrintsTheWordsOfAnEvent(t *testing.T) {
	s := open(t, &asrtest.Server{Script: asrtest.Say("four one one one")}, asr.Config{})
	speak(s, time.Second)
	hush(s, time.Second)
	final := wait(t, s, asr.Final)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, final.Words); got != "[raw]" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func TestRepeatedAndLateTranscriptsAreDropped(t *testing.T) {
	script := []asrtest.Turn{{Text: "yes", Repeat: true, Late: true}, {Text: "no"}}
	client := asrtest.Start(t, &asrtest.Server{Script: script})
	s := recognize(t, client, asr.Config{})
	for range script {
		speak(s, time.Second)
		hush(s, time.Second)
	}
	s.Finish()
	finals := map[string]int{}
	for ev := range s.Events() {
		switch ev.Kind {
		case asr.Final:
			finals[ev.Utterance]++
		case asr.Partial:
			t.Errorf("a partial of %s after its final", ev.Utterance)
		case asr.Failed:
			t.Errorf("the stream failed: %v", ev.Err)
		default:
		}
	}
	if len(finals) != 2 || finals["1.1"] != 1 || finals["1.2"] != 1 {
		t.Errorf("finals by utterance: %v", finals)
	}
	if got := client.Stats().Dropped; !maps.Equal(got, map[string]int64{"stale": 2}) {
		t.Errorf("events counted as dropped: %v, not 2 that are stale", got)
	}
}

func TestAStalledEngineIsGivenUpWithinItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &asrtest.Server{}
		s := open(t, server, asr.Config{StallAfter: 2 * time.Second})
		wait(t, s, asr.Ready)
		live(s, time.Second)
		server.Stall()
		live(s, 5*time.Second)
		if failed := wait(t, s, asr.Failed); !errors.Is(failed.Err, asr.ErrStalled) {
			t.Fatalf("failed with %v", failed.Err)
		}
		server.Resume()
	})
}

func TestTheBudgetIsKeptToTheClock(t *testing.T) {
	for _, c := range []struct {
		stalled time.Duration
		fails   bool
	}{{1900 * time.Millisecond, false}, {2900 * time.Millisecond, true}} {
		t.Run(c.stalled.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &asrtest.Server{}
				s := open(t, server, asr.Config{StallAfter: 2 * time.Second})
				wait(t, s, asr.Ready)
				live(s, time.Second)
				server.Stall()
				live(s, c.stalled)
				server.Resume()
				live(s, time.Second)
				if got := drained(s); got != c.fails {
					t.Errorf("failed: %v, want %v", got, c.fails)
				}
			})
		})
	}
}

func TestSilenceOnTheWireIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, &asrtest.Server{}, asr.Config{StallAfter: time.Second})
		live(s, 290*time.Millisecond)
		time.Sleep(time.Minute)
		live(s, 500*time.Millisecond)
		if drained(s) {
			t.Error("the stream failed although it had no audio to work on")
		}
	})
}

func TestAPausedEngineHearsNothingAndOwesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &asrtest.Server{Script: asrtest.Say("hello")}
		s := open(t, server, asr.Config{StallAfter: time.Second})
		live(s, time.Second)
		s.Control(asr.Pause)
		synctest.Wait()
		before := server.Samples()
		live(s, time.Minute)
		if got := server.Samples() - before; got != 0 {
			t.Errorf("%d samples reached the paused engine", got)
		}
		s.Control(asr.Resume)
		live(s, time.Second)
		if drained(s) {
			t.Error("the stream failed")
		}
		if server.Samples() == before {
			t.Error("nothing reached the engine after the pause")
		}
	})
}

func TestAnEngineThatNeverGetsReadyIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &asrtest.Server{}
		server.Stall()
		s := open(t, server, asr.Config{ReadyWithin: time.Second})
		began := time.Now()
		failed := wait(t, s, asr.Failed)
		if took := time.Since(began); !errors.Is(failed.Err, asr.ErrStalled) || took > 2*time.Second {
			t.Errorf("failed with %v after %v", failed.Err, took)
		}
		server.Resume()
	})
}

func TestAnEngineThatFailsSaysWithWhichCode(t *testing.T) {
	server := &asrtest.Server{}
	s := open(t, server, asr.Config{})
	wait(t, s, asr.Ready)
	server.Fail(codes.ResourceExhausted)
	var why *asr.EngineError
	if failed := wait(t, s, asr.Failed); !errors.As(failed.Err, &why) || why.Code != codes.ResourceExhausted {
		t.Errorf("failed with %v", failed.Err)
	}
	if _, more := <-s.Events(); more {
		t.Error("an event after Failed")
	}
}

func TestAnEngineThatIsDownGivesAFailedEvent(t *testing.T) {
	client, err := asr.Dial("unix:" + t.TempDir() + "/nobody.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := client.Ready(ctx); err == nil {
		t.Error("ready although nobody listens")
	}
	s := recognize(t, client, asr.Config{})
	var why *asr.EngineError
	if failed := wait(t, s, asr.Failed); !errors.As(failed.Err, &why) || why.Code != codes.Unavailable {
		t.Errorf("failed with %v", failed.Err)
	}
}

func TestAnEngineThatIsUpIsReadyAndSaysWhatItCanDo(t *testing.T) {
	client := asrtest.Start(t, &asrtest.Server{})
	if err := client.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	caps, err := client.Capabilities(t.Context())
	if err != nil || !caps.Progress || len(caps.Languages) != 2 {
		t.Errorf("capabilities %+v, %v", caps, err)
	}
}

func TestOldestAudioIsDroppedWhenTheEngineIsSlow(t *testing.T) {
	server := &asrtest.Server{}
	server.Stall()
	client := asrtest.Start(t, server)
	s := recognize(t, client, asr.Config{})
	speak(s, 3*time.Second) // faster than the stream could open
	server.Resume()
	wait(t, s, asr.Progress)
	if lost := client.Stats().Lost; lost < 8000 {
		t.Errorf("%d samples counted as lost", lost)
	}
}

func TestConfigUpdatesAndControlsArriveInOrder(t *testing.T) {
	server := &asrtest.Server{}
	s := open(t, server, asr.Config{
		Tenant: "acme", Call: "c1", Hints: []asr.Hint{{Phrase: "meter", Class: asr.HintExample}},
	})
	card := asr.Card
	s.Update(asr.Update{Expect: &card, ExpectLength: 16})
	s.Control(asr.ForceEndpoint)
	s.Finish()
	for range s.Events() {
	}
	got := server.Requests()
	if len(got) != 3 {
		t.Fatalf("%d requests, not 3", len(got))
	}
	config, update := got[0].GetConfig(), got[1].GetUpdate()
	if config.GetSession().GetTenant() != "acme" || config.GetHints()[0].GetPhrase() != "meter" {
		t.Errorf("config %v", config)
	}
	if update.GetExpect() != asrv1.Expect_EXPECT_CARD || update.GetReplaceHints() {
		t.Errorf("update %v", update)
	}
	if got[2].GetControl().GetAction() != asrv1.Control_ACTION_FORCE_ENDPOINT {
		t.Errorf("control %v", got[2])
	}
}

func TestNoLanguageIsRefused(t *testing.T) {
	client := asrtest.Start(t, &asrtest.Server{})
	if _, err := client.Recognize(t.Context(), asr.Config{}); err == nil {
		t.Error("no error")
	}
}

func TestMulawReachesTheEngineAsSpeech(t *testing.T) {
	s := open(t, &asrtest.Server{Script: asrtest.Say("yes")}, asr.Config{Encoding: asr.Mulaw})
	speak(s, time.Second)
	hush(s, time.Second)
	wait(t, s, asr.Final)
}

func TestEndOfTheContextEndsTheStreamWithoutFailure(t *testing.T) {
	client := asrtest.Start(t, &asrtest.Server{})
	ctx, cancel := context.WithCancel(t.Context())
	s, err := client.Recognize(ctx, asr.Config{Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for ev := range s.Events() {
		if ev.Kind == asr.Failed {
			t.Errorf("failed with %v", ev.Err)
		}
	}
	s.Close()
	if got := client.Stats(); got.Open != 0 || got.Failed != 0 {
		t.Errorf("stats %+v", got)
	}
}

func TestWriteDoesNotAllocate(t *testing.T) {
	s := open(t, &asrtest.Server{Discard: true}, asr.Config{})
	wait(t, s, asr.Ready)
	frame := make([]int16, 10) // so little that the sender, which may allocate, stays asleep
	least := math.Inf(1)
	for range 3 { // what goes on beside may allocate once
		least = min(least, testing.AllocsPerRun(30, func() { s.Write(frame) }))
	}
	if least >= 1 {
		t.Errorf("%v allocations a frame", least)
	}
}

func open(t *testing.T, server *asrtest.Server, config asr.Config) *asr.Stream {
	t.Helper()
	return recognize(t, asrtest.Start(t, server), config)
}

func recognize(t *testing.T, client *asr.Client, config asr.Config) *asr.Stream {
	t.Helper()
	config.Language = "en"
	s, err := client.Recognize(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// wait gives the next event of a kind and skips the others.
func wait(t *testing.T, s *asr.Stream, kind asr.Kind) asr.Event {
	t.Helper()
	timeout := time.NewTimer(30 * time.Second)
	defer timeout.Stop()
	for {
		select {
		case ev, more := <-s.Events():
			if !more {
				t.Fatalf("the stream ended without %s", kind)
			}
			if ev.Kind == kind {
				return ev
			}
		case <-timeout.C:
			t.Fatalf("no %s within 30 s", kind)
		}
	}
}

// speak and hush write audio at once, less than a ring of it.
func speak(s *asr.Stream, d time.Duration) { write(s, d, 4000) }
func hush(s *asr.Stream, d time.Duration)  { write(s, d, 0) }

func write(s *asr.Stream, d time.Duration, level int16) {
	frame := make([]int16, 160)
	for i := range frame {
		frame[i] = level
	}
	for range d / (20 * time.Millisecond) {
		s.Write(frame)
		if d <= time.Second {
			time.Sleep(time.Millisecond)
		}
	}
}

// live writes audio in time with the clock.
func live(s *asr.Stream, d time.Duration) {
	frame := make([]int16, 160)
	for range d / (20 * time.Millisecond) {
		s.Write(frame)
		time.Sleep(20 * time.Millisecond)
	}
}

// drained reports whether a Failed event is among those that wait.
func drained(s *asr.Stream) bool {
	for {
		select {
		case ev, more := <-s.Events():
			if !more {
				return false
			}
			if ev.Kind == asr.Failed {
				return true
			}
		default:
			return false
		}
	}
}
