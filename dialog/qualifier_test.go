package dialog_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/dialog"
	"github.com/callward/callward/dialog/dialogtest"
	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// qualifier asks s, and notes how each question went.
func qualifier(t *testing.T, s *dialogtest.Server) (q *dialog.Qualifier, causes *[]string) {
	t.Helper()
	local, err := intent.Train(t.Context(), []intent.Example{
		{Intent: "billing", Text: "I have a question about my bill"},
		{Intent: "billing", Text: "my invoice is wrong"},
		{Intent: "emergency", Text: "I smell gas"},
		{Intent: "emergency", Text: "there is a gas leak"},
	}, intent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	causes = &[]string{}
	return &dialog.Qualifier{
		Client: dialogtest.Start(t, s, dialog.Config{}), Breaker: engines.NewBreaker(engines.BreakerConfig{}),
		Fallback: local, Question: dialog.Question{Call: "c1", Language: "en"}, Service: "the dialog service of acme",
		Asked: func(took time.Duration, err error) {
			switch {
			case err == nil:
				*causes = append(*causes, "answered")
			case (took == 0) != (dialog.Cause(err) == "resting"):
				t.Errorf("%v took %v", err, took)
			default:
				*causes = append(*causes, dialog.Cause(err))
			}
		},
	}, causes
}

func TestTheServiceIsAskedFirst(t *testing.T) {
	s := &dialogtest.Server{Words: map[string]string{"gas": "billing"}} // which nobody here would say
	q, causes := qualifier(t, s)
	got, err := q.Classify(t.Context(), redact.Authored("I smell gas"))
	if err != nil || got.Name != "billing" || got.Reason != "understood by the dialog service of acme" || len(*causes) != 1 {
		t.Fatalf("%+v, %v, %v", got, err, *causes)
	}
	if names := s.Asked()[0].GetIntents(); strings.Join(names, " ") != "billing emergency" {
		t.Errorf("asked for %v", names)
	}
}

func TestADeadServiceCostsFewCallsItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := words()
		s.Break(dialogtest.Mute)
		q, causes := qualifier(t, s)
		began := time.Now()
		for range 10 {
			got, err := q.Classify(t.Context(), redact.Authored("I smell gas"))
			if err != nil || got.Name != "emergency" || !strings.HasPrefix(got.Reason, "understood here, not by the dialog service of acme: ") {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		if took := time.Since(began); took != 3*400*time.Millisecond {
			t.Errorf("ten questions took %v", took)
		}
		if got := strings.Join(*causes, " "); got != "late late late"+strings.Repeat(" resting", 7) {
			t.Error(got)
		}
		s.Break(dialogtest.None)
		time.Sleep(2 * time.Second)
		if got, _ := q.Classify(t.Context(), redact.Authored("gas")); !strings.HasPrefix(got.Reason, "understood by") {
			t.Errorf("once it is well: %+v", got)
		}
	})
}

func TestWhoHangsUpTeachesNothingOfTheService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := words()
		q, causes := qualifier(t, s)
		for n := range 6 {
			s.Break([]dialogtest.Fault{dialogtest.Mute, dialogtest.Hasty}[n%2])
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			if _, err := q.Classify(ctx, redact.Authored("gas")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			cancel()
		}
		if q.Breaker.State(time.Now()) != engines.Closed || len(*causes) != 0 {
			t.Errorf("%v, %v", q.Breaker.State(time.Now()), *causes)
		}
	})
}

func TestAServiceWhoseClockIsFastIsLateByItsOwnDeadlineAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := words()
		s.Break(dialogtest.Hasty)
		q, causes := qualifier(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got, err := q.Classify(ctx, redact.Authored("I smell gas"))
		if err != nil || got.Name != "emergency" || strings.Join(*causes, " ") != "late" {
			t.Errorf("%+v, %v, %v", got, err, *causes)
		}
	})
}
