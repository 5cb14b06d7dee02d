package asr_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// mum never says how it is, as a process that was stopped.
type mum struct {
	healthv1.UnimplementedHealthServer
}

// Check waits until nobody does.
func (mum) Check(ctx context.Context, _ *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func silentOfItself(g *grpc.Server) { healthv1.RegisterHealthServer(g, mum{}) }

// An engine whose machine is overloaded says how far it is every few seconds. To ask it
// anew would double its work; only where another is free is it left, and soon.
func TestAnEngineThatIsSlowIsLeftOnlyForAnother(t *testing.T) {
	slow := odd{every: 4 * time.Second}
	for name, c := range map[string]struct {
		health func(*grpc.Server) // nil: it knows no such question, and says so
		beside bool               // another is there
		most   time.Duration      // until it is left; 0: it is not
	}{
		"alone, and says how it is": {},
		"alone, and answers nobody": {health: silentOfItself, most: 2500 * time.Millisecond},
		"beside another":            {beside: true, most: 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var also []func(*grpc.Server)
				if c.health != nil {
					also = append(also, c.health)
				}
				all := []asr.Provider{{Client: serves(t, slow, also...)}}
				if c.beside {
					all = append(all, asr.Provider{Client: serves(t, odd{})})
				}
				p, s := between(t, all...)
				began := time.Now()
				var left time.Duration
				go func() {
					for ev := range s.Events() {
						if ev.Kind == asr.Switched && left == 0 {
							left = time.Since(began)
						}
					}
				}()
				speaks(s, 1, 14*time.Second, 0)
				s.Close()
				synctest.Wait()
				if st := p.Stats(); (st.Switches == 0) != (c.most == 0) || left > c.most+100*time.Millisecond {
					t.Errorf("left after %s, not %s; %+v", left, c.most, st)
				}
			})
		})
	}
}

// One stream of many may hang while the engine answers all others: in the end it is asked
// anew, and hears all that was said.
func TestAStreamThatHangsIsAskedAnewInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &asrtest.Server{Discard: true}
		p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, server)
		liveAt(s, time.Second, 4000)
		server.Stall() // its health is told by others
		began := time.Now()
		go liveAt(s, 17*time.Second, 4000)
		time.Sleep(14 * time.Second)
		if n := p.Stats().Switches; n != 0 || p.Stats().Providers[0].Failed != 0 {
			t.Errorf("it was given up within 14 s: %+v", p.Stats())
		}
		time.Sleep(1500 * time.Millisecond)
		server.Resume()
		w := wait(t, s, asr.Switched).Switch
		if !errors.Is(w.Cause, asr.ErrStalled) || w.Replayed < 15*time.Second {
			t.Errorf("after %s: %+v", time.Since(began), w)
		}
		time.Sleep(2 * time.Second)
	})
}

// The words of an utterance that an engine has begun and does not finish are kept however
// long the caller has waited in silence.
func TestNoWordIsLostThatAnEngineDoesNotFinish(t *testing.T) {
	for _, spoken := range []time.Duration{time.Second, 12 * time.Second} {
		t.Run(spoken.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begins := func(n int, end int64) []*asrv1.Transcript {
					return []*asrv1.Transcript{{UtteranceId: "1", Revision: int32(n), EndSamples: end, Alternatives: []*asrv1.Alternative{{Text: fmt.Sprint("word", n)}}}}
				}
				_, s := between(t, asr.Provider{Client: serves(t, odd{answer: begins})}, asr.Provider{Client: serves(t, odd{})})
				var w *asr.Switch
				go func() {
					for ev := range s.Events() {
						if ev.Kind == asr.Switched {
							w = ev.Switch
						}
					}
				}()
				speaks(s, 1, spoken, 7*time.Second)
				synctest.Wait()
				if w == nil || w.Replayed < spoken || w.Replayed > spoken+5*time.Second {
					t.Errorf("%s were said, and of that is heard again: %+v", spoken, w)
				}
			})
		})
	}
}

// An engine that is sent silence too has understood it: a standby need not hear all of it again.
func TestSilenceThatAnEngineHasHeardIsNotHeardAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := &asrtest.Server{}
		p := asr.NewPool(asr.PoolConfig{}, asr.Provider{Name: "a", Client: asrtest.Start(t, one), Silence: true})
		t.Cleanup(func() { p.Close() })
		s, err := p.Recognize(t.Context(), asr.Config{Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		liveAt(s, time.Second, 4000)
		idle(s, 10*time.Second)
		one.Fail(codes.Unavailable)
		idle(s, time.Second)
		if w := wait(t, s, asr.Switched).Switch; w.Replayed > 2500*time.Millisecond {
			t.Errorf("%s are heard again", w.Replayed)
		}
	})
}
