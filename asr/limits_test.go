package asr_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
)

// informed starts an engine of which the client knows what it can do.
func informed(t *testing.T, server *asrtest.Server) *asr.Client {
	t.Helper()
	client := asrtest.Start(t, server)
	if _, err := client.Capabilities(t.Context()); err != nil {
		t.Fatal(err)
	}
	return client
}

func TestNoMessageIsLargerThanTheEngineTakes(t *testing.T) {
	for name, encoding := range map[string]asr.Encoding{"linear": asr.Linear16, "mulaw": asr.Mulaw} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &asrtest.Server{MaxChunk: 321, Script: asrtest.Say("yes")} // 60 ms are 960 bytes, or 480
				s := recognize(t, informed(t, server), asr.Config{Encoding: encoding})
				liveAt(s, time.Second, 4000)
				liveAt(s, time.Second, 0)
				wait(t, s, asr.Final)
				if got := server.Samples(); got < 2*8000-480 {
					t.Errorf("%d samples arrived of 16000", got)
				}
			})
		})
	}
}

func TestNoMoreHintsAreSentThanTheEngineTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &asrtest.Server{HintsMax: 3}
		var hints []asr.Hint
		for i := range 4 {
			hints = append(hints, asr.Hint{Phrase: fmt.Sprint("name ", i), Class: asr.HintName})
		}
		hints = append(hints, asr.Hint{Phrase: "the menu", Class: asr.HintMenu})
		s := recognize(t, informed(t, server), asr.Config{Hints: hints})
		wait(t, s, asr.Ready)
		s.Update(asr.Update{Hints: hints})
		live(s, time.Second)
		s.Finish()
		for ev := range s.Events() {
			if ev.Kind == asr.Failed {
				t.Fatalf("the stream failed: %v", ev.Err)
			}
		}
		requests := server.Requests()
		if len(requests) != 2 {
			t.Fatalf("%d requests, not a config and an update", len(requests))
		}
		for i, got := range [][]string{phrases(requests[0].GetConfig().GetHints()), phrases(requests[1].GetUpdate().GetHints())} {
			if want := "the menu, name 0, name 1"; strings.Join(got, ", ") != want {
				t.Errorf("request %d has the hints %q, not %s", i+1, got, want)
			}
		}
		if len(hints) != 5 || hints[0].Phrase != "name 0" {
			t.Errorf("the caller's hints are %v now", hints)
		}
	})
}

func phrases[H interface{ GetPhrase() string }](hints []H) (out []string) {
	for _, h := range hints {
		out = append(out, h.GetPhrase())
	}
	return out
}

// An engine that listens for ten seconds at most hears a caller for as long as he speaks:
// each sample of his voice is heard, and nobody is told of a failure.
func TestAStreamIsRenewedBeforeItsLongestTime(t *testing.T) {
	for name, pooled := range map[string]bool{"alone": false, "in a pool": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var h heard
				server := counted(&h)
				server.MaxStream = 10 * time.Second
				client := informed(t, server)
				open := client.Recognize
				if pooled {
					p := asr.NewPool(asr.PoolConfig{}, asr.Provider{Name: "it", Client: client})
					t.Cleanup(func() { p.Close() })
					open = p.Recognize
				}
				s, err := open(t.Context(), asr.Config{Language: "en"})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { s.Close() })
				r := ramp{s: s}
				for range 4 { // samples are numbered up to 32767: 4 s
					r.say(900*time.Millisecond, true)
					idle(s, 12*time.Second)
				}
				s.Finish()
				readies := 0
				for ev := range s.Events() {
					switch ev.Kind {
					case asr.Failed, asr.Switched:
						t.Errorf("%s: %v", ev.Kind, ev.Err)
					case asr.Ready:
						readies++
					default:
					}
				}
				if missing := h.missing(r.next); len(missing) > 0 {
					t.Errorf("%d samples were heard by nobody, the first %d", len(missing), missing[0])
				}
				if n := client.Stats().Streams; n < 5 || client.Stats().Failed != 0 || readies != 1 {
					t.Errorf("%d streams, %d failed, %d times ready", n, client.Stats().Failed, readies)
				}
			})
		})
	}
}

// A caller whose stream is only renewed stays with the engine, though another is as good.
func TestAStreamIsRenewedAtItsOwnEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var clients [2]*asr.Client
		for i := range clients {
			clients[i] = informed(t, &asrtest.Server{MaxStream: 10 * time.Second})
		}
		p := asr.NewPool(asr.PoolConfig{}, asr.Provider{Name: "a", Client: clients[0]}, asr.Provider{Name: "b", Client: clients[1]})
		t.Cleanup(func() { p.Close() })
		s, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		idle(s, 2*time.Minute)
		a, b := clients[0].Stats().Streams, clients[1].Stats().Streams
		if a+b < 10 || a*b != 0 {
			t.Errorf("%d streams at one engine and %d at the other", a, b)
		}
	})
}

// Who speaks without a pause is not cut off either: what the engine has not finished is
// heard anew.
func TestAStreamIsRenewedAmidSpeechIfItMust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &asrtest.Server{MaxStream: 4 * time.Second, Script: []asrtest.Turn{{Text: "lost"}, {Text: "heard anew"}}}
		client := informed(t, server)
		s := recognize(t, client, asr.Config{Call: "c"})
		wait(t, s, asr.Ready)
		liveAt(s, 2*time.Second, 0)
		liveAt(s, 3*time.Second, 4000)
		began := wait(t, s, asr.SpeechStarted)
		if ended := wait(t, s, asr.SpeechEnded); !ended.Discarded || ended.Utterance != began.Utterance {
			t.Errorf("the utterance that broke off ends with %+v", ended)
		}
		again := wait(t, s, asr.SpeechStarted)
		if d := again.Offset - began.Offset; d < -40*time.Millisecond || d > 40*time.Millisecond {
			t.Errorf("it is heard anew from %v, it began at %v", again.Offset, began.Offset)
		}
		liveAt(s, time.Second, 0)
		if final := wait(t, s, asr.Final); final.Utterance != again.Utterance {
			t.Errorf("the final is of %s, not of %s", final.Utterance, again.Utterance)
		}
	})
}

// idle gives silence that nobody speaks in.
func idle(s *asr.Stream, d time.Duration) {
	frame := make([]int16, 160)
	for range d / (20 * time.Millisecond) {
		s.Hear(frame, false)
		time.Sleep(20 * time.Millisecond)
	}
}
