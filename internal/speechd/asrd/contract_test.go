package asrd_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/asrd"
	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// clearVoice is the voice that the recognizer understands best.
const clearVoice = "flite-rms"

func TestTheFirstMessageMustBeAConfig(t *testing.T) {
	k := serve(t, "en").call(t)
	k.audio(&asrv1.Audio{Data: make([]byte, 320)})
	k.refused(codes.InvalidArgument, "config")
}

func TestAStreamThatEndsBeforeItsConfigSaysSo(t *testing.T) {
	l := serve(t, "en")
	k := l.call(t)
	if err := k.over(); status.Code(err) != codes.InvalidArgument || len(k.got) > 0 {
		t.Errorf("ended with %v after %d messages", err, len(k.got))
	}
	k.cancel()
	l.grpc.GracefulStop()
	if n := l.server.Streams(); n != 0 {
		t.Errorf("%d streams are open", n)
	}
}

func TestOnlyTheFirstMessageMayBeAConfig(t *testing.T) {
	k := serve(t, "en").open(t, config())
	k.config(config())
	k.refused(codes.InvalidArgument, "config")
}

func TestAMessageThatIsNothingIsRefused(t *testing.T) {
	k := serve(t, "en").open(t, config())
	k.send(&asrv1.StreamingRecognizeRequest{})
	k.refused(codes.InvalidArgument, "request")
}

func TestAConfigThatCannotBeServedNamesTheField(t *testing.T) {
	l := serve(t, "en")
	for _, c := range []struct {
		field string
		spoil func(*asrv1.Config)
	}{
		{"config.format", func(c *asrv1.Config) { c.Format = nil }},
		{"config.format.encoding", func(c *asrv1.Config) { c.Format.Encoding = speechv1.Encoding_ENCODING_OPUS_PACKETS }},
		{"config.format.encoding", func(c *asrv1.Config) { c.Format.Encoding = 0 }},
		{"config.format.sample_rate_hz", func(c *asrv1.Config) { c.Format.SampleRateHz = 44100 }},
		{"config.format.channels", func(c *asrv1.Config) { c.Format.Channels = 2 }},
		{"config.language_codes", func(c *asrv1.Config) { c.LanguageCodes = nil }},
		{"config.language_codes", func(c *asrv1.Config) { c.LanguageCodes = slices.Repeat([]string{"en"}, asrd.MaxLanguages+1) }},
		{"config.model", func(c *asrv1.Config) { c.Model = "large" }},
		{"config.interim_min_interval", func(c *asrv1.Config) { c.InterimMinInterval = ms(-1) }},
		{"config.max_alternatives", func(c *asrv1.Config) { c.MaxAlternatives = -1 }},
		{"config.hints", func(c *asrv1.Config) { c.Hints = make([]*asrv1.Hint, asrd.MaxHints+1) }},
		{"config.hints[1].phrase", func(c *asrv1.Config) { c.Hints = []*asrv1.Hint{{}, {Phrase: strings.Repeat("a", asrd.MaxPhrase+1)}} }},
		{"config.hints[0].boost", func(c *asrv1.Config) { c.Hints = []*asrv1.Hint{{Boost: -1}} }},
		{"config.expect", func(c *asrv1.Config) { c.Expect = 99 }},
		{"config.expect_length", func(c *asrv1.Config) { c.ExpectLength = asrd.MaxLength + 1 }},
		{"config.expect_length", func(c *asrv1.Config) { c.ExpectLength = -1 }},
		{"config.endpointing.mode", func(c *asrv1.Config) { c.Endpointing = &asrv1.Endpointing{Mode: 99} }},
		{"config.endpointing.silence", func(c *asrv1.Config) { c.Endpointing = &asrv1.Endpointing{Silence: ms(-1)} }},
		{"config.endpointing.eager_silence", func(c *asrv1.Config) { c.Endpointing = &asrv1.Endpointing{EagerSilence: ms(-1)} }},
		{"config.endpointing.no_input_timeout", func(c *asrv1.Config) { c.Endpointing = &asrv1.Endpointing{NoInputTimeout: ms(-1)} }},
		{"config.endpointing.max_utterance", func(c *asrv1.Config) {
			c.Endpointing = &asrv1.Endpointing{MaxUtterance: &durationpb.Duration{Nanos: -1, Seconds: 1}}
		}},
	} {
		cfg := config()
		c.spoil(cfg)
		k := l.call(t)
		k.config(cfg)
		k.refused(codes.InvalidArgument, c.field)
	}
}

