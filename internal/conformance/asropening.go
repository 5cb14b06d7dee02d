package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/durationpb"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// asrOpening are the checks of how a stream begins.
func asrOpening() []Check {
	return []Check{
		{ID: "asr.ready.first", Level: Must, Means: "the first answer is ready, once, with the format of the config", Spec: asrSpec + "Ready", run: asrReadyFirst},
		{ID: "asr.config.first", Level: Must, Means: "audio before the config is refused with INVALID_ARGUMENT", Spec: asrSpec + "StreamingRecognizeRequest", run: asrConfigFirst},
		{ID: "asr.config.once", Level: Must, Means: "a second config is refused with INVALID_ARGUMENT", Spec: asrSpec + "StreamingRecognizeRequest", run: asrConfigOnce},
		{ID: "asr.config.unknown_fields", Level: Must, Means: "fields that a later version may add are ignored", Spec: asrSpec + "Config", run: asrUnknownFields},
		{ID: "asr.format.unknown", Level: Must, Means: "a format that is not set, or not claimed, is refused with INVALID_ARGUMENT", Spec: speechSpec + "Encoding", run: asrFormatUnknown},
		{ID: "asr.formats", Level: Must, Means: "a stream opens in each format that is claimed, and hears speech", Spec: speechSpec + "Capabilities", run: asrFormats},
		{ID: "asr.g711", Level: Must, Means: "what is said in 8 kHz mu-law or A-law is understood, where claimed", Spec: speechSpec + "Encoding", run: asrG711},
		{ID: "asr.languages", Level: Must, Means: "a stream opens in each language that is claimed", Spec: speechSpec + "Capabilities", run: asrLanguages},
		{ID: "asr.languages.unknown", Level: Must, Means: "a language that is not claimed is refused with FAILED_PRECONDITION or INVALID_ARGUMENT", Spec: speechSpec + "Capabilities", run: asrLanguagesUnknown},
		{ID: "asr.hints", Level: Must, Means: "hints and each kind of expectation are taken, in a config and an update", Spec: asrSpec + "Hint", run: asrHints},
	}
}

func asrReadyFirst(ctx context.Context, p *probe) error {
	c, err := p.conversation(ctx, p.language())
	if err != nil {
		return err
	}
	for i, e := range c.got {
		r := e.m.GetReady()
		switch {
		case (r != nil) != (i == 0):
			return fmt.Errorf("message %d is %s", i+1, kind(e.m))
		case r != nil && !sameFormat(r.GetFormat(), c.format):
			return fmt.Errorf("ready with %s, the config has %s", show(r.GetFormat()), show(c.format))
		}
	}
	p.measure("ready", c.got[0].at.Sub(c.began))
	return nil
}

// kind names a message for an error.
func kind(m *asrResponse) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", m.GetResponse()), "*asrv1.StreamingRecognizeResponse_")
}

func asrConfigFirst(ctx context.Context, p *probe) error {
	k, err := p.call(ctx)
	if err != nil {
		return err
	}
	defer k.close()
	k.audio(&asrv1.Audio{Data: make([]byte, 320)})
	return k.refusal(ctx)
}

func asrConfigOnce(ctx context.Context, p *probe) error {
	k, err := p.open(ctx, p.config(p.language()))
	if err != nil {
		return err
	}
	defer k.close()
	k.config(p.config(p.language()))
	return k.refusal(ctx)
}

func asrUnknownFields(ctx context.Context, p *probe) error {
	c := p.config(p.language())
	c.ProtoReflect().SetUnknown(futureField())
	k, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer k.close()
	return wellEnded(k.finish(ctx))
}

// futureField is a field that no v1 message has.
func futureField() []byte {
	b := protowire.AppendTag(nil, 15000, protowire.VarintType)
	return protowire.AppendVarint(b, 1)
}

// badFormats are such that no engine may take.
func badFormats() []*speechv1.AudioFormat {
	return []*speechv1.AudioFormat{
		nil,
		{SampleRateHz: telephone, Channels: 1},
		{Encoding: 99, SampleRateHz: telephone, Channels: 1},
		{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 11, Channels: 1},
		{Encoding: speechv1.Encoding_ENCODING_LINEAR16, Channels: 1},
	}
}

func asrFormatUnknown(ctx context.Context, p *probe) error {
	for _, f := range badFormats() {
		c := p.config(p.language())
		c.Format = f
		k, err := p.call(ctx)
		if err != nil {
			return err
		}
		k.config(c)
		err = k.refusal(ctx)
		k.close()
		if err != nil {
			return fmt.Errorf("%s: %w", show(f), err)
		}
	}
	return nil
}

func asrFormats(ctx context.Context, p *probe) error {
	if len(p.formats()) == 0 {
		return skip("no format is claimed that can be made here")
	}
	for _, f := range p.formats() {
		if err := p.hears(ctx, f, func(m *asrResponse) bool { return m.GetSpeechStarted() != nil }, "speech_started"); err != nil {
			return fmt.Errorf("%s: %w", show(f), err)
		}
	}
	return nil
}

