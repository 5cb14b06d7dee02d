package adapt_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/adapttest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

const second = time.Second

func reasons(got []*asrv1.StreamingRecognizeResponse) []string {
	var out []string
	for _, m := range got {
		if e := m.GetSpeechEnded(); e != nil {
			out = append(out, strings.TrimPrefix(e.GetReason().String(), "REASON_"))
		}
	}
	return out
}

func partials(got []*asrv1.StreamingRecognizeResponse) []string {
	var out []string
	for _, m := range got {
		if tr := m.GetTranscript(); tr != nil && !tr.GetIsFinal() {
			out = append(out, adapttest.Text(tr))
		}
	}
	return out
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestEachUtteranceIsAStreamOfItsOwnAtTheVendor(t *testing.T) {
	r, to := serve(t, says("one"), says("two"))
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Silence(second), adapttest.Voice(second), adapttest.Silence(second), adapttest.Voice(second), adapttest.Silence(second))
	got := c.Finish()
	same(t, "finals", adapttest.Texts(got), "one", "two")
	same(t, "reasons", reasons(got), "SILENCE", "SILENCE")
	if n := len(r.samples(0)); n < 8000 || n > 2*8000 {
		t.Errorf("the vendor heard %d samples of an utterance of 8000", n)
	}
	if s := r.setup(0); !slices.Equal(s.Languages, []string{"en-US"}) || s.Rate != 8000 || !s.Partials || !s.Words {
		t.Errorf("asked for %+v", s)
	}
}

func TestPartialsGrowToOneFinal(t *testing.T) {
	_, to := serve(t, turn{
		during: []adapt.Hypothesis{partial("a"), partial("a"), partial("a b"), partial("a b"), partial("a b c"), final("a b c."), partial("d")},
		after:  []adapt.Hypothesis{final("D E")},
	})
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(second))
	c.Wait("partial", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetTranscript() != nil })
	c.Say(adapttest.Voice(second), adapttest.Silence(second))
	got := c.Finish()
	same(t, "finals", adapttest.Texts(got), "a b c d e")
	if p := partials(got); len(p) == 0 || !slices.IsSorted(p) {
		t.Errorf("partials %q", p)
	}
}

func TestWithoutInterimResultsOnlyFinalsCome(t *testing.T) {
	r, to := serve(t, turn{during: []adapt.Hypothesis{partial("a")}, after: []adapt.Hypothesis{final("a b")}})
	cfg := adapttest.Config()
	cfg.InterimResults = false
	c := adapttest.Open(t, to, cfg)
	c.Say(adapttest.Voice(second), adapttest.Silence(second))
	got := c.Finish()
	same(t, "partials", partials(got))
	same(t, "finals", adapttest.Texts(got), "a b")
	if r.setup(0).Partials {
		t.Error("the vendor was asked for partials")
	}
}

func TestAVendorThatCallsNothingFinalIsTakenAtItsLastWord(t *testing.T) {
	_, to := serve(t, turn{during: []adapt.Hypothesis{partial("yes"), partial("yes please")}})
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(second), adapttest.Silence(second))
	same(t, "finals", adapttest.Texts(c.Finish()), "yes please")
}

func TestAVendorThatLeavesItsStreamOpenHasSaidItsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // patience is short, and machines are busy
		_, to := serve(t, turn{after: []adapt.Hypothesis{final("yes")}, linger: true})
		c := adapttest.Open(t, to, adapttest.Config())
		c.Say(adapttest.Voice(second), adapttest.Silence(second))
		same(t, "finals", adapttest.Texts(c.Finish()), "yes")
	})
}

func TestAVendorThatStallsEndsTheStream(t *testing.T) {
	_, to := serve(t, turn{during: []adapt.Hypothesis{partial("yes")}, stall: true})
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(second), adapttest.Silence(second))
	if code := c.Code(); code != codes.Unavailable {
		t.Errorf("ended with %v", code)
	}
}