func TestAnUpdateThatCannotBeServedNamesTheField(t *testing.T) {
	l := serve(t, "en")
	for field, u := range map[string]*asrv1.Update{
		"update.language_codes":            {LanguageCodes: slices.Repeat([]string{"en"}, asrd.MaxLanguages+1)},
		"update.hints[0].boost":            {Hints: []*asrv1.Hint{{Boost: 1000}}},
		"update.expect":                    {Expect: 99},
		"update.expect_length":             {Expect: asrv1.Expect_EXPECT_DIGITS, ExpectLength: 1000},
		"update.endpointing.silence":       {Endpointing: &asrv1.Endpointing{Silence: ms(-5)}},
		"update.endpointing.mode":          {Endpointing: &asrv1.Endpointing{Mode: -1}},
		"update.hints[0].phrase":           {Hints: []*asrv1.Hint{{Phrase: strings.Repeat("a", 10000)}}},
		"update.endpointing.max_utterance": {Endpointing: &asrv1.Endpointing{MaxUtterance: ms(-5)}},
	} {
		k := l.open(t, config())
		k.update(u)
		k.refused(codes.InvalidArgument, field)
	}
}

func TestALanguageWithoutAModelIsAFailedPrecondition(t *testing.T) {
	l := serve(t, "en")
	cfg := config()
	cfg.LanguageCodes = []string{"fr-FR", "de"}
	k := l.call(t)
	k.config(cfg)
	k.refused(codes.FailedPrecondition, "config.language_codes")
	k = l.open(t, config())
	k.update(&asrv1.Update{LanguageCodes: []string{"de"}})
	k.refused(codes.FailedPrecondition, "update.language_codes")
}

func TestAudioThatCannotBeTakenNamesTheField(t *testing.T) {
	l := serve(t, "en")
	frame := make([]byte, 320)
	for name, c := range map[string]struct {
		field string
		audio *asrv1.Audio
	}{
		"back":        {"audio.offset_samples", &asrv1.Audio{Data: frame, OffsetSamples: 159}},
		"back, lost":  {"audio.offset_samples", &asrv1.Audio{Data: frame, OffsetSamples: 159, Discontinuity: true}},
		"negative":    {"audio.offset_samples", &asrv1.Audio{Data: frame, OffsetSamples: -1, Discontinuity: true}},
		"on, no loss": {"audio.offset_samples", &asrv1.Audio{Data: frame, OffsetSamples: 161}},
		"for ever":    {"audio.offset_samples", &asrv1.Audio{Data: frame, OffsetSamples: 1<<63 - 1, Discontinuity: true}},
		"half":        {"audio.data", &asrv1.Audio{Data: frame[:3], OffsetSamples: 160}},
		"long":        {"audio.data", &asrv1.Audio{Data: make([]byte, asrd.MaxChunk+2), OffsetSamples: 160}},
	} {
		t.Run(name, func(t *testing.T) {
			k := l.open(t, config())
			k.say(make([]int16, 160))
			k.audio(c.audio)
			k.refused(codes.InvalidArgument, c.field)
		})
	}
}

func TestAControlThatIsNoneIsRefused(t *testing.T) {
	l := serve(t, "en")
	for _, a := range []asrv1.Control_Action{asrv1.Control_ACTION_UNSPECIFIED, 99} {
		k := l.open(t, config())
		k.control(a)
		k.refused(codes.InvalidArgument, "control.action")
	}
}

