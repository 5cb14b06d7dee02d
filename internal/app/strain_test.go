package app

import (
	"testing"

	"github.com/callward/callward/sip/siptest"
)

func TestNewCallsAreRefusedWhileThereIsTooMuchToDo(t *testing.T) {
	s := &strain{limit: 0.9, most: badSeconds}
	for i, step := range []struct {
		cpu, late float64
		over      bool
	}{
		{0.95, 0, false},
		{0.95, 0, false},
		{0.5, 0, false}, // a burst is none
		{0.95, 0, false},
		{0.95, 0, false},
		{0.95, 0, true},
		{0.85, 0, true}, // not much better
		{0.79, 0, false},
		{0.1, 0.6, false},
		{0.1, 0.6, false},
		{0.1, 0.6, true}, // the machine's other work makes the sound late
		{0.1, 0.2, true},
		{0.1, 0, false},
	} {
		s.note(step.cpu, step.late)
		if s.tooMuch() != step.over {
			t.Errorf("step %d: %v", i, s.tooMuch())
		}
	}
}

func TestACallThatIsTooMuchGets503(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "", "--test-numbers")
	p := siptest.NewPhone(t, "caller", nil)
	s.eventually("a call under strain to be refused", func() bool {
		s.strain.over.Store(true) // which the next measurement takes back
		return s.refused(p, "echo") == 503
	})
	s.metric("callward_sip_refused_total 1")
	s.strain.over.Store(false)
	if code := s.refused(p, "echo"); code != 0 {
		t.Errorf("after it: %d", code)
	}
}