// hears opens a stream in a format, says something and waits for an answer.
func (p *probe) hears(ctx context.Context, f *speechv1.AudioFormat, fits func(*asrResponse) bool, what string) error {
	c := p.config(p.language())
	c.Format = f
	k, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer k.close()
	if got, _, _ := k.now(); !sameFormat(got[0].m.GetReady().GetFormat(), f) {
		return fmt.Errorf("ready with %s", show(got[0].m.GetReady().GetFormat()))
	}
	first, _, _, err := p.utterances(p.language())
	if err != nil {
		return err
	}
	k.utter(ctx, first, pause)
	if err := k.rpc.CloseSend(); err != nil {
		return fmt.Errorf("half-close: %w", err)
	}
	_, err = k.until(ctx, k.limit, 0, what, fits)
	return err
}

func asrG711(ctx context.Context, p *probe) error {
	found := false
	for _, f := range p.formats() {
		law := f.GetEncoding() == speechv1.Encoding_ENCODING_MULAW || f.GetEncoding() == speechv1.Encoding_ENCODING_ALAW
		if !law || f.GetSampleRateHz() != telephone {
			continue
		}
		found = true
		understood := func(m *asrResponse) bool { return isFinal(m) && textOf(m.GetTranscript()) != "" }
		if err := p.hears(ctx, f, understood, "final with words"); err != nil {
			return fmt.Errorf("%s: %w", show(f), err)
		}
	}
	if !found {
		return skip("no G.711 format is claimed")
	}
	return nil
}

func asrLanguages(ctx context.Context, p *probe) error {
	for _, l := range p.caps.GetLanguages() {
		k, err := p.open(ctx, p.config(l))
		if err != nil {
			return fmt.Errorf("%s is claimed: %w", l, err)
		}
		err = wellEnded(k.finish(ctx))
		k.close()
		if err != nil {
			return fmt.Errorf("%s is claimed: %w", l, err)
		}
	}
	for _, l := range p.Languages {
		if !p.claims(l) {
			return fmt.Errorf("%s is not claimed", l)
		}
	}
	return nil
}

// claims says whether a language is among the capabilities, by its base.
func (t *target) claims(language string) bool {
	for _, l := range t.caps.GetLanguages() {
		if base(l) == base(language) {
			return true
		}
	}
	return false
}

// phrases are hints, of which some are the choices of a menu.
func (p *probe) phrases() []*asrv1.Hint { return p.phrasesIn(p.language()) }

func (p *probe) phrasesIn(language string) []*asrv1.Hint {
	all := []*asrv1.Hint{
		{Phrase: "pay my bill", Class: "menu"}, {Phrase: "opening hours", Class: "menu", Boost: 2}, {Phrase: "card"},
	}
	if base(language) == "fr" {
		all = []*asrv1.Hint{
			{Phrase: "payer ma facture", Class: "menu"}, {Phrase: "horaires", Class: "menu", Boost: 2}, {Phrase: "carte"},
		}
	}
	if most := int(p.caps.GetHintsMax()); most > 0 { // 0: no limit
		all = all[:min(len(all), most)]
	}
	return all
}

func asrHints(ctx context.Context, p *probe) error {
	var faults []error
	for e := asrv1.Expect_EXPECT_FREE; e <= asrv1.Expect_EXPECT_MENU; e++ {
		if err := p.expects(ctx, e); err != nil {
			faults = append(faults, fmt.Errorf("%v: %w", e, err))
		}
	}
	return errors.Join(faults...)
}

// expects opens a stream that expects something, and has it expect something
// else, and that again.
func (p *probe) expects(ctx context.Context, e asrv1.Expect) error {
	c := p.config(p.language())
	c.Hints, c.Expect = p.phrases(), e
	k, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer k.close()
	k.say(ctx, quiet(piece))
	if p.caps.GetLiveUpdate() {
		k.update(&asrv1.Update{Expect: asrv1.Expect_EXPECT_DIGITS, ExpectLength: 4, Endpointing: &asrv1.Endpointing{Silence: durationpb.New(endsBy)}})
		k.update(&asrv1.Update{Expect: e, Hints: p.phrases(), ReplaceHints: true})
		k.say(ctx, quiet(piece))
	}
	return wellEnded(k.finish(ctx))
}

func asrLanguagesUnknown(ctx context.Context, p *probe) error {
	l := p.unclaimed()
	if l == "" {
		return skip("every language that could be asked for is claimed")
	}
	k, err := p.call(ctx)
	if err != nil {
		return err
	}
	defer k.close()
	k.config(p.config(l))
	if err := refused(k.end(ctx, k.limit), codes.FailedPrecondition, codes.InvalidArgument); err != nil {
		return fmt.Errorf("%s is not claimed: %w", l, err)
	}
	return nil
}

// unclaimed gives a language that the engine does not claim: one that few speak.
func (t *target) unclaimed() string {
	for _, l := range []string{"tlh", "vo", "ia"} {
		if !t.claims(l) {
			return l
		}
	}
	return ""
}