func TestWhatIsSaidComesBackAsRevisionsThatGrowToOneFinal(t *testing.T) {
	l := serve(t, "en")
	cfg := config()
	cfg.Expect = asrv1.Expect_EXPECT_FREE
	cfg.Hints = []*asrv1.Hint{{Phrase: "i want to pay my bill by card", Class: "example"}}
	k := l.open(t, cfg)
	k.say(speechtest.Say(t, clearVoice, "i want to pay my bill by card"))
	h := k.finish()
	if got := h.texts(); !slices.Equal(got, []string{"i want to pay my bill by card"}) {
		t.Errorf("finals %q", got)
	}
	if h[0].GetReady().GetFormat().GetSampleRateHz() != 8000 {
		t.Errorf("ready with %v", h[0].GetReady())
	}
	longest := 0
	for _, tr := range h.transcripts() {
		longest = max(longest, len(textOf(tr)))
		if tr.GetLanguageCode() != "en" {
			t.Errorf("a transcript in %q", tr.GetLanguageCode())
		}
	}
	if n := len(h.transcripts()); n < 3 || longest < 10 {
		t.Errorf("%d transcripts, the longest of %d letters", n, longest)
	}
	if r := h.reasons(); !slices.Equal(r, []asrv1.SpeechEnded_Reason{asrv1.SpeechEnded_REASON_SILENCE}) {
		t.Errorf("ended by %v", r)
	}
}

func TestWithoutInterimResultsOnlyFinalsCome(t *testing.T) {
	cfg := config()
	cfg.InterimResults, cfg.WordTimes = false, false
	k := serve(t, "en").open(t, cfg)
	k.say(speechtest.Say(t, clearVoice, "yes please"))
	h := k.finish()
	if len(h.transcripts()) != 1 || textOf(h.transcripts()[0]) != "yes please" {
		t.Errorf("transcripts %v", h.texts())
	}
	if len(h.finals()[0].GetAlternatives()[0].GetWords()) > 0 {
		t.Error("words that were not asked for")
	}
}

func TestUtterancesOfAStreamHaveIdsOfTheirOwn(t *testing.T) {
	k := serve(t, "en").open(t, config())
	for _, text := range []string{"yes", "no thank you", "yes"} {
		k.say(speechtest.Say(t, clearVoice, text))
	}
	h := k.finish()
	if got := h.texts(); !slices.Equal(got, []string{"yes", "no thank you", "yes"}) {
		t.Errorf("finals %q", got)
	}
}

func TestOffsetsAreSamplesOfTheClientInEveryFormat(t *testing.T) {
	l := serve(t, "en")
	said := speechtest.Say(t, clearVoice, "yes please")
	for _, f := range audio.Formats() {
		t.Run(f.String(), func(t *testing.T) {
			cfg := config()
			cfg.Format = f
			k := l.open(t, cfg)
			k.say(said)
			checkOffsets(t, k.finish(), int64(len(said)/8), int64(f.GetSampleRateHz())/1000)
		})
	}
}

// checkOffsets checks an utterance that begins after 300 ms and is followed by
// a second of silence.
func checkOffsets(t *testing.T, h heard, length, perMs int64) {
	t.Helper()
	if got := h.texts(); !slices.Equal(got, []string{"yes please"}) {
		t.Fatalf("finals %q", got)
	}
	between(t, "the start", h.started()[0].GetOffsetSamples()/perMs, 250, 500)
	end := h.ended()[0].GetOffsetSamples() / perMs
	between(t, "the end", end, length-1400, length-800)
	final := h.finals()[0]
	between(t, "the final's end", final.GetEndSamples()/perMs, end, end)
	at := int64(200) // the first sound may come before what tells speech
	for _, w := range final.GetAlternatives()[0].GetWords() {
		between(t, "a word's start", w.GetStartSamples()/perMs, at, end)
		between(t, "a word's end", w.GetEndSamples()/perMs, w.GetStartSamples()/perMs+20, end+250)
		at = w.GetEndSamples() / perMs
	}
	progress := h.progress()
	between(t, "the last progress", progress[len(progress)-1].GetOffsetSamples()/perMs, length-20, length)
}

