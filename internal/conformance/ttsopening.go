package conformance

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// ttsOpening are the checks of how a stream begins.
func ttsOpening() []Check {
	return []Check{
		{ID: "tts.ready.first", Level: Must, Means: "the first answer is ready, once, with the format of the config and a voice", Spec: ttsSpec + "Ready", run: onRecital(ttsReadyFirst)},
		{ID: "tts.config.first", Level: Must, Means: "text before the config is refused with INVALID_ARGUMENT", Spec: ttsSpec + "StreamingSynthesizeRequest", run: ttsConfigFirst},
		{ID: "tts.config.once", Level: Must, Means: "a second config is refused with INVALID_ARGUMENT", Spec: ttsSpec + "StreamingSynthesizeRequest", run: ttsConfigOnce},
		{ID: "tts.config.unknown_fields", Level: Must, Means: "fields that a later version may add are ignored", Spec: ttsSpec + "Config", run: ttsUnknownFields},
		{ID: "tts.format.unknown", Level: Must, Means: "a format that is not set, or not claimed, is refused with INVALID_ARGUMENT", Spec: speechSpec + "Encoding", run: ttsFormatUnknown},
		{ID: "tts.formats", Level: Must, Means: "a text is spoken in each format that is claimed", Spec: speechSpec + "Capabilities", run: ttsFormats},
		{ID: "tts.languages", Level: Must, Means: "a stream opens in each language that is claimed", Spec: speechSpec + "Capabilities", run: ttsLanguages},
		{ID: "tts.languages.unknown", Level: Must, Means: "a language that is not claimed is refused with FAILED_PRECONDITION or INVALID_ARGUMENT", Spec: speechSpec + "Capabilities", run: ttsLanguagesUnknown},
		{ID: "tts.voices", Level: Must, Means: "each voice that is listed can be asked for, and those of a language speak it", Spec: ttsSpec + "Voice", run: ttsVoices},
		{ID: "tts.deadline", Level: Must, Means: "a stream ends when its deadline is over", Spec: ttsSpec + "TtsService", run: ttsDeadline},
	}
}

// onRecital applies a rule to the record of each language.
func onRecital(rule func(*probe, *recital) error) func(context.Context, *probe) error {
	return func(ctx context.Context, p *probe) error {
		return p.eachLanguage(func(l string) error {
			r, err := p.recital(ctx, l)
			if err != nil {
				return err
			}
			return rule(p, r)
		})
	}
}

func ttsReadyFirst(_ *probe, r *recital) error {
	for i, e := range r.got {
		ready := e.m.GetReady()
		switch {
		case (ready != nil) != (i == 0):
			return fmt.Errorf("message %d is %s", i+1, ttsKind(e.m))
		case ready != nil && !sameFormat(ready.GetFormat(), r.format):
			return fmt.Errorf("ready with %s, the config has %s", show(ready.GetFormat()), show(r.format))
		case ready != nil && ready.GetVoice() == "":
			return fmt.Errorf("ready without a voice")
		}
	}
	return nil
}

// ttsKind names a message for an error.
func ttsKind(m *ttsResponse) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", m.GetResponse()), "*ttsv1.StreamingSynthesizeResponse_")
}

