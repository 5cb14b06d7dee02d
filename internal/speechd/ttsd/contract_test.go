package ttsd_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/internal/speechd/ttsd"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

func TestContextsAreSpokenInTheOrderTheyCame(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	ids := []string{"b", "a", "10", "9", "c"}
	for _, id := range ids {
		k.say(id, "This is "+id+".")
	}
	k.finish()
	if !slices.Equal(k.endings, ids) {
		t.Errorf("spoken in the order %v", k.endings)
	}
	if got, want := f.lines("spoken")[0], "This is b."; got != want {
		t.Errorf("%q is spoken first", got)
	}
}

func TestATextIsSpokenSentenceBySentence(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.say("a", "Hello. How are you? Goodbye")
	k.finish()
	if got := f.lines("spoken"); !slices.Equal(got, []string{"Hello.", "How are you?", "Goodbye"}) {
		t.Errorf("spoken %q", got)
	}
	if a := k.contexts["a"]; len(a.pcm) != 3*short || a.done.GetCause() != ttsv1.Done_CAUSE_COMPLETE {
		t.Errorf("%d samples, %v", len(a.pcm), a.done)
	}
}

func TestATextInPiecesIsSpokenAsSoonAsItsSentencesAreWhole(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.piece("a", "Hello wor")
	k.piece("a", "ld. How")
	k.until(isAudio) // of the first sentence: its end does not wait for the rest
	if got := f.lines("spoken"); !slices.Equal(got, []string{"Hello world."}) {
		t.Errorf("spoken first: %q", got)
	}
	k.piece("a", " are you? Good")
	k.send(input("a", "bye", true))
	k.until(isDone)
	k.finish()
	if got := f.lines("spoken"); !slices.Equal(got, []string{"Hello world.", "How are you?", "Goodbye"}) {
		t.Errorf("spoken %q", got)
	}
}

func TestAMarkThatComesBeforeItsNumberIsSpokenWithIt(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.piece("a", "$")
	k.piece("a", "50, ")
	k.send(input("a", "please.", true))
	k.finish()
	if got := f.lines("spoken"); !slices.Equal(got, []string{"$50, please."}) {
		t.Errorf("spoken %q", got)
	}
}

func TestFlushSpeaksWhatHasBeenGiven(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.piece("a", "How are")
	k.send(flush("a"))
	k.until(isAudio)
	k.send(input("a", " you?", true))
	k.until(isDone)
	k.finish()
	if got := f.lines("spoken"); !slices.Equal(got, []string{"How are", "you?"}) {
		t.Errorf("spoken %q", got)
	}
}

func TestFlushOfAContextThatIsNotThereDoesNothing(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	k.send(flush("nobody"))
	k.say("a", "Hello.")
	k.until(isDone)
	k.send(flush("a"))
	k.finish()
}

func TestNoTextIsDoneWithoutAudio(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	for i, text := range []string{"", " ", "...", "\n"} {
		k.say(fmt.Sprint(i), text)
		if m := k.until(isDone).GetDone(); m.GetTotalSamples() != 0 || m.GetCause() != ttsv1.Done_CAUSE_COMPLETE {
			t.Errorf("%q: %v", text, m)
		}
	}
	k.finish()
}

func TestTheEndOfTheClientsHalfSpeaksTheRest(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.piece("a", "One. Two")
	k.piece("b", "Three")
	k.finish()
	if got := f.lines("spoken"); !slices.Equal(got, []string{"One.", "Two", "Three"}) {
		t.Errorf("spoken %q", got)
	}
}

func TestTheEndOfTheClientsHalfWakesWhoWaitsForText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := install(t)
		k := start(t).open(t, english())
		k.piece("a", "One")
		synctest.Wait()
		k.finish()
		if got := f.lines("spoken"); !slices.Equal(got, []string{"One"}) {
			t.Errorf("spoken %q", got)
		}
	})
}

func TestUsageCountsWhatWasSpoken(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	text := "C'est déjà payé."
	k.say("a", text)
	k.finish()
	if u := k.usage; u.GetCharacters() != int64(utf8.RuneCountInString(text)) || u.GetFirstResultLatency().AsDuration() <= 0 {
		t.Errorf("usage %v", u)
	}
}

func TestAStreamWithoutTextEndsWell(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	k.finish()
	if u := k.usage; u.GetCharacters() != 0 || u.GetAudio().AsDuration() != 0 {
		t.Errorf("usage %v", u)
	}
}

func TestInputThatCannotBeTakenIsRefusedByField(t *testing.T) {
	install(t)
	e := start(t)
	ssml := &ttsv1.Input{ContextId: "a", Content: &ttsv1.Input_Ssml{Ssml: "<speak>hello</speak>"}}
	for _, c := range []struct {
		name, field string
		m           *request
	}{
		{"no context", "input.context_id", input("", "hello", true)},
		{"a context with a long name", "input.context_id", input(strings.Repeat("x", 129), "hello", true)},
		{"SSML", "input.ssml", &request{Request: &ttsv1.StreamingSynthesizeRequest_Input{Input: ssml}}},
		{"too much text", "input.text", input("a", strings.Repeat("x", ttsd.MaxText+1), true)},
		{"no request", "request", &request{}},
		{"an unknown voice", "update.voice", update(&ttsv1.Update{Voice: "nobody"})},
		{"a speed below zero", "update.rate", update(&ttsv1.Update{Rate: -1})},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := e.open(t, english())
			k.send(c.m)
			k.refused(codes.InvalidArgument, c.field)
		})
	}
}