func between(t *testing.T, what string, got, least, most int64) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s lies at %d ms, not between %d and %d", what, got, least, most)
	}
}

func TestProgressComesAtLeastEvery200Milliseconds(t *testing.T) {
	l := serve(t, "en")
	for _, piece := range []int{80, 160, 480, 8000, asrd.MaxChunk / 2} {
		k := l.open(t, config())
		k.piece = piece
		k.say(speechtest.Silence(5000))
		at := int64(0)
		for _, p := range append(k.finish().progress(), &asrv1.Progress{OffsetSamples: 40000}) {
			if p.GetOffsetSamples()-at > 1600 {
				t.Errorf("pieces of %d: progress from %d to %d", piece, at, p.GetOffsetSamples())
			}
			at = p.GetOffsetSamples()
		}
	}
}

// A message may be longer than what a stream keeps of the past.
func TestAMessageOfTheLargestSizeIsHeardFromItsStart(t *testing.T) {
	cfg := config()
	cfg.Format.Encoding = speechv1.Encoding_ENCODING_MULAW
	k := serve(t, "en").open(t, cfg)
	k.piece = asrd.MaxChunk
	pcm := speechtest.Say(t, clearVoice, "no thank you")
	k.say(append(pcm, speechtest.Silence((asrd.MaxChunk-len(pcm))/8)...))
	if got := k.finish().texts(); !slices.Equal(got, []string{"no thank you"}) {
		t.Errorf("finals %q", got)
	}
}

// The caller already speaks when the stream opens, and audio comes in pieces
// that the front end has to be given room for.
func TestACallerWhoIsSpeakingWhenTheStreamOpensIsHeard(t *testing.T) {
	l := serve(t, "en")
	said := speechtest.Say(t, clearVoice, "yes please")[300*8:]
	for _, piece := range []int{160, 360, 560, 800} {
		k := l.open(t, config())
		k.piece = piece
		k.say(said)
		if h := k.finish(); len(h.finals()) != 1 || h.started()[0].GetOffsetSamples() > 2000 {
			t.Errorf("pieces of %d: finals %q", piece, h.texts())
		}
	}
}

func TestHalfCloseInTheMiddleOfSpeechGivesTheFinalThatIsOwed(t *testing.T) {
	k := serve(t, "en").open(t, config())
	pcm := speechtest.Say(t, clearVoice, "yes please")
	k.say(pcm[:len(pcm)-900*8])
	h := k.finish()
	if got := h.texts(); !slices.Equal(got, []string{"yes please"}) {
		t.Errorf("finals %q", got)
	}
	if r := h.reasons(); !slices.Equal(r, []asrv1.SpeechEnded_Reason{asrv1.SpeechEnded_REASON_FORCED}) {
		t.Errorf("ended by %v", r)
	}
	usage := h[len(h)-1].GetUsage()
	if got, want := usage.GetAudio().AsDuration().Milliseconds(), int64(len(pcm)/8-900); got < want-20 || got > want {
		t.Errorf("usage says %d ms, %d were sent", got, want)
	}
}

func TestForceEndpointEndsTheUtteranceAtOnce(t *testing.T) {
	cfg := config()
	cfg.Endpointing = &asrv1.Endpointing{Mode: asrv1.Endpointing_MODE_CLIENT}
	k := serve(t, "en").open(t, cfg)
	k.control(asrv1.Control_ACTION_FORCE_ENDPOINT) // nobody speaks: nothing to end
	k.say(speechtest.Say(t, clearVoice, "yes please"))
	k.say(speechtest.Silence(2000)) // which ends nothing: the client decides
	k.control(asrv1.Control_ACTION_FORCE_ENDPOINT)
	if got := textOf(k.final()); got != "yes please" {
		t.Errorf("the final says %q", got)
	}
	h := k.finish()
	if r := h.reasons(); !slices.Equal(r, []asrv1.SpeechEnded_Reason{asrv1.SpeechEnded_REASON_FORCED}) {
		t.Errorf("ended by %v", r)
	}
}

