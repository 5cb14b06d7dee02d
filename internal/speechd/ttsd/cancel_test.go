package ttsd_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestCancelStopsTheProgramAndIsAnsweredAtOnce(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.say("a", "hang")
	pid := f.hung()
	k.send(cancel("a"))
	if m := k.next().GetCanceled(); m.GetContextId() != "a" || m.GetLastOffsetSamples() != 0 {
		t.Errorf("answered with %v", m)
	}
	k.say("b", "Hello.")
	k.until(isDone)
	f.gone(pid) // the one who speaks has waited for it before the next text
	k.finish()
}

func TestCancelStopsTheSound(t *testing.T) {
	install(t)
	cfg := english()
	cfg.MaxLead = durationpb.New(100 * time.Millisecond) // the minute is not sent at once
	k := start(t).open(t, cfg)
	k.say("a", "long")
	k.until(isAudio)
	k.send(cancel("a"))
	k.until(isCanceled) // the ledger compares its offset
	k.say("b", "Hello.")
	k.finish()
	if a := k.contexts["a"]; a.done != nil || len(a.pcm) == 0 || len(a.pcm) >= long {
		t.Errorf("%d samples were sent, done %v", len(a.pcm), a.done)
	}
}

func TestNoSoundIsOnItsWayWhenACancelIsAnswered(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	for i := range 30 { // amid sending, for nothing paces it
		id := fmt.Sprint(i)
		k.say(id, "long")
		k.until(isAudio)
		k.send(cancel(id))
		k.until(isCanceled)
	}
	k.finish()
}

func TestAContextThatIsCancelledAtTheEndOfTheStreamEndsOnce(t *testing.T) {
	install(t)
	e := start(t)
	for range 200 { // the end and the cancel reach the one who speaks in any order
		k := e.open(t, english())
		k.piece("a", "")
		k.send(cancel("a"))
		k.finish()
	}
}

func TestACancelledContextInTheQueueIsNotSpoken(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.say("a", "hang")
	f.hung()
	k.say("b", "Never.")
	k.say("c", "Hello.")
	k.send(cancel("b"))
	k.until(isCanceled)
	k.send(cancel("a"))
	k.finish()
	if got := f.lines("spoken"); !slices.Equal(got, []string{"Hello."}) {
		t.Errorf("spoken %q", got)
	}
}

func TestACancelledContextThatWaitsForTextHoldsNobodyUp(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	k.piece("a", "Hello. And")
	k.until(isAudio)
	k.say("b", "Goodbye.")
	k.send(cancel("a"))
	if m := k.until(isDone).GetDone(); m.GetContextId() != "b" {
		t.Errorf("done with %v", m)
	}
	k.finish()
}

func TestCancelOfAContextThatIsNotThereIsAnsweredAllTheSame(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	k.send(cancel("nobody"))
	if m := k.next().GetCanceled(); m.GetContextId() != "nobody" || m.GetLastOffsetSamples() != 0 {
		t.Errorf("answered with %v", m)
	}
	k.say("a", "Hello.")
	k.until(isDone)
	for range 2 {
		k.send(cancel("a"))
		if m := k.next().GetCanceled(); m.GetContextId() != "a" || m.GetLastOffsetSamples() != short {
			t.Errorf("after its end answered with %v", m)
		}
	}
	k.finish()
}

func TestNothingOfAContextIsSentAfterItsCancel(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.piece("a", "One. ")
	k.until(isAudio)
	k.send(cancel("a"))
	k.piece("a", "Two. ")
	k.send(flush("a"))
	k.send(input("a", "Three.", true))
	k.send(cancel("b")) // before its text
	k.say("b", "Four.")
	k.say("c", "Five.")
	k.finish()
	if got := f.lines("spoken"); !slices.Equal(got, []string{"One.", "Five."}) {
		t.Errorf("spoken %q", got)
	}
}

func TestAClientThatLeavesLeavesNothingBehind(t *testing.T) {
	f := install(t)
	e := start(t)
	for name, leave := range map[string]func(*talk){
		"hangs up":           func(k *talk) { k.hang() },
		"breaks the rules":   func(k *talk) { k.send(config(english())) },
		"closes its half":    func(k *talk) { k.send(cancel("a")); _ = k.rpc.CloseSend() },
		"half, then hang up": func(k *talk) { _ = k.rpc.CloseSend(); k.hang() },
	} {
		t.Run(name, func(t *testing.T) {
			k := e.open(t, english())
			k.say("a", "hang")
			pid := f.hung()
			if got := e.server.Streams(); got != 1 {
				t.Errorf("%d streams are open", got)
			}
			leave(k)
			<-e.ended
			f.gone(pid)
			if got := e.server.Streams(); got != 0 {
				t.Errorf("%d streams are left open", got)
			}
		})
	}
}

func TestAClientThatLeavesBeforeItsConfigLeavesNothingBehind(t *testing.T) {
	install(t)
	e := start(t)
	k := e.raw(t)
	k.hang()
	if st := k.end(); st.Code() != codes.Canceled {
		t.Errorf("the stream ends with %v", st.Err())
	}
	// Another one after it: the server may not have seen the first at all.
	e.open(t, english()).finish()
	for e.server.Streams() > 0 {
		<-e.ended
	}
}

func TestAClientThatDoesNotListenHoldsNobodyElseUp(t *testing.T) {
	install(t)
	e := start(t)
	for range 10 { // more than speak at once
		deaf := e.open(t, english())
		deaf.say("a", "long")
	}
	k := e.open(t, english())
	k.say("a", "Hello.")
	k.until(isDone)
	k.finish()
}
