package conformance_test

import (
	"context"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/conformance"
	"github.com/callward/callward/internal/fake"
)

// healthy makes an engine without faults of its own.
func healthy(s conformance.Service, faults ...fake.Fault) *fake.Engine {
	if s == conformance.TTS {
		return fake.NewTTS(faults...)
	}
	return fake.NewASR(nil, faults...)
}

// examine runs checks on an engine, in virtual time.
func examine(t *testing.T, e *fake.Engine, o conformance.Options) *conformance.Report {
	t.Helper()
	var report *conformance.Report
	synctest.Test(t, func(t *testing.T) {
		l := bufconn.Listen(1 << 16)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- e.Serve(ctx, l) }()
		o.Service, o.Address = conformance.Service(e.Service), "fake:1"
		o.Dial = func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }
		var err error
		report, err = conformance.Run(t.Context(), o)
		if err != nil {
			t.Errorf("run: %v", err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return report
}

func TestAHealthyEngineConforms(t *testing.T) {
	for _, s := range []conformance.Service{conformance.ASR, conformance.TTS} {
		r := examine(t, healthy(s), conformance.Options{})
		for _, x := range r.Results {
			applies := x.ID != "tts.ssml.unclaimed" // it claims SSML
			if (x.State == conformance.Passed) != applies {
				t.Errorf("%s", x.Line())
			}
		}
		t.Logf("%s", r.Summary())
	}
}

// A check that nothing can fail proves nothing: each is failed by a fault that is
// there for it.
func TestEveryCheckCanFail(t *testing.T) {
	for _, s := range []conformance.Service{conformance.ASR, conformance.TTS} {
		for _, c := range conformance.Checks(s) {
			faults := slices.DeleteFunc(fake.Kinds(fake.Service(s)), func(k fake.Kind) bool { return k.Breaks != c.ID })
			if len(faults) == 0 {
				t.Errorf("no fault fails %s", c.ID)
			}
			for _, k := range faults {
				t.Run(c.ID+"/"+k.Name, func(t *testing.T) {
					r := examine(t, healthy(s, fake.Fault{Name: k.Name}), conformance.Options{Only: []string{c.ID}})
					if x := r.Results[0]; x.State != conformance.Failed {
						t.Errorf("%s does not fail it: %s", k.Name, x.Line())
					} else {
						t.Logf("%s", x.Why)
					}
				})
			}
		}
	}
}

func TestAnEngineThatClaimsNoSSMLMayRefuseIt(t *testing.T) {
	e := healthy(conformance.TTS, fake.Fault{Name: "hidden-ssml"}, fake.Fault{Name: "no-ssml"})
	r := examine(t, e, conformance.Options{Only: []string{"tts.ssml.unclaimed"}})
	if x := r.Results[0]; x.State != conformance.Passed {
		t.Errorf("%s", x.Line())
	}
}

// Who mends what a check names must not have to guess which other failure is its echo.
func TestAFaultOfOneThingFailsOneCheck(t *testing.T) {
	for s, names := range map[conformance.Service][]string{
		conformance.ASR: {"any-offset", "shared-context", "any-language"},
		conformance.TTS: {"hidden-ssml", "any-language"},
	} {
		for _, name := range names {
			t.Run(string(s)+"/"+name, func(t *testing.T) {
				broken := ""
				for _, k := range fake.Kinds(fake.Service(s)) {
					if k.Name == name {
						broken = k.Breaks
					}
				}
				for _, x := range examine(t, healthy(s, fake.Fault{Name: name}), conformance.Options{}).Results {
					if (x.State == conformance.Failed) != (x.ID == broken) {
						t.Errorf("%s", x.Line())
					}
				}
			})
		}
	}
}

func TestEveryFaultNamesACheckThatThereIs(t *testing.T) {
	for _, s := range []conformance.Service{conformance.ASR, conformance.TTS} {
		for _, k := range fake.Kinds(fake.Service(s)) {
			there := func(c conformance.Check) bool { return c.ID == k.Breaks }
			if k.Breaks != "" && !slices.ContainsFunc(conformance.Checks(s), there) {
				t.Errorf("%s %s: there is no check %s", s, k.Name, k.Breaks)
			}
		}
	}
}

// The contract allows 200 ms between two messages of progress: after a pause too.
func TestAnEngineMayTakeTheContractsTimeToSayThatItGoesOn(t *testing.T) {
	e := healthy(conformance.ASR, fake.Fault{Name: "sleepy", For: 190 * time.Millisecond})
	r := examine(t, e, conformance.Options{Only: []string{"asr.progress.resume", "asr.progress"}})
	for _, x := range r.Results {
		if x.State != conformance.Passed {
			t.Errorf("%s", x.Line())
		}
	}
	if took := r.Results[1].Timings["progress resumed"]; took.P95 != 200*time.Millisecond {
		t.Errorf("it came after %v", took.P95)
	}
}
