package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"

	"github.com/callward/callward/dialog"
	"github.com/callward/callward/dialog/dialogtest"
	"github.com/callward/callward/redact"
)

var start = dialog.Start{
	Tenant: "acme", Call: "c1", Session: "s1", Languages: []string{"en", "fr"}, Queues: []string{"billing"},
	History: []dialog.Utterance{{Speaker: dialog.Bot, Text: redact.Authored("You are speaking to a machine.")}},
}

func converse(t *testing.T, s *dialogtest.Server) *dialog.Talk {
	t.Helper()
	k, err := dialogtest.Start(t, s, dialog.Config{}).Converse(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// turn reads answers until one ends the turn, and gives what was said and that one.
func turn(t *testing.T, k *dialog.Talk) (said string, last dialog.Answer) {
	t.Helper()
	for {
		a, err := k.Next()
		if err != nil {
			t.Fatalf("after %q: %v", said, err)
		}
		switch a := a.(type) {
		case dialog.Say:
			said += a.Text
		case dialog.Listen, dialog.Transfer, dialog.Hangup:
			return said, a
		}
	}
}

func said(text string) dialog.Heard {
	return dialog.Heard{Result: redact.Result{Text: redact.Authored(text)}, Language: "en", Confidence: 0.9}
}

func TestATalkGoesFromTheGreetingToAHuman(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := words()
		k := converse(t, s)
		if text, last := turn(t, k); text != "What can I do for you?" || last.(dialog.Listen).Turn != 1 {
			t.Fatalf("%q, %+v", text, last)
		}
		time.Sleep(time.Hour) // the caller thinks, and nobody is late
		if n := k.Silent(dialog.NotUnderstood); n != 2 {
			t.Errorf("turn %d", n)
		}
		if text, _ := turn(t, k); text != "Are you still there?" {
			t.Errorf("%q", text)
		}
		k.Played(dialog.Say{Turn: 2, ID: "1"}, 7, true)
		h := said("my bill ••••")
		h.Result.Findings = []redact.Finding{{Kind: redact.Card, Digits: 16, Luhn: true, Last4: "1111"}}
		k.Caller(h)
		if _, last := turn(t, k); last.(dialog.Transfer).Queue != "billing" {
			t.Errorf("%+v", last)
		}
		k.TransferFailed(dialog.NoAgent)
		if _, last := turn(t, k); last.(dialog.Hangup).Turn != 4 {
			t.Errorf("%+v", last)
		}
		k.Finish()
		k.Finish()
		if a, err := k.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%v, %v", a, err)
		}
		told := s.Told()
		played, caller := told[2].GetPlayed(), told[3].GetCaller()
		if !played.GetInterrupted() || played.GetSpokenUntil() != 7 || told[1].GetSilence().GetCause() != dialogv1.Silence_CAUSE_NOT_UNDERSTOOD ||
			told[4].GetTransferFailed().GetCause() != dialogv1.TransferFailed_CAUSE_NO_AGENT {
			t.Errorf("told %v", told)
		}
		if m := caller.GetMasked()[0]; m.GetKind() != dialogv1.Masked_KIND_CARD || !m.GetComplete() || strings.Contains(fmt.Sprint(told), "1111") {
			t.Errorf("masked %v", m)
		}
		if got := told[0].GetStart(); got.GetSession().GetSessionId() != "s1" || len(got.GetHistory()) != 1 || len(got.GetQueues()) != 1 {
			t.Errorf("start %v", got)
		}
	})
}

func TestALateAnswerToAnEarlierTurnIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &dialogtest.Server{Answer: func(m *dialogv1.ConverseRequest) []*dialogv1.ConverseResponse {
			switch dialogtest.Turn(m) {
			case 1:
				return []*dialogv1.ConverseResponse{dialogtest.Say(1, "a", "It ", false)}
			case 2:
				return []*dialogv1.ConverseResponse{
					dialogtest.Say(1, "a", "is late", true), dialogtest.Hangup(1), dialogtest.Say(2, "b", "Yes?", true), dialogtest.Listen(2),
				}
			}
			return nil
		}}
		k := converse(t, s)
		k.Caller(said("hello"))
		if text, last := turn(t, k); text != "Yes?" || last.(dialog.Listen).Turn != 2 {
			t.Errorf("%q, %+v", text, last)
		}
		if k.Late() != 3 {
			t.Errorf("%d late ones counted", k.Late())
		}
	})
}

func TestATalkIsNotWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		answers []*dialogv1.ConverseResponse
		after   time.Duration
	}{
		"silent":   {nil, 800 * time.Millisecond},
		"half way": {[]*dialogv1.ConverseResponse{dialogtest.Say(1, "a", "It", false)}, 2 * time.Second},
		"all said": {[]*dialogv1.ConverseResponse{dialogtest.Say(1, "a", "It", true)}, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				k := converse(t, &dialogtest.Server{Answer: func(*dialogv1.ConverseRequest) []*dialogv1.ConverseResponse { return c.answers }})
				var err error
				for err == nil {
					_, err = k.Next()
				}
				if took := time.Since(began); !errors.Is(err, dialog.ErrLate) || took != c.after {
					t.Errorf("%v after %v", err, took)
				}
			})
		})
	}
}

func TestAServiceThatDoesNotEndIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := words()
		k := converse(t, s)
		turn(t, k)
		s.Break(dialogtest.Mute)
		k.Caller(said("bill"))
		k.Finish()
		began := time.Now()
		if _, err := k.Next(); !errors.Is(err, dialog.ErrLate) || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestATalkThatFailsSaysWhy(t *testing.T) {
	for fault, code := range map[dialogtest.Fault]codes.Code{dialogtest.Refuse: codes.Unavailable, dialogtest.Huge: codes.ResourceExhausted} {
		synctest.Test(t, func(t *testing.T) {
			s := words()
			s.Break(fault)
			k := converse(t, s)
			var err error
			for err == nil {
				_, err = k.Next()
			}
			var why *dialog.ServiceError
			if !errors.As(err, &why) || why.Code != code || strings.Contains(err.Error(), "4111") {
				t.Errorf("%v", err)
			}
			if _, again := k.Next(); !errors.Is(again, err) {
				t.Errorf("then %v", again)
			}
		})
	}
}

func TestATalkEndsWithItsContextAndWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := words()
		c := dialogtest.Start(t, s, dialog.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		k, err := c.Converse(ctx, start)
		if err != nil {
			t.Fatal(err)
		}
		turn(t, k)
		time.AfterFunc(time.Second, cancel)
		if _, err := k.Next(); !errors.Is(err, context.Canceled) {
			t.Errorf("with its context: %v", err)
		}
		k.Close()
		if k, err = c.Converse(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		turn(t, k)
		time.AfterFunc(time.Second, func() { k.Close() })
		if _, err := k.Next(); !errors.Is(err, dialog.ErrClosed) {
			t.Errorf("with Close: %v", err)
		}
		k.Close()
		synctest.Wait()
		if s.Open() != 0 {
			t.Errorf("%d talks are open at the service", s.Open())
		}
	})
}

func TestATalkWithAServiceThatIsDownFails(t *testing.T) {
	c, err := dialog.Dial("unix:"+t.TempDir()+"/nobody.sock", dialog.Config{FirstAnswer: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if k, err := c.Converse(t.Context(), start); err == nil {
		t.Errorf("%v", k)
	}
	if err := c.Ready(t.Context()); err == nil {
		t.Error("ready although nobody listens")
	}
}

func TestAServiceThatTakesNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := words()
		s.Break(dialogtest.Mute)
		k := converse(t, s)
		synctest.Wait()
		big := said(strings.Repeat("a", 4096))
		for range 100 {
			k.Caller(big)
			synctest.Wait()
		}
		if _, err := k.Next(); !errors.Is(err, dialog.ErrOverrun) {
			t.Errorf("%v", err)
		}
	})
}

type response = dialogv1.ConverseResponse