func TestWhatIsSaidInAPauseIsNotHeard(t *testing.T) {
	k := serve(t, "en").open(t, config())
	yes, no := speechtest.Say(t, clearVoice, "yes please"), speechtest.Say(t, clearVoice, "no thank you")
	k.say(yes[:len(yes)-900*8])
	k.control(asrv1.Control_ACTION_PAUSE) // ends the utterance in progress
	k.say(no)
	k.control(asrv1.Control_ACTION_PAUSE)
	k.control(asrv1.Control_ACTION_RESUME)
	k.control(asrv1.Control_ACTION_RESUME)
	resumed := k.offset
	k.say(yes)
	h := k.finish()
	if got := h.texts(); !slices.Equal(got, []string{"yes please", "yes please"}) {
		t.Errorf("finals %q", got)
	}
	if at := h.started()[1].GetOffsetSamples(); at < resumed {
		t.Errorf("speech starts at %d, before the pause ended at %d", at, resumed)
	}
}

func TestADiscardedUtteranceHasNoFinal(t *testing.T) {
	k := serve(t, "en").open(t, config())
	yes, no := speechtest.Say(t, clearVoice, "yes please"), speechtest.Say(t, clearVoice, "no thank you")
	k.say(yes[:len(yes)-900*8])
	k.control(asrv1.Control_ACTION_DISCARD_UTTERANCE)
	k.control(asrv1.Control_ACTION_DISCARD_UTTERANCE) // nothing is left to discard
	k.say(no)
	h := k.finish()
	if got := h.texts(); !slices.Equal(got, []string{"no thank you"}) {
		t.Errorf("finals %q", got)
	}
	want := []asrv1.SpeechEnded_Reason{asrv1.SpeechEnded_REASON_DISCARDED, asrv1.SpeechEnded_REASON_SILENCE}
	if r := h.reasons(); !slices.Equal(r, want) {
		t.Errorf("ended by %v", r)
	}
}

func TestNothingSaidIsToldOnce(t *testing.T) {
	cfg := config()
	cfg.Endpointing = &asrv1.Endpointing{NoInputTimeout: ms(1000)}
	k := serve(t, "en").open(t, cfg)
	k.say(speechtest.Silence(3000))
	k.update(&asrv1.Update{Expect: asrv1.Expect_EXPECT_FREE}) // listens anew
	k.say(speechtest.Silence(1500))
	h := k.finish()
	if n := h.noInputs(); len(n) != 2 || n[0].GetOffsetSamples() != 8000 || n[1].GetOffsetSamples() < 4*8000-160 || n[1].GetOffsetSamples() > 4*8000+160 {
		t.Errorf("no_input at %v", n)
	}
}

func TestNoiseIsNoUtteranceThatSaysAnything(t *testing.T) {
	k := serve(t, "en").open(t, config())
	k.say(slices.Concat(speechtest.Silence(500), speechtest.Noise(2000), speechtest.Silence(1000)))
	for _, text := range k.finish().texts() {
		if text != "" {
			t.Errorf("noise is understood as %q", text)
		}
	}
}

func TestAnUtteranceThatIsTooLongIsCut(t *testing.T) {
	cfg := config()
	cfg.Endpointing = &asrv1.Endpointing{MaxUtterance: ms(700)}
	k := serve(t, "en").open(t, cfg)
	k.say(speechtest.Say(t, clearVoice, "yes that's correct thank you and absolutely of course"))
	h := k.finish()
	if r := h.reasons(); len(r) < 2 || r[0] != asrv1.SpeechEnded_REASON_MAX_LENGTH {
		t.Errorf("ended by %v", r)
	}
	first := h.finals()[0]
	if n := first.GetEndSamples() - first.GetStartSamples(); n > 700*8 {
		t.Errorf("the first utterance has %d samples", n)
	}
}

