package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/dialog"
	"github.com/callward/callward/dialog/dialogtest"
	"github.com/callward/callward/redact"
)

func words() *dialogtest.Server {
	return &dialogtest.Server{Words: map[string]string{"bill": "billing", "gas": "emergency"}}
}

var question = dialog.Question{
	Tenant: "acme", Call: "c1", Assistant: "energy", Language: "en", Intents: []string{"billing", "emergency"},
	History: []dialog.Utterance{{Speaker: dialog.Bot, Text: redact.Authored("What can I do for you?")}},
}

func TestTheServiceSaysWhatACallerWants(t *testing.T) {
	s := words()
	c := dialogtest.Start(t, s, dialog.Config{Classify: time.Minute})
	got, err := c.Classify(t.Context(), redact.Authored("about my bill"), question)
	if err != nil || got.Name != "billing" || got.Confidence < 0.94 || len(got.Top) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	asked := s.Asked()[0]
	if asked.GetSession().GetCallId() != "c1" || asked.GetSession().GetTenant() != "acme" || len(asked.GetIntents()) != 2 ||
		asked.GetSession().GetAttributes()["callward.assistant"] != "energy" || len(asked.GetHistory()) != 1 {
		t.Errorf("asked %v", asked)
	}
	if got, err = c.Classify(t.Context(), redact.Authored("hm"), question); err != nil || got.Name != "" {
		t.Errorf("nothing to go by is %+v, %v", got, err)
	}
}

// A service is sent no more of a text than it says that it takes.
func TestATextIsNoLongerThanTheServiceTakes(t *testing.T) {
	s := words()
	s.Longest = 8
	c := dialogtest.Start(t, s, dialog.Config{Classify: time.Minute, FirstAnswer: time.Minute})
	if _, err := c.Capabilities(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Classify(t.Context(), redact.Authored("my bill été"), question); err != nil || got.Name != "billing" {
		t.Fatalf("%+v, %v", got, err)
	}
	asked := s.Asked()[0]
	if asked.GetText() != "my bill " || asked.GetHistory()[0].GetText() != "What can" {
		t.Errorf("asked %v", asked)
	}
	talk, err := c.Converse(t.Context(), dialog.Start{Call: "c1", Languages: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	defer talk.Close()
	talk.Caller(dialog.Heard{Result: redact.Result{Text: redact.Authored("about my bill")}, Language: "en"})
	for {
		if _, err := talk.Next(); err != nil || len(s.Told()) >= 2 {
			break
		}
	}
	if got := s.Told()[1].GetCaller().GetText(); got != "about my" {
		t.Errorf("told %q", got)
	}
}

func TestAServiceThatIsLateIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := words()
		s.Break(dialogtest.Mute)
		c := dialogtest.Start(t, s, dialog.Config{})
		began := time.Now()
		_, err := c.Classify(t.Context(), redact.Authored("bill"), question)
		if took := time.Since(began); !errors.Is(err, dialog.ErrLate) || took != 400*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Classify(ctx, redact.Authored("bill"), question); !errors.Is(err, context.Canceled) {
			t.Errorf("of a call that has ended: %v", err)
		}
	})
}

func TestNoErrorRepeatsWhatTheServiceSays(t *testing.T) {
	s := words()
	s.Break(dialogtest.Refuse)
	c := dialogtest.Start(t, s, dialog.Config{Classify: time.Minute})
	_, err := c.Classify(t.Context(), redact.Authored("bill"), question)
	var why *dialog.ServiceError
	if !errors.As(err, &why) || why.Code != codes.Unavailable || strings.Contains(fmt.Sprintf("%v %+v", err, err), "4111") {
		t.Errorf("%v", err)
	}
	if dialog.Cause(err) != "Unavailable" {
		t.Errorf("cause %s", dialog.Cause(err))
	}
}

func TestAnswersThatAreOfNoUseAreRefused(t *testing.T) {
	for fault, cause := range map[dialogtest.Fault]string{dialogtest.Foreign: "breach", dialogtest.Huge: "ResourceExhausted"} {
		s := words()
		s.Break(fault)
		c := dialogtest.Start(t, s, dialog.Config{Classify: time.Minute})
		if _, err := c.Classify(t.Context(), redact.Authored("bill"), question); dialog.Cause(err) != cause {
			t.Errorf("fault %d: %v, not %s", fault, err, cause)
		}
	}
}

func TestALongTextIsCutBetweenCharacters(t *testing.T) {
	s := words()
	c := dialogtest.Start(t, s, dialog.Config{Classify: time.Minute})
	long := redact.Authored("a" + strings.Repeat("é", 3000))
	q := question
	q.History = nil
	for range 100 {
		q.History = append(q.History, dialog.Utterance{Text: long})
	}
	q.History = append(q.History, dialog.Utterance{Text: redact.Authored("newest")})
	if _, err := c.Classify(t.Context(), long, q); err != nil {
		t.Fatal(err)
	}
	asked := s.Asked()[0]
	if n := len(asked.GetText()); n != 4095 {
		t.Errorf("%d bytes sent", n)
	}
	h := asked.GetHistory()
	if len(h) != 8 || h[7].GetText() != "newest" {
		t.Errorf("%d utterances sent", len(h))
	}
}

func TestTheServiceIsReadyAndSaysWhatItCanDo(t *testing.T) {
	c := dialogtest.Start(t, words(), dialog.Config{})
	if err := c.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if caps, err := c.Capabilities(t.Context()); err != nil || !caps.Classify || !caps.Converse || len(caps.Languages) != 2 {
		t.Errorf("%+v, %v", caps, err)
	}
	if err := c.Close(); err != nil || c.Close() != nil {
		t.Errorf("close: %v", err)
	}
}

func TestAConfidenceIsAFraction(t *testing.T) {
	for in, want := range map[float32]float64{2: 1, -1: 0, 0.5: 0.5, float32(math.NaN()): 0, float32(math.Inf(1)): 1} {
		if got := dialog.Fraction(in); got != want {
			t.Errorf("%v is %v", in, got)
		}
	}
}

func TestAServiceThatIsSurerThanSureIsNotBelieved(t *testing.T) {
	for _, confidence := range []float32{87, 1.01, -0.2, float32(math.NaN()), float32(math.Inf(1))} {
		if got, err := dialog.Judged("billing", confidence); dialog.Cause(err) != "breach" {
			t.Errorf("%v is taken for %+v (%v)", confidence, got, err)
		}
	}
	for _, confidence := range []float32{0, 0.5, 1, 1.00001} {
		if got, err := dialog.Judged("billing", confidence); err != nil || got.Confidence > 1 {
			t.Errorf("%v: %+v, %v", confidence, got, err)
		}
	}
}