func ttsConfigFirst(ctx context.Context, p *probe) error {
	r, err := p.callTTS(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	r.text(contextID(0), "Hello.")
	return r.refusal(ctx)
}

func ttsConfigOnce(ctx context.Context, p *probe) error {
	r, err := p.openTTS(ctx, p.speaking(p.language()))
	if err != nil {
		return err
	}
	defer r.close()
	r.config(p.speaking(p.language()))
	return r.refusal(ctx)
}

func ttsUnknownFields(ctx context.Context, p *probe) error {
	c := p.speaking(p.language())
	c.ProtoReflect().SetUnknown(futureField())
	r, err := p.openTTS(ctx, c)
	if err != nil {
		return err
	}
	defer r.close()
	return wellEnded(r.finish(ctx))
}

func ttsFormatUnknown(ctx context.Context, p *probe) error {
	for _, f := range badFormats() {
		c := p.speaking(p.language())
		c.Format = f
		r, err := p.callTTS(ctx)
		if err != nil {
			return err
		}
		r.config(c)
		err = r.refusal(ctx)
		r.close()
		if err != nil {
			return fmt.Errorf("%s: %w", show(f), err)
		}
	}
	return nil
}

func ttsFormats(ctx context.Context, p *probe) error {
	if len(p.formats()) == 0 {
		return skip("no format is claimed that can be heard here")
	}
	for _, f := range p.formats() {
		if err := p.speaksIn(ctx, f); err != nil {
			return fmt.Errorf("%s: %w", show(f), err)
		}
	}
	return nil
}

func (p *probe) speaksIn(ctx context.Context, f *speechv1.AudioFormat) error {
	c := p.speaking(p.language())
	c.Format = f
	r, err := p.openTTS(ctx, c)
	if err != nil {
		return err
	}
	defer r.close()
	r.text(contextID(0), texts(p.language())[1])
	data, err := r.spoken(ctx, contextID(0))
	if err != nil {
		return err
	}
	return audible(f, data)
}

func ttsLanguages(ctx context.Context, p *probe) error {
	for _, l := range p.caps.GetLanguages() {
		r, err := p.openTTS(ctx, p.speaking(l))
		if err != nil {
			return fmt.Errorf("%s is claimed: %w", l, err)
		}
		err = wellEnded(r.finish(ctx))
		r.close()
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

func ttsLanguagesUnknown(ctx context.Context, p *probe) error {
	l := p.unclaimed()
	if l == "" {
		return skip("every language that could be asked for is claimed")
	}
	r, err := p.callTTS(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	r.config(p.speaking(l))
	if err := refused(r.end(ctx, r.limit), codes.FailedPrecondition, codes.InvalidArgument); err != nil {
		return fmt.Errorf("%s is not claimed: %w", l, err)
	}
	return nil
}

func ttsVoices(ctx context.Context, p *probe) error {
	all, err := p.tts.ListVoices(p.with(ctx), &ttsv1.ListVoicesRequest{})
	if err != nil {
		return fmt.Errorf("list voices: %w", err)
	}
	if len(all.GetVoices()) == 0 {
		return fmt.Errorf("no voice is listed")
	}
	seen := map[string]bool{}
	for _, v := range all.GetVoices() {
		if v.GetName() == "" || seen[v.GetName()] || len(v.GetLanguageCodes()) == 0 {
			return fmt.Errorf("a voice has no name of its own, or no language: %q", v.GetName())
		}
		seen[v.GetName()] = true
		if err := p.hasVoice(ctx, v); err != nil {
			return fmt.Errorf("%s: %w", v.GetName(), err)
		}
	}
	for _, l := range p.languages() {
		some, err := p.tts.ListVoices(p.with(ctx), &ttsv1.ListVoicesRequest{LanguageCode: l})
		if err != nil {
			return fmt.Errorf("voices of %s: %w", l, err)
		}
		if len(some.GetVoices()) == 0 {
			return fmt.Errorf("%s has no voice listed", l)
		}
		for _, v := range some.GetVoices() {
			if !speaks(v, l) {
				return fmt.Errorf("%s is listed for %s and speaks %q", v.GetName(), l, v.GetLanguageCodes())
			}
		}
	}
	return nil
}

func speaks(v *ttsv1.Voice, language string) bool {
	for _, l := range v.GetLanguageCodes() {
		if base(l) == base(language) {
			return true
		}
	}
	return false
}

func (p *probe) hasVoice(ctx context.Context, v *ttsv1.Voice) error {
	c := p.speaking(v.GetLanguageCodes()[0])
	c.Voice = v.GetName()
	r, err := p.openTTS(ctx, c)
	if err != nil {
		return err
	}
	defer r.close()
	if got, _, _ := r.now(); got[0].m.GetReady().GetVoice() != v.GetName() {
		return fmt.Errorf("ready with %q", got[0].m.GetReady().GetVoice())
	}
	return wellEnded(r.finish(ctx))
}

func ttsDeadline(ctx context.Context, p *probe) error {
	first, err := proto.Marshal(&ttsRequest{Request: &ttsv1.StreamingSynthesizeRequest_Config{Config: p.speaking(p.language())}})
	if err != nil {
		return fmt.Errorf("encode a config: %w", err)
	}
	return p.outlives(ctx, ttsv1.TtsService_StreamingSynthesize_FullMethodName, first)
}
