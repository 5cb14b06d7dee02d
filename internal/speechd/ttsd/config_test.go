package ttsd_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/ttsd"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

func config(cfg *ttsv1.Config) *request {
	return &request{Request: &ttsv1.StreamingSynthesizeRequest_Config{Config: cfg}}
}

func TestTheFirstMessageMustBeAConfig(t *testing.T) {
	install(t)
	e := start(t)
	for name, m := range map[string]*request{
		"text": input("a", "hello", true), "cancel": cancel("a"), "flush": flush("a"),
		"update": update(&ttsv1.Update{Rate: 2}), "nothing": {},
	} {
		t.Run(name, func(t *testing.T) {
			k := e.raw(t)
			k.send(m)
			k.refused(codes.InvalidArgument, "config")
		})
	}
	t.Run("the end", func(t *testing.T) {
		k := e.raw(t)
		if err := k.rpc.CloseSend(); err != nil {
			t.Fatal(err)
		}
		k.refused(codes.InvalidArgument, "config")
	})
}

func TestOnlyTheFirstMessageMayBeAConfig(t *testing.T) {
	install(t)
	k := start(t).open(t, english())
	k.send(config(english()))
	k.refused(codes.InvalidArgument, "config")
}

func TestAConfigThatCannotBeServedIsRefusedByField(t *testing.T) {
	install(t)
	e := start(t)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name, field string
		spoil       func(*ttsv1.Config)
	}{
		{"no format", "config.format", func(c *ttsv1.Config) { c.Format = nil }},
		{"no encoding", "config.format.encoding", func(c *ttsv1.Config) { c.Format.Encoding = 0 }},
		{"opus", "config.format.encoding", func(c *ttsv1.Config) { c.Format.Encoding = speechv1.Encoding_ENCODING_OPUS_PACKETS }},
		{"a strange encoding", "config.format.encoding", func(c *ttsv1.Config) { c.Format.Encoding = 99 }},
		{"no rate", "config.format.sample_rate_hz", func(c *ttsv1.Config) { c.Format.SampleRateHz = 0 }},
		{"a CD's rate", "config.format.sample_rate_hz", func(c *ttsv1.Config) { c.Format.SampleRateHz = 44100 }},
		{"stereo", "config.format.channels", func(c *ttsv1.Config) { c.Format.Channels = 2 }},
		{"an unknown voice", "config.voice", func(c *ttsv1.Config) { c.Voice = "nobody" }},
		{"a speed below zero", "config.rate", func(c *ttsv1.Config) { c.Rate = -1 }},
		{"no number for speed", "config.rate", func(c *ttsv1.Config) { c.Rate = nan }},
		{"endless speed", "config.rate", func(c *ttsv1.Config) { c.Rate = inf }},
		{"no number for pitch", "config.pitch", func(c *ttsv1.Config) { c.Pitch = nan }},
		{"endless volume", "config.volume_db", func(c *ttsv1.Config) { c.VolumeDb = -inf }},
		{"a lead below zero", "config.max_lead", func(c *ttsv1.Config) { c.MaxLead = durationpb.New(-1) }},
		{"a broken lead", "config.max_lead", func(c *ttsv1.Config) { c.MaxLead = &durationpb.Duration{Seconds: 1, Nanos: -1} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := english()
			c.spoil(cfg)
			k := e.raw(t)
			k.send(config(cfg))
			k.refused(codes.InvalidArgument, c.field)
			if k.ready != nil {
				t.Error("it was ready all the same")
			}
		})
	}
}

func TestALanguageWithoutAVoiceIsRefused(t *testing.T) {
	install(t)
	cfg := english()
	cfg.Voice, cfg.Session.LanguageCode = "", "de"
	k := start(t).raw(t)
	k.send(config(cfg))
	k.refused(codes.FailedPrecondition, "config.session.language_code")
}

func TestReadySaysWhatWasSettledOn(t *testing.T) {
	install(t)
	cfg := english()
	cfg.Voice, cfg.Session.LanguageCode = "", "fr-FR"
	cfg.Format = &speechv1.AudioFormat{Encoding: alaw, SampleRateHz: 16000, Channels: 1}
	cfg.MaxLead = durationpb.New(time.Second)
	k := start(t).open(t, cfg)
	if f := k.ready.GetFormat(); f.GetEncoding() != alaw || f.GetSampleRateHz() != 16000 || k.ready.GetVoice() != "espeak-fr" {
		t.Errorf("ready with %v", k.ready)
	}
	k.finish()
}

func TestWhatTheEngineSaysOfItselfHolds(t *testing.T) {
	install(t)
	e := start(t)
	got, err := e.GetCapabilities(t.Context(), &ttsv1.GetCapabilitiesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	caps := got.GetCapabilities()
	if caps.GetApiVersion() != "v1" || !slices.Equal(caps.GetLanguages(), []string{"en", "fr"}) || caps.GetMaxChunk() != ttsd.MaxText {
		t.Errorf("capabilities %v", caps)
	}
	if caps.GetSsml() || caps.GetMarks() || caps.GetWordTimes() || !caps.GetStreamingText() {
		t.Errorf("claims what it does not do: %v", caps)
	}
	for _, f := range caps.GetFormats() {
		cfg := english()
		cfg.Format = f
		k := e.open(t, cfg)
		k.say("a", "Hello.")
		k.finish()
	}
}

func TestEveryListedVoiceCanBeAskedFor(t *testing.T) {
	install(t)
	e := start(t)
	all, err := e.ListVoices(t.Context(), &ttsv1.ListVoicesRequest{})
	if err != nil || len(all.GetVoices()) < 2 {
		t.Fatalf("voices %v, %v", all, err)
	}
	for _, v := range all.GetVoices() {
		cfg := english()
		cfg.Voice, cfg.Session = v.GetName(), nil
		if k := e.open(t, cfg); k.ready.GetVoice() != v.GetName() || v.GetNativeSampleRateHz() < 8000 || v.GetGender() == "" {
			t.Errorf("%v: ready with %q", v, k.ready.GetVoice())
		}
	}
	french, err := e.ListVoices(t.Context(), &ttsv1.ListVoicesRequest{LanguageCode: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range french.GetVoices() {
		if !slices.Contains(v.GetLanguageCodes(), "fr") {
			t.Errorf("%v is listed for French", v)
		}
	}
}
