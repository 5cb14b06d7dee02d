package callgen

import (
	"context"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/redact"
)

// scripted is a showcase that needs no voice, with all it was told.
func scripted() (*showcase, *[]call.Entry) {
	var told []call.Entry
	s := newShowcase(func(e call.Entry) { told = append(told, e) })
	for t := range topics {
		for _, text := range t.texts() {
			s.lines[t] = append(s.lines[t], prepared{Step: Step{Say: text}})
		}
	}
	return s, &told
}

func said(kind call.Kind, text string) call.Entry {
	return call.Entry{Kind: kind, Text: redact.Authored(text), Samples: 8000, Time: time.Unix(100, 0)}
}

func means(name string) call.Entry {
	return call.Entry{Kind: call.KindIntent, Intent: &call.Scored{Name: name, Confidence: 0.9}, Time: time.Unix(100, 0)}
}

func says(t *testing.T, s *showcase, want topic, try int) {
	t.Helper()
	step, ok := s.next()
	if !ok || step.Say != want.texts()[min(try, len(want.texts())-1)] {
		t.Fatalf("says %q, %v; not try %d of %q", step.Say, ok, try, want.texts())
	}
}

const disclosing = "You are talking to an automatic voice assistant, not a person."

// untilCard goes through the demo until the bot has asked for the card.
func untilCard(t *testing.T, s *showcase) {
	t.Helper()
	s.show(said(call.KindBotSaid, disclosing))
	s.show(said(call.KindDisclosure, ""))
	says(t, s, topicQuestion, 0)
	s.show(means("power_cut"))
	says(t, s, topicQuestion, 1)
	s.show(means(demoIntentAsk))
	s.show(said(call.KindBotSaid, "We are open."))
	s.show(said(call.KindBotPlayed, "We are open."))
	says(t, s, topicPay, 0)
	s.show(means(demoIntentCard))
}

// afterCard goes on to the bridge.
func afterCard(t *testing.T, s *showcase) {
	t.Helper()
	says(t, s, topicComplaint, 0)
	s.show(means(demoIntentAngry))
	s.show(call.Entry{Kind: call.KindQueued, Queue: "billing"})
	s.show(call.Entry{Kind: call.KindOffered, Queue: "billing", Agent: "demo"})
	s.show(call.Entry{Kind: KindRings, Agent: "demo", Time: time.Unix(100, 0)})
	s.show(call.Entry{Kind: KindAnswered, Agent: "demo", Time: time.Unix(101, 0)})
	s.show(call.Entry{Kind: call.KindBridged, Agent: "demo"})
}

func TestTheDemoCallerAdaptsToTheBot(t *testing.T) {
	s, told := scripted()
	untilCard(t, s)
	says(t, s, topicCard, 0)
	s.show(said(call.KindCallerSaid, "far [card]"))
	s.show(means(""))
	says(t, s, topicCard, 1)
	s.show(said(call.KindCallerSaid, demoCardMask))
	s.show(means(""))
	says(t, s, topicYes, 0)
	s.show(means("no")) // misheard: the bot asks for the number again
	says(t, s, topicCard, 2)
	s.show(said(call.KindCallerSaid, demoCardMask))
	s.show(means(""))
	says(t, s, topicYes, 1)
	s.show(means("yes"))
	afterCard(t, s)
	says(t, s, topicAgent, 0)
	s.show(call.Entry{Kind: KindHeard, Agent: "demo", Samples: 16000})
	s.show(call.Entry{Kind: KindSaid, Time: time.Unix(105, 0)})
	if s.enough() {
		t.Error("hangs up before the agent has heard the caller")
	}
	s.show(call.Entry{Kind: KindHears, Agent: "demo", Time: time.Unix(106, 0)})
	if !s.enough() {
		t.Error("does not hang up when all was shown")
	}
	s.show(call.Entry{Kind: call.KindEnded, Reason: string(call.CauseCaller)})
	s.show(call.Entry{Kind: KindHungUp, Agent: "demo", Reason: "normal clearing", Samples: 8000})
	s.hidden("log")
	for _, g := range []goal{goalReady, goalRest, goalStopped, goalInTime} {
		s.saw(g, "yes", nil)
	}
	if unseen := s.report(func(bool, time.Time, string, string) {}); len(unseen) > 0 {
		t.Errorf("not seen: %q", unseen)
	}
	if len(*told) != s.shown {
		t.Errorf("%d of %d entries were shown", len(*told), s.shown)
	}
}