func TestWhatTheVendorSaysOfAFailureStaysHere(t *testing.T) {
	for _, what := range []turn{{refuse: unwell}, {fails: unwell}, {during: []adapt.Hypothesis{partial("four")}, fails: unwell}} {
		var out bytes.Buffer
		to := serveWith(t, &recognizer{turns: []turn{what}}, func(a *adapt.ASR) {
			a.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		c := adapttest.Open(t, to, adapttest.Config())
		c.Say(adapttest.Voice(second), adapttest.Silence(second))
		err := c.End()
		if status.Code(err) != codes.Unavailable || strings.Contains(err.Error(), "four") {
			t.Errorf("ended with %v", err)
		}
		if s := out.String(); strings.Contains(s, "four") || !strings.Contains(s, "code=Internal") {
			t.Errorf("logged %q", s)
		}
	}
}

func TestAFaultOfTheOperatorsIsNoReasonToTryAgain(t *testing.T) {
	for vendors, want := range map[codes.Code]codes.Code{
		codes.Unauthenticated: codes.FailedPrecondition, codes.InvalidArgument: codes.FailedPrecondition,
		codes.ResourceExhausted: codes.ResourceExhausted, codes.OutOfRange: codes.Unavailable,
	} {
		_, to := serve(t, turn{refuse: status.Error(vendors, "no")})
		c := adapttest.Open(t, to, adapttest.Config())
		c.Say(adapttest.Voice(second))
		if code := c.Code(); code != want {
			t.Errorf("%v ends the stream with %v, want %v", vendors, code, want)
		}
	}
}

func TestAForcedEndpointEndsTheUtteranceAtOnce(t *testing.T) {
	_, to := serve(t, says("one"), says("two"))
	cfg := adapttest.Config()
	cfg.Endpointing = &asrv1.Endpointing{Mode: asrv1.Endpointing_MODE_CLIENT}
	c := adapttest.Open(t, to, cfg)
	c.Say(adapttest.Voice(second), adapttest.Silence(2*second))
	c.Control(asrv1.Control_ACTION_FORCE_ENDPOINT)
	if got := adapttest.Text(c.Final()); got != "one" {
		t.Errorf("the final is %q", got)
	}
	c.Control(asrv1.Control_ACTION_FORCE_ENDPOINT) // nothing is left to end
	c.Say(adapttest.Voice(second))
	got := c.Finish()
	same(t, "reasons", reasons(got), "FORCED", "FORCED")
	same(t, "finals", adapttest.Texts(got), "one", "two")
}

func TestADiscardedUtteranceHasNoFinal(t *testing.T) {
	_, to := serve(t, says("one"), says("two"))
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(second))
	c.Control(asrv1.Control_ACTION_DISCARD_UTTERANCE)
	c.Control(asrv1.Control_ACTION_DISCARD_UTTERANCE)
	c.Say(adapttest.Silence(second), adapttest.Voice(second), adapttest.Silence(second))
	got := c.Finish()
	same(t, "reasons", reasons(got), "DISCARDED", "SILENCE")
	same(t, "finals", adapttest.Texts(got), "two")
}

func TestNothingIsHeardInAPause(t *testing.T) {
	r, to := serve(t, says("one"), says("two"))
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(second))
	c.Control(asrv1.Control_ACTION_PAUSE)
	c.Say(adapttest.Voice(2 * second))
	c.Control(asrv1.Control_ACTION_RESUME)
	c.Say(adapttest.Silence(second), adapttest.Voice(second), adapttest.Silence(second))
	got := c.Finish()
	same(t, "reasons", reasons(got), "FORCED", "SILENCE")
	same(t, "finals", adapttest.Texts(got), "one", "two")
	if n := len(r.samples(0)); n > 8000 {
		t.Errorf("the vendor heard %d samples of 8000 before the pause", n)
	}
}

