package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/fake"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// with runs f with an engine, in virtual time.
func with(t *testing.T, e *fake.Engine, f func(ctx context.Context, o Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := bufconn.Listen(1 << 16)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- e.Serve(ctx, l) }()
		f(ctx, Options{
			Service: Service(e.Service), Address: "fake:1",
			Dial: func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) },
		})
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

func results(r *Report, s State) (ids []string) {
	for _, x := range r.Results {
		if x.State == s {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// Each check would wait as long as the one before, for the same.
func TestARunWithoutAStreamThatBecomesReadyEndsEarly(t *testing.T) {
	for s, e := range map[Service]*fake.Engine{
		ASR: fake.NewASR(nil, fake.Fault{Name: "never-ready"}), TTS: fake.NewTTS(fake.Fault{Name: "never-ready"}),
		Dialog: fake.NewDialog(nil, fake.Fault{Name: "stall"}), // a service may answer without ready, as its own check says
	} {
		t.Run(string(s), func(t *testing.T) {
			with(t, e, func(ctx context.Context, o Options) {
				told := 0
				o.Tell = func(Result) { told++ }
				r, err := Run(ctx, o)
				if err != nil {
					t.Fatal(err)
				}
				if most := DefaultTimeout + 5*time.Second; r.Took > most {
					t.Errorf("it took %v, more than %v", r.Took, most)
				}
				failed, left := results(r, Failed), results(r, Unknown)
				if len(failed) != 1 || failed[0] != string(s)+".ready.first" || len(left) < 5 || len(r.Results) != len(Checks(s)) {
					t.Errorf("%q failed, %d of %d were not tried", failed, len(left), len(r.Results))
				}
				if told != len(r.Results)-len(left) {
					t.Errorf("%d results were told", told)
				}
				if sum := r.Summary(); !strings.Contains(sum, "stopped: no stream has become ready within 15s") || !strings.Contains(sum, "does not conform: ") {
					t.Error(sum)
				}
			})
		})
	}
}

// An engine that was ready once has something to say to the other checks.
func TestARunGoesOnIfOneStreamDoesNotBecomeReady(t *testing.T) {
	with(t, fake.NewASR(nil), func(ctx context.Context, o Options) {
		o.Only = []string{"asr.config.once", "asr.languages"}
		c, err := connect(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.conn.Close() }()
		_ = c.opened(nil)
		r := c.check(ctx, Check{run: func(context.Context, *probe) error { return c.opened(errNone) }})
		if c.hopeless || r.State != Failed {
			t.Errorf("given up: %v; %+v", c.hopeless, r)
		}
	})
}

// slept has an engine without faults judged by a record of a machine that slept.
func slept(ctx context.Context, t *testing.T, o Options, late time.Duration) (*target, *conversation) {
	t.Helper()
	c, err := connect(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	p := &probe{target: c, measured: map[string]samples{}}
	talk, err := p.conversation(ctx, "en")
	if err != nil {
		t.Fatal(err)
	}
	talk.late = late
	at := slices.IndexFunc(talk.got, func(e event[*asrResponse]) bool { return e.at.Sub(talk.first) > time.Second })
	talk.got = slices.DeleteFunc(talk.got, func(e event[*asrResponse]) bool {
		return e.m.GetProgress() != nil && e.at.Sub(talk.got[at].at).Abs() < 500*time.Millisecond
	})
	return c, talk
}

func TestALateProgramIsNoJudgeOfTime(t *testing.T) {
	check := Checks(ASR)[slices.IndexFunc(Checks(ASR), func(c Check) bool { return c.ID == "asr.progress" })]
	t.Run("in time", func(t *testing.T) {
		with(t, fake.NewASR(nil), func(ctx context.Context, o Options) {
			c, _ := slept(ctx, t, o, 10*time.Millisecond)
			defer func() { _ = c.conn.Close() }()
			if r := c.check(ctx, check); r.State != Failed {
				t.Errorf("%s", r.Line())
			}
		})
	})
	t.Run("late once", func(t *testing.T) {
		with(t, fake.NewASR(nil), func(ctx context.Context, o Options) {
			c, _ := slept(ctx, t, o, 300*time.Millisecond)
			defer func() { _ = c.conn.Close() }()
			if r := c.check(ctx, check); r.State != Passed {
				t.Errorf("it is not held anew: %s", r.Line())
			}
		})
	})
	t.Run("always late", func(t *testing.T) {
		tries := 0
		late := func() (time.Duration, error) {
			tries++
			return 300 * time.Millisecond, errors.New("no progress for 1s")
		}
		err := inTime(t.Context(), late)
		var untold *unknownError
		if !errors.As(err, &untold) || tries != timesTried || !strings.Contains(err.Error(), "this machine was too busy to tell") {
			t.Errorf("after %d tries %v", tries, err)
		}
	})
	t.Run("late, and no time to try anew", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		tries := 0
		err := inTime(ctx, func() (time.Duration, error) {
			if tries++; tries == 1 {
				return 300 * time.Millisecond, errors.New("no progress for 1s")
			}
			cancel()
			return 0, ctx.Err()
		})
		var untold *unknownError
		if !errors.As(err, &untold) || tries != 2 {
			t.Errorf("after %d tries %v", tries, err)
		}
	})
}

// A stall of the engine holds up sending too: that is not this machine's fault.
func TestAStallIsNoLatenessOfOurs(t *testing.T) {
	with(t, fake.NewASR(nil, fake.Fault{Name: "stall", After: time.Second}), func(ctx context.Context, o Options) {
		o.Only = []string{"asr.progress", "asr.progress.resume"}
		r, err := Run(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		if failed := results(r, Failed); len(failed) != 2 {
			t.Errorf("%q failed of %+v", failed, r.Results)
		}
	})
}

func TestWhatCouldNotBeToldIsNoPassAndNoFault(t *testing.T) {
	must := func(s State) Result { return Result{Check: Check{ID: "x", Level: Must}, State: s, Why: "busy"} }
	for _, x := range []struct {
		name           string
		results        []Result
		conforms, told bool
		summary, junit string
	}{
		{"all well", []Result{must(Passed)}, true, true, "\nconforms: the engine at a:1, vendor \"you\", build \"0\"\n", `errors="0"`},
		{"one fault", []Result{must(Failed), must(Unknown)}, false, true, "\ndoes not conform: ", `failures="1" errors="1"`},
		{"not told", []Result{must(Passed), must(Unknown)}, false, false, "\nno verdict: ", `<error message="busy">`},
	} {
		r := &Report{Service: ASR, Address: "a:1", Vendor: "you", Build: "0", Results: x.results}
		if r.Conforms() != x.conforms || r.Told() != x.told || !strings.Contains(r.Summary(), x.summary) {
			t.Errorf("%s: %v, %v, %s", x.name, r.Conforms(), r.Told(), r.Summary())
		}
		var j, xml bytes.Buffer
		if err := errors.Join(r.WriteJSON(&j), r.WriteJUnit(&xml)); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(j.Bytes()) || !strings.Contains(xml.String(), x.junit) {
			t.Errorf("%s: %s", x.name, &xml)
		}
	}
}

// Who mends offsets must not be told that finals are missing.
func TestWrongOffsetsAreNotCalledLateFinals(t *testing.T) {
	with(t, fake.NewASR(nil, fake.Fault{Name: "half-offsets"}), func(ctx context.Context, o Options) {
		o.Only = []string{"asr.offsets", "asr.latency", "asr.final.words", "asr.final.once"}
		r, err := Run(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		if failed := results(r, Failed); !slices.Equal(failed, []string{"asr.offsets"}) {
			t.Errorf("%q failed", failed)
		}
		if untold := results(r, Unknown); !slices.Equal(untold, []string{"asr.latency"}) {
			t.Errorf("%q could not be told", untold)
		}
	})
}

// An engine may end an utterance at the pause that ends it, hear one as two, and say
// nothing of noise.
func TestFinalsMayLieALittleOff(t *testing.T) {
	final := func(start, end int64, text string) event[*asrResponse] {
		x := &asrv1.Transcript{UtteranceId: "u", IsFinal: true, StartSamples: start, EndSamples: end}
		if text != "" {
			x.Alternatives = []*asrv1.Alternative{{Text: text}}
		}
		return event[*asrResponse]{m: &asrResponse{Response: &asrv1.StreamingRecognizeResponse_Transcript{Transcript: x}}}
	}
	for name, x := range map[string]struct {
		got  []event[*asrResponse]
		good bool
	}{
		"exact":            {[]event[*asrResponse]{final(2000, 10000, "a"), final(22000, 30000, "b")}, true},
		"to the endpoint":  {[]event[*asrResponse]{final(1500, 14800, "a"), final(20400, 34800, "b")}, true},
		"two of one":       {[]event[*asrResponse]{final(2000, 5000, "a"), final(6000, 10000, "b"), final(22000, 30000, "c")}, true},
		"noise, no words":  {[]event[*asrResponse]{final(0, 500, ""), final(2000, 10000, "a"), final(22000, 30000, "b")}, true},
		"half the rate":    {[]event[*asrResponse]{final(1000, 5000, "a"), final(11000, 15000, "b")}, false},
		"words of nothing": {[]event[*asrResponse]{final(2000, 10000, "a"), final(15000, 16000, "x"), final(22000, 30000, "b")}, false},
		"a stub":           {[]event[*asrResponse]{final(2000, 10000, "a"), final(22000, 22100, "b")}, false},
	} {
		c := &conversation{ours: true, said: [2]said{{start: 2000, end: 10000}, {start: 22000, end: 30000}}, got: x.got}
		if err := placed(c); (err == nil) != x.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever checks an engine that sends without end is not to run out of memory.
func TestAStreamWithoutEndIsNotKept(t *testing.T) {
	for name, size := range map[string]int{"large": 1 << 20, "small": 0} {
		b, came := newInbox[*asrResponse](), 0
		m := &asrResponse{Response: &asrv1.StreamingRecognizeResponse_Transcript{Transcript: &asrv1.Transcript{UtteranceId: strings.Repeat("u", size)}}}
		b.receive(func() (*asrResponse, error) {
			if came++; came > 1<<20 {
				return nil, errors.New("it is kept")
			}
			return m, nil
		})
		if _, _, err := b.now(); !errors.Is(err, errFlood) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Times of words that are counted from the start of their utterance lie elsewhere than it.
func TestWordsMustLieWhereTheirTranscriptDoes(t *testing.T) {
	f := &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000}
	for name, x := range map[string]struct {
		from, to int64
		good     bool
	}{
		"within": {21000, 24000, true}, "a little off": {17000, 33000, true}, "no times": {0, 0, true},
		"from the start of the utterance": {1000, 4000, false}, "later": {31000, 36000, false},
	} {
		m := &asrv1.Transcript{StartSamples: 20000, EndSamples: 30000, Alternatives: []*asrv1.Alternative{{Words: []*asrv1.Word{{Text: "a", StartSamples: x.from, EndSamples: x.to}}}}}
		if err := wordsPlaced(f, m); (err == nil) != x.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAConfidenceThatIsNoNumberIsNone(t *testing.T) {
	for c, good := range map[float32]bool{0: true, 1: true, -0.1: false, 1.1: false, float32(math.NaN()): false} {
		m := &asrResponse{Response: &asrv1.StreamingRecognizeResponse_Transcript{Transcript: &asrv1.Transcript{Alternatives: []*asrv1.Alternative{{Text: "a", Confidence: c}}}}}
		talk := &conversation{got: []event[*asrResponse]{{m: m}}}
		if err := readable(nil, talk); (err == nil) != good {
			t.Errorf("%g: %v", c, err)
		}
	}
}

func TestATokenGoesInClearToThisMachineOnly(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:7070": true, "[::1]:7070": true, "localhost:7070": true, "unix:/run/x.sock": true, "tcp:127.0.0.1:7070": true,
		"192.0.2.2:7070": false, "engine.example:443": false, "localhost.example:1": false, "127.0.0.1": false,
	} {
		if near(address) != want {
			t.Errorf("%s", address)
		}
	}
	_, err := Run(t.Context(), Options{Service: ASR, Address: "192.0.2.2:7070", Token: "secret"})
	if !errors.Is(err, ErrInsecure) {
		t.Errorf("error %v", err)
	}
}