func TestTheDemoCallerGivesUpInTheEnd(t *testing.T) {
	s, _ := scripted()
	for range demoTries {
		says(t, s, topicQuestion, s.tries[topicQuestion])
		s.show(means("weather"))
	}
	if step, ok := s.next(); ok {
		t.Errorf("still says %q", step.Say)
	}
}

func TestWhatTheDemoDidNotSeeIsNamed(t *testing.T) {
	s, _ := scripted()
	untilCard(t, s)
	says(t, s, topicCard, 0)
	s.show(said(call.KindCallerSaid, "four one one one, one one one one and so on"))
	afterBridge := call.Entry{Kind: KindHears, Agent: "demo"}
	s.show(afterBridge)
	s.hidden("log")
	var evidence []string
	unseen := s.report(func(ok bool, _ time.Time, what, why string) {
		if !ok {
			evidence = append(evidence, what+": "+why)
		}
	})
	for _, g := range []goal{goalCard, goalHidden, goalComplaint, goalHeard, goalStopped} {
		if !slices.Contains(unseen, g.String()) {
			t.Errorf("%q is taken for seen", g)
		}
	}
	all := strings.Join(evidence, "\n")
	for _, want := range []string{"seven digits of it", "before the caller spoke"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in\n%s", want, all)
		}
	}
}

func TestTheCardIsNotInWhatTheDemoSays(t *testing.T) {
	for _, text := range topicCard.texts() {
		shown := redact.New("en").Speech(text).String()
		if !leaks(text) || leaks(shown) || !strings.Contains(shown, demoCardMask) {
			t.Errorf("%q is shown as %q", text, shown)
		}
	}
}

func TestLeftoversAreReadFromMetrics(t *testing.T) {
	var page strings.Builder
	for _, r := range remnants() {
		page.WriteString(r.metric + "{tenant=\"a\"} 0\n" + r.metric + "{tenant=\"b\"} 0\n")
	}
	if figures, clean := left(page.String()); !clean {
		t.Errorf("not clean: %s", figures)
	}
	for _, dirty := range []string{
		page.String() + "callward_calls_active{tenant=\"c\"} 2\n",
		strings.ReplaceAll(page.String(), "callward_sip_dialogs", "other"),
		page.String() + "callward_sip_dialogs much\n",
	} {
		if figures, clean := left(dirty); clean {
			t.Errorf("clean: %s", figures)
		}
	}
}

func TestATakenPortIsReplaced(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	got, err := freeAddress(t.Context(), taken.Addr().String())
	if err != nil || got == taken.Addr().String() || !strings.HasPrefix(got, "127.0.0.1:") {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := freeAddress(t.Context(), "nowhere"); !IsUsage(err) {
		t.Errorf("nowhere: %v", err)
	}
}

func TestAServerThatIsNotThereIsNamed(t *testing.T) {
	o := DemoOptions{
		Callward: filepath.Join(t.TempDir(), "callward"), SIP: "127.0.0.1:0", HTTP: "127.0.0.1:0", Timeout: time.Minute,
	}
	var out strings.Builder
	if err := Demo(t.Context(), o, &out); !IsUsage(err) || !strings.Contains(err.Error(), "make build") {
		t.Errorf("%v", err)
	}
}

func TestWhatAnAgentTellsArrives(t *testing.T) {
	log := newShown()
	l, err := listenTold(t.Context(), log.show)
	if err != nil {
		t.Fatal(err)
	}
	tell, end, err := TellTo(t.Context(), l.socket)
	if err != nil {
		t.Fatal(err)
	}
	tell(call.Entry{Kind: KindRings, Agent: "ann"})
	tell(call.Entry{Kind: KindHears, Agent: "ann"})
	log.wait(t, KindHears)
	if got := log.last(); got.Agent != "ann" || log.kinds()[KindRings] != 1 {
		t.Errorf("%+v", log.entries)
	}
	l.close()
	tell(call.Entry{Kind: KindHears}) // nobody listens: nothing happens
	if err := end(); err != nil {
		t.Error(err)
	}
	if _, _, err := TellTo(context.Background(), l.socket); err == nil {
		t.Error("a socket that is gone takes what is told")
	}
}
