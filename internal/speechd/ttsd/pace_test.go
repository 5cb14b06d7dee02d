package ttsd_test

import (
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
)

const second = 8000 // samples

func TestSynthesisRunsNoFurtherAheadThanAllowed(t *testing.T) {
	for _, lead := range []time.Duration{time.Nanosecond, 100 * time.Millisecond, 5 * time.Second, time.Hour} {
		t.Run(lead.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				install(t)
				cfg := english()
				cfg.MaxLead = durationpb.New(lead)
				k := start(t).open(t, cfg)
				k.say("a", "long")
				k.until(isAudio)
				began, allowed := time.Now(), max(lead, 20*time.Millisecond)
				for m := k.next(); isAudio(m); m = k.next() {
					end := time.Duration(len(k.contexts["a"].pcm)) * time.Second / second
					if ahead := end - time.Since(began); ahead > allowed {
						t.Fatalf("%v ahead, allowed are %v", ahead, allowed)
					}
				}
				if took, want := time.Since(began), max(0, time.Minute-allowed); took < want || took > want+time.Second {
					t.Errorf("a minute takes %v, want %v", took, want)
				}
				k.finish()
			})
		})
	}
}

func TestTextThatComesLateIsPacedFromWhenItComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		install(t)
		cfg := english()
		cfg.MaxLead = durationpb.New(time.Second)
		k := start(t).open(t, cfg)
		k.piece("a", "Hello. ")
		k.until(isAudio)
		time.Sleep(30 * time.Second) // the caller hears nothing meanwhile
		k.send(input("a", "long", true))
		k.until(isAudio)
		began := time.Now()
		k.until(isDone)
		if took := time.Since(began); took < 58*time.Second || took > time.Minute {
			t.Errorf("a minute with a second's lead takes %v", took)
		}
		k.finish()
	})
}

func TestWithoutALimitThereIsNoPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		install(t)
		k := start(t).open(t, english())
		began := time.Now()
		k.say("a", "long")
		k.finish()
		if took := time.Since(began); took != 0 {
			t.Errorf("a minute takes %v", took)
		}
	})
}