func TestAnUpdateTakesEffectFromTheNextUtterance(t *testing.T) {
	r, to := serve(t, says("one"), says("deux"))
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(second))
	c.Wait("start", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetSpeechStarted() != nil })
	c.Update(&asrv1.Update{LanguageCodes: []string{"fr"}, Hints: []*asrv1.Hint{{Phrase: "facture"}}, ReplaceHints: true})
	c.Say(adapttest.Silence(second), adapttest.Voice(second), adapttest.Silence(second))
	got := c.Finish()
	same(t, "finals", adapttest.Texts(got), "one", "deux")
	var spoken []string
	for _, m := range got {
		if m.GetTranscript().GetIsFinal() {
			spoken = append(spoken, m.GetTranscript().GetLanguageCode())
		}
	}
	same(t, "languages", spoken, "en", "fr")
	if s := r.setup(0); !slices.Equal(s.Languages, []string{"en-US"}) || len(s.Hints) > 0 {
		t.Errorf("the first was asked for as %+v", s)
	}
	if s := r.setup(1); !slices.Equal(s.Languages, []string{"fr-FR"}) || !slices.Equal(s.Hints, []adapt.Hint{{Phrase: "facture", Boost: 1}}) {
		t.Errorf("the second was asked for as %+v", s)
	}
}

func TestNothingSaidIsTold(t *testing.T) {
	_, to := serve(t)
	cfg := adapttest.Config()
	cfg.Endpointing = &asrv1.Endpointing{NoInputTimeout: durationpb.New(second)}
	c := adapttest.Open(t, to, cfg)
	c.Say(adapttest.Silence(3 * second))
	got := c.Wait("no_input", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetNoInput() != nil })
	if at := got.GetNoInput().GetOffsetSamples(); at != 8000 {
		t.Errorf("no_input at %d", at)
	}
	c.Finish()
}

func TestAnUtteranceLongerThanTheVendorsStreamGoesOnInANewOne(t *testing.T) {
	words := func(text string, from time.Duration) adapt.Hypothesis {
		h := final(text)
		h.Readings[0].Words = []adapt.Word{{Text: text, Start: from, End: from + second/10}}
		return h
	}
	r := &recognizer{turns: []turn{
		{after: []adapt.Hypothesis{words("one", 300*time.Millisecond)}},
		{after: []adapt.Hypothesis{words("two", 300*time.Millisecond)}},
		{after: []adapt.Hypothesis{words("three", 300*time.Millisecond)}},
	}}
	to := serveWith(t, r, func(a *adapt.ASR) { a.Longest = 2 * second })
	c := adapttest.Open(t, to, adapttest.Config())
	voice := adapttest.Voice(5 * second)
	c.Say(voice, adapttest.Silence(second))
	got := c.Finish()
	same(t, "finals", adapttest.Texts(got), "one two three")
	var sent []int16
	for n := range 3 {
		if part := r.samples(n); n < 2 && (len(part) < 2*8000 || len(part) > 2*8000+3200) {
			t.Errorf("stream %d took %d samples", n, len(part))
		}
		sent = append(sent, r.samples(n)...)
	}
	if !slices.Equal(sent[:len(voice)], voice) {
		t.Error("the streams do not hold what was said, in order and once")
	}
	for _, m := range got {
		if tr := m.GetTranscript(); tr.GetIsFinal() {
			w := tr.GetAlternatives()[0].GetWords()
			if len(w) != 3 || w[1].GetStartSamples() < 18000 || w[2].GetStartSamples() < 34000 || w[2].GetStartSamples() > 40000 {
				t.Errorf("words %v", w)
			}
		}
	}
}

func TestAVendorThatEndsItsStreamEarlyIsAskedAgain(t *testing.T) {
	_, to := serve(t, turn{cuts: second, after: []adapt.Hypothesis{final("one")}}, says("two"))
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(2*second), adapttest.Silence(second))
	same(t, "finals", adapttest.Texts(c.Finish()), "one two")
}

func TestAVendorThatEndsItsStreamEarlyAndSaysNothingHasFailed(t *testing.T) {
	_, to := serve(t, turn{cuts: second / 2})
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(2*second), adapttest.Silence(second))
	if code := c.Code(); code != codes.Unavailable {
		t.Errorf("ended with %v", code)
	}
}

func TestTimesThatCannotBeAreCut(t *testing.T) {
	h := final("a b")
	h.Readings[0].Words = []adapt.Word{{Text: "a", Start: -second, End: 1 << 62}, {Text: "b", Start: 1 << 62, End: -1 << 62}}
	h.Readings[0].Confidence = 17
	_, to := serve(t, turn{after: []adapt.Hypothesis{h}})
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(second), adapttest.Silence(second))
	same(t, "finals", adapttest.Texts(c.Finish()), "a b") // the contract is watched
}