func TestDurationsBeyondAllMeasureMeanNever(t *testing.T) {
	cfg := config()
	ages := &durationpb.Duration{Seconds: 3e11}
	cfg.InterimMinInterval = ages
	cfg.Endpointing = &asrv1.Endpointing{Silence: ages, MaxUtterance: ages, NoInputTimeout: ages, EagerSilence: ages}
	k := serve(t, "en").open(t, cfg)
	k.say(speechtest.Say(t, clearVoice, "yes please"))
	h := k.finish()
	if r := h.reasons(); !slices.Equal(r, []asrv1.SpeechEnded_Reason{asrv1.SpeechEnded_REASON_FORCED}) {
		t.Errorf("ended by %v", r)
	}
	if n := len(h.transcripts()); n != 1 || len(h.noInputs()) > 0 {
		t.Errorf("%d transcripts and %d no_input", n, len(h.noInputs()))
	}
}

func TestAShortLossIsBridged(t *testing.T) {
	k := serve(t, "en").open(t, config())
	pcm := speechtest.Say(t, clearVoice, "yes please")
	middle := len(pcm) - 1000*8 - 400*8
	k.say(pcm[:middle])
	k.lose(100*8, pcm[middle+100*8:middle+200*8])
	k.say(pcm[middle+200*8:])
	h := k.finish()
	if len(h.started()) != 1 || len(h.finals()) != 1 {
		t.Errorf("%d utterances, finals %q", len(h.started()), h.texts())
	}
	between(t, "the end", h.ended()[0].GetOffsetSamples()/8, int64(len(pcm)/8)-1400, int64(len(pcm)/8)-800)
}

func TestALongLossEndsTheUtteranceAndTheNextIsHeard(t *testing.T) {
	for _, lost := range []int64{3 * 8000, 3600 * 8000} {
		k := serve(t, "en").open(t, config())
		yes, no := speechtest.Say(t, clearVoice, "yes please"), speechtest.Say(t, clearVoice, "no thank you")
		k.say(yes[:len(yes)-900*8])
		k.lose(lost, no[:160])
		resumed := k.offset
		k.say(no[160:])
		h := k.finish()
		if got := h.texts(); !slices.Equal(got, []string{"yes please", "no thank you"}) {
			t.Errorf("finals %q", got)
		}
		if at := h.started()[1].GetOffsetSamples(); at < resumed {
			t.Errorf("the second utterance starts at %d, before audio came back at %d", at, resumed)
		}
	}
}

func TestAnUpdateTakesEffectFromTheNextUtterance(t *testing.T) {
	k := serve(t, "en").open(t, config())
	yes := speechtest.Say(t, clearVoice, "yes please")
	k.say(yes[:len(yes)-1200*8])
	k.update(&asrv1.Update{
		Expect: asrv1.Expect_EXPECT_DIGITS, ExpectLength: 5,
		Endpointing: &asrv1.Endpointing{Mode: asrv1.Endpointing_MODE_CLIENT},
	})
	k.say(yes[len(yes)-1200*8:])
	k.say(speechtest.Say(t, clearVoice, "four two three one seven"))
	h := k.finish()
	if got := h.texts(); !slices.Equal(got, []string{"yes please", "four two three one seven"}) {
		t.Errorf("finals %q", got)
	}
	want := []asrv1.SpeechEnded_Reason{asrv1.SpeechEnded_REASON_SILENCE, asrv1.SpeechEnded_REASON_FORCED}
	if r := h.reasons(); !slices.Equal(r, want) {
		t.Errorf("ended by %v", r)
	}
}

func TestAnUpdateLeavesWhatItDoesNotSet(t *testing.T) {
	cfg := config()
	cfg.Expect = asrv1.Expect_EXPECT_MENU
	cfg.Hints = []*asrv1.Hint{{Phrase: "billing", Class: "menu"}, {Phrase: "technical support", Class: "menu"}}
	k := serve(t, "en").open(t, cfg)
	k.update(&asrv1.Update{Hints: []*asrv1.Hint{{Phrase: "sorcery", Class: "menu"}}}) // without replace_hints
	k.say(speechtest.Say(t, clearVoice, "technical support"))
	if got := k.finish().texts(); !slices.Equal(got, []string{"technical support"}) {
		t.Errorf("finals %q", got)
	}
}

