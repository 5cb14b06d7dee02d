package asr_test

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
)

func TestFaultsOfAnEngineAreCountedByCause(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(*asrtest.Server)
		cause string
	}{
		"killed":                          {func(s *asrtest.Server) { s.Fail(codes.ResourceExhausted) }, "ResourceExhausted"},
		"ended though nobody asked it to": {func(s *asrtest.Server) { s.Fail(codes.OK) }, "ended early"},
		"a code that gRPC does not know":  {func(s *asrtest.Server) { s.Fail(411111111) }, "Unknown"},
		"stalled":                         {func(s *asrtest.Server) { s.Stall() }, "stalled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var first, second heard
				one := counted(&first)
				p, s := pooled(t, asr.PoolConfig{}, asr.Config{}, one, counted(&second))
				r := ramp{s: s}
				r.say(time.Second, true)
				c.fault(one)
				r.say(time.Second, true)
				if w := wait(t, s, asr.Switched).Switch; asr.Cause(w.Cause) != c.cause {
					t.Errorf("it gave way since %v", w.Cause)
				}
				all := p.Stats().Providers
				if want := map[string]int64{c.cause: 1}; !maps.Equal(all[0].Failures, want) || len(all[1].Failures) != 0 {
					t.Errorf("failures %v and %v, want %v of the first alone", all[0].Failures, all[1].Failures, want)
				}
				one.Resume()
			})
		})
	}
}

func TestAStreamThatIsOverIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := asrtest.Start(t, &asrtest.Server{})
		finished, closed := recognize(t, client, asr.Config{}), recognize(t, client, asr.Config{})
		live(finished, time.Second)
		live(closed, time.Second)
		finished.Finish()
		if drained(finished) {
			t.Error("the stream failed")
		}
		closed.Close()
		synctest.Wait()
		if got := client.Stats().Failures; len(got) != 0 {
			t.Errorf("failures: %v", got)
		}
	})
}