// Each of these is taken for a failure, of this talk alone.
func TestWhatBreaksTheContractEndsTheTalk(t *testing.T) {
	long := strings.Repeat("x", 4097)
	say, listen := dialogtest.Say, dialogtest.Listen
	transfer := func(tr *dialogv1.Transfer) []*response {
		tr.TurnId = 1
		return []*response{{Response: &dialogv1.ConverseResponse_Transfer{Transfer: tr}}}
	}
	many := map[string]string{}
	for i := range 33 {
		many[fmt.Sprint(i)] = ""
	}
	var says, pieces []*response
	for i := range 65 {
		says = append(says, say(1, fmt.Sprint(i), "a", true))
	}
	for range 1025 {
		pieces = append(pieces, say(1, "a", "", false))
	}
	for name, answers := range map[string][]*response{
		"ready twice":                 {dialogtest.Ready()},
		"turn 0":                      {say(0, "a", "hi", true)},
		"a turn to come":              {listen(2)},
		"after the end of the turn":   {listen(1), say(1, "a", "hi", true)},
		"two ends":                    {listen(1), dialogtest.Hangup(1)},
		"no say id":                   {say(1, "", "hi", true)},
		"a say id that is too long":   {say(1, long, "hi", true)},
		"a say within a say":          {say(1, "a", "hi", false), say(1, "b", "hi", true)},
		"a say after its end":         {say(1, "a", "hi", true), say(1, "a", "hi", true)},
		"an end within a say":         {say(1, "a", "hi", false), listen(1)},
		"a text that is too long":     {say(1, "a", long[:4096], false), say(1, "a", "x", true)},
		"too many says":               says,
		"too many messages":           pieces,
		"no queue":                    transfer(&dialogv1.Transfer{}),
		"a queue that is too long":    transfer(&dialogv1.Transfer{Queue: long}),
		"a summary that is too long":  transfer(&dialogv1.Transfer{Queue: "q", Summary: long}),
		"no skill":                    transfer(&dialogv1.Transfer{Queue: "q", Skills: []string{""}}),
		"too many attributes":         transfer(&dialogv1.Transfer{Queue: "q", Attributes: many}),
		"an attribute without a name": transfer(&dialogv1.Transfer{Queue: "q", Attributes: map[string]string{"": "x"}}),
		"no intent":                   {dialogtest.Intent(1, "")},
		"too many hints": {{Response: &dialogv1.ConverseResponse_Listen{
			Listen: &dialogv1.Listen{TurnId: 1, Hints: make([]*asrv1.Hint, 101)},
		}}},
		"a hint that is too long": {{Response: &dialogv1.ConverseResponse_Listen{
			Listen: &dialogv1.Listen{TurnId: 1, Hints: []*asrv1.Hint{{Phrase: long}}},
		}}},
		"a reason that is too long": {{Response: &dialogv1.ConverseResponse_Hangup{Hangup: &dialogv1.Hangup{TurnId: 1, Reason: long}}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := converse(t, &dialogtest.Server{Answer: func(*dialogv1.ConverseRequest) []*response { return answers }})
				var err error
				for err == nil {
					_, err = k.Next()
				}
				var broke *dialog.BreachError
				if !errors.As(err, &broke) || len(err.Error()) > 200 {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

func TestWhatIsNotKnownIsTakenForTheUsual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &dialogtest.Server{Answer: func(*dialogv1.ConverseRequest) []*response {
			return []*response{
				{}, // an answer that a later version may have
				{Response: &dialogv1.ConverseResponse_Status{Status: &speechv1.Status{Code: 8, Recoverable: true}}},
				{Response: &dialogv1.ConverseResponse_Say{Say: &dialogv1.Say{TurnId: 1, SayId: "a", Text: "hi", Last: true, BargeIn: 77, BargeInAfter: durationpb.New(time.Second)}}},
				{Response: &dialogv1.ConverseResponse_Say{Say: &dialogv1.Say{
					TurnId: 1, SayId: "b", Text: "hi", Last: true, BargeIn: dialogv1.BargeIn_BARGE_IN_AFTER, BargeInAfter: durationpb.New(-time.Second),
				}}},
				{Response: &dialogv1.ConverseResponse_Listen{Listen: &dialogv1.Listen{
					TurnId: 1, Expect: 77, ExpectLength: -3, NoInputTimeout: durationpb.New(1000 * time.Hour), Hints: []*asrv1.Hint{{Phrase: "yes", Boost: -2}},
				}}},
			}
		}}
		k := converse(t, s)
		var all []dialog.Answer
		for len(all) < 4 {
			a, err := k.Next()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, a)
		}
		for _, i := range []int{1, 2} {
			if a := all[i].(dialog.Say); a.BargeIn != dialog.Allow || a.After != 0 {
				t.Errorf("%+v", a)
			}
		}
		if l := all[3].(dialog.Listen); l.Expect != dialog.Free || l.Length != 0 || l.NoInput != 2*time.Minute || l.Hints[0].Boost != 0 {
			t.Errorf("%+v", l)
		}
	})
}

func TestAServiceMayEndATalkWithAStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := converse(t, &dialogtest.Server{Answer: func(*dialogv1.ConverseRequest) []*response {
			return []*response{{Response: &dialogv1.ConverseResponse_Status{Status: &speechv1.Status{Code: int32(codes.ResourceExhausted), Message: "secret"}}}}
		}})
		_, _ = k.Next()
		if _, err := k.Next(); dialog.Cause(err) != "ResourceExhausted" {
			t.Errorf("%v", err)
		}
	})
}