func TestAnEagerTranscriptComesInAPauseThatMayBeTheEnd(t *testing.T) {
	cfg := config()
	cfg.Endpointing = &asrv1.Endpointing{EagerSilence: ms(300), Silence: ms(900)}
	k := serve(t, "en").open(t, cfg)
	pcm := speechtest.Say(t, clearVoice, "yes please")
	k.say(pcm[:len(pcm)-450*8])
	eager := k.wait("an eager transcript", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetTranscript().GetEagerEnd() })
	if got := textOf(eager.GetTranscript()); got != "yes please" || eager.GetTranscript().GetIsFinal() {
		t.Errorf("the eager transcript says %q", got)
	}
	k.say(pcm[len(pcm)-450*8:])
	if got := k.finish().texts(); !slices.Equal(got, []string{"yes please"}) {
		t.Errorf("finals %q", got)
	}
}

func TestAClientThatGoesAwayLeavesNothingBehind(t *testing.T) {
	l := serve(t, "en")
	pcm := speechtest.Say(t, clearVoice, "yes please")
	for _, said := range []int{0, len(pcm) - 900*8, len(pcm)} { // before, within and after an utterance
		k := l.open(t, config())
		k.ready()
		k.say(pcm[:said])
		k.update(&asrv1.Update{Expect: asrv1.Expect_EXPECT_CARD})
		k.cancel()
		for range k.in {
		}
		if code := status.Code(k.end); code != codes.Canceled {
			t.Errorf("the stream ended with %v", k.end)
		}
	}
	l.grpc.GracefulStop() // waits for the streams
	if n := l.server.Streams(); n != 0 {
		t.Errorf("%d streams are open", n)
	}
}

func TestStreamsAreCountedWhileTheyAreOpen(t *testing.T) {
	l := serve(t, "en")
	first, second := l.open(t, config()), l.open(t, config())
	first.ready()
	second.ready()
	if n := l.server.Streams(); n != 2 {
		t.Errorf("%d streams are open, not 2", n)
	}
	first.finish()
	second.finish()
}

func TestWhatIsClaimedIsTaken(t *testing.T) {
	l := serve(t, "en")
	got, err := l.client.GetCapabilities(t.Context(), &asrv1.GetCapabilitiesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	caps := got.GetCapabilities()
	if caps.GetApiVersion() != "v1" || !slices.Equal(caps.GetLanguages(), []string{"en"}) || len(caps.GetFormats()) != 6 {
		t.Errorf("capabilities %v", caps)
	}
	for _, f := range caps.GetFormats() {
		cfg := config()
		cfg.Format = f
		l.open(t, cfg).finish()
	}
}

func TestWhatCallersSayIsNeitherLoggedNorInAnError(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	old := slog.Default()
	slog.SetDefault(log)
	t.Cleanup(func() { slog.SetDefault(old) })
	k := serveWith(t, asrd.New(loggingEngine(t, log), log)).open(t, config())
	k.say(speechtest.Say(t, clearVoice, "yes please"))
	if got := textOf(k.final()); got != "yes please" {
		t.Fatalf("the final says %q", got)
	}
	k.update(&asrv1.Update{LanguageCodes: []string{"please"}})
	err := k.over()
	for _, word := range []string{"yes", "please"} {
		if strings.Contains(out.String(), word) || strings.Contains(err.Error(), word) {
			t.Errorf("%q is in the log or in %v", word, err)
		}
	}
}

func loggingEngine(t *testing.T, log *slog.Logger) *recog.Engine {
	t.Helper()
	speechtest.Engine(t, "en") // skips the test where there is no model
	e, err := recog.New(recog.Config{Models: []recog.ModelConfig{{Language: "en", Dir: recog.EnglishDir}}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}