func TestTooMuchTextInPiecesIsRefused(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	k.piece("a", strings.Repeat("x", ttsd.MaxText))
	k.piece("a", "x")
	k.refused(codes.InvalidArgument, "input.text")
}

func TestAsMuchTextAsAllowedIsSpoken(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	text := strings.Repeat("x", ttsd.MaxText-1) + "."
	k.say("a", text)
	k.finish()
	if got := strings.Join(f.lines("spoken"), ""); got != text {
		t.Errorf("%d of %d bytes spoken", len(got), len(text))
	}
}

func TestTextAfterTheLastPieceIsRefused(t *testing.T) {
	f := install(t)
	e := start(t)
	t.Run("while it is spoken", func(t *testing.T) {
		k := e.open(t, english())
		k.say("a", "hang")
		f.hung()
		k.piece("a", "more")
		k.refused(codes.InvalidArgument, "input.last")
	})
	t.Run("when it is done", func(t *testing.T) {
		k := e.open(t, english())
		k.say("a", "Hello.")
		k.until(isDone)
		k.piece("a", "more")
		k.refused(codes.InvalidArgument, "input.last")
	})
}

func TestTooManyContextsAreRefused(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.say("first", "hang")
	f.hung()
	for i := range ttsd.MaxContexts {
		k.say(fmt.Sprint(i), "hello")
	}
	k.piece("0x", "one too many")
	k.refused(codes.ResourceExhausted, "input.context_id")
}

func TestCancelledContextsMakeRoomForOthers(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.say("first", "hang")
	f.hung()
	for i := range 3 * ttsd.MaxContexts {
		id := fmt.Sprint(i)
		k.say(id, "hello")
		k.send(cancel(id))
	}
	k.say("end", "Goodbye.")
	k.send(cancel("first"))
	k.finish()
	if !slices.Equal(k.endings, []string{"end"}) || !slices.Equal(f.lines("spoken"), []string{"Goodbye."}) {
		t.Errorf("spoken to their end: %v", k.endings)
	}
}

func TestAProgramThatFailsEndsItsContextAndNoOther(t *testing.T) {
	f := install(t)
	e := start(t)
	k := e.open(t, english())
	k.say("a", "Well. Zanzibar fails. Never said.")
	k.say("b", "Hello.")
	if m := k.until(isStatus).GetStatus(); m.GetCode() != int32(codes.Internal) || !m.GetRecoverable() || strings.Contains(m.GetMessage(), "Zanzibar") {
		t.Errorf("status %v", m)
	}
	if m := k.next().GetDone(); m.GetContextId() != "a" || m.GetCause() != ttsv1.Done_CAUSE_ERROR || m.GetTotalSamples() != short {
		t.Errorf("after the status: %v", m)
	}
	k.finish()
	if got := f.lines("spoken"); !slices.Equal(got, []string{"Well.", "Hello."}) || !slices.Equal(k.endings, []string{"a", "b"}) {
		t.Errorf("spoken %q, ended %v", got, k.endings)
	}
}

func TestTextOnItsWayToAContextThatFailedIsDropped(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.piece("a", "This fails. ")
	k.until(isDone)
	k.piece("a", "More. ")
	k.send(input("a", "And more.", true))
	k.finish()
	if got := f.lines("spoken"); len(got) > 0 {
		t.Errorf("spoken %q", got)
	}
}

func TestAnUpdateChangesTheVoiceOfLaterContexts(t *testing.T) {
	f := install(t)
	k := start(t).open(t, english())
	k.piece("a", "One. ")
	k.send(update(&ttsv1.Update{Voice: "espeak-fr", Rate: 2}))
	k.send(input("a", "Two.", true))
	k.say("b", "Three.")
	k.send(update(&ttsv1.Update{Voice: "flite-slt"}))
	k.say("c", "Four.")
	k.send(update(&ttsv1.Update{Rate: 0.5}))
	k.say("d", "Five.")
	k.finish()
	got := f.lines("args")
	for i, want := range []string{
		"-voice kal --setf duration_stretch=1.000", "-voice kal --setf duration_stretch=1.000",
		"-v fr -s 340", "-voice slt --setf duration_stretch=0.500", "-voice slt --setf duration_stretch=2.000",
	} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("sentence %d is spoken with %q, want %q", i+1, got[i], want)
		}
	}
}

func TestTheStyleOfTheConfigIsUsed(t *testing.T) {
	f := install(t)
	cfg := english()
	cfg.Voice, cfg.Rate, cfg.Pitch = "espeak-en-us", 0.5, -2
	k := start(t).open(t, cfg)
	k.say("a", "Hello.")
	k.finish()
	if got := f.lines("args")[0]; !strings.HasPrefix(got, "-v en-us -s 85 -p 42 ") {
		t.Errorf("spoken with %q", got)
	}
}

func TestNothingThatIsSpokenIsLogged(t *testing.T) {
	install(t)
	e := start(t)
	k := e.open(t, english())
	k.say("a", "Zanzibar.")
	k.say("b", "Zanzibar fails.")
	k.piece("c", "Zanzibar long")
	k.send(cancel("c"))
	k.finish()
	k = e.open(t, english())
	k.piece("a", strings.Repeat("Zanzibar", ttsd.MaxText))
	if st := k.end(); strings.Contains(st.Message(), "Zanzibar") {
		t.Errorf("the status holds the text: %.60s", st.Message())
	}
	if log := e.log.String(); strings.Contains(log, "Zanzibar") || !strings.Contains(log, "call=call-1") {
		t.Errorf("the log has the text, or not the failure: %.300s", log)
	}
}