func TestALongLossEndsTheUtterance(t *testing.T) {
	_, to := serve(t, says("one"), says("two"))
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(second))
	c.Lose(10 * second)
	c.Say(adapttest.Voice(second), adapttest.Silence(second))
	same(t, "finals", adapttest.Texts(c.Finish()), "one", "two")
}

func TestAClientThatGoesAwayLeavesNothingBehind(t *testing.T) {
	_, to := serve(t, turn{stall: true}, turn{stall: true})
	for range 2 {
		c := adapttest.Open(t, to, adapttest.Config())
		c.Say(adapttest.Voice(second))
		c.Wait("start", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetSpeechStarted() != nil })
		c.Leave()
		if code := c.Code(); code != codes.Canceled {
			t.Errorf("ended with %v", code)
		}
	}
}

func TestWhatCannotBeServedIsRefused(t *testing.T) {
	_, to := serve(t)
	for field, spoil := range map[string]func(*asrv1.Config){
		"config.format":               func(c *asrv1.Config) { c.Format = nil },
		"config.format.encoding":      func(c *asrv1.Config) { c.Format.Encoding = speechv1.Encoding_ENCODING_OPUS_PACKETS },
		"config.language_codes":       func(c *asrv1.Config) { c.LanguageCodes = nil },
		"config.model":                func(c *asrv1.Config) { c.Model = "large" },
		"config.hints[0].boost":       func(c *asrv1.Config) { c.Hints = []*asrv1.Hint{{Boost: -1}} },
		"config.endpointing.silence":  func(c *asrv1.Config) { c.Endpointing = &asrv1.Endpointing{Silence: durationpb.New(-1)} },
		"config.expect_length":        func(c *asrv1.Config) { c.ExpectLength = -1 },
		"config.max_alternatives":     func(c *asrv1.Config) { c.MaxAlternatives = -1 },
		"config.interim_min_interval": func(c *asrv1.Config) { c.InterimMinInterval = durationpb.New(-1) },
	} {
		cfg := adapttest.Config()
		spoil(cfg)
		c := adapttest.Open(t, to, cfg)
		if err := c.End(); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: ended with %v", field, err)
		}
	}
	c := adapttest.Open(t, to, nil)
	c.Say(adapttest.Voice(second))
	if err := c.End(); status.Code(err) != codes.InvalidArgument {
		t.Errorf("audio before the config: ended with %v", err)
	}
	c = adapttest.Open(t, to, adapttest.Config())
	c.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: &asrv1.Audio{Data: make([]byte, adapt.MaxChunk+2)}}})
	if err := c.End(); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a message that is too long: ended with %v", err)
	}
}

func TestEveryFormatThatIsClaimedIsTaken(t *testing.T) {
	_, to := serve(t)
	api := asrv1.NewAsrServiceClient(adapttest.Dial(t, to))
	got, err := api.GetCapabilities(t.Context(), &asrv1.GetCapabilitiesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	caps := got.GetCapabilities()
	if caps.GetApiVersion() != "v1" || !slices.Equal(caps.GetLanguages(), []string{"en-US", "en", "fr-FR", "fr"}) || len(caps.GetFormats()) != 6 {
		t.Errorf("capabilities %v", caps)
	}
	for _, f := range caps.GetFormats() {
		cfg := adapttest.Config()
		cfg.Format = f
		adapttest.Open(t, to, cfg).Finish()
	}
}

func TestWhileTheVendorIsDownNothingIsPromised(t *testing.T) {
	to := serveWith(t, &recognizer{}, func(a *adapt.ASR) { a.Vendor = &vendor{down: true} })
	c := adapttest.Open(t, to, adapttest.Config())
	if code := c.Code(); code != codes.Unavailable {
		t.Errorf("ended with %v", code)
	}
	health := healthv1.NewHealthClient(adapttest.Dial(t, to))
	for _, name := range []string{"", asrv1.AsrService_ServiceDesc.ServiceName} {
		got, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{Service: name})
		if err != nil || got.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
			t.Errorf("health of %q is %v, %v", name, got.GetStatus(), err)
		}
	}
}
