package conformance

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// asrControl are the checks of what the client asks for amid a stream.
func asrControl() []Check {
	return []Check{
		{ID: "asr.silence.no_input", Level: Must, Means: "silence for no_input_timeout gives no_input, and no utterance", Spec: asrSpec + "NoInput", run: asrNoInput},
		{ID: "asr.endpoint.force", Level: Must, Means: "ACTION_FORCE_ENDPOINT gives the final within 2 s, where claimed", Spec: asrSpec + "Control", run: asrForce},
		{ID: "asr.discard", Level: Must, Means: "a discarded utterance ends with REASON_DISCARDED and has no final", Spec: asrSpec + "Control", run: asrDiscard},
		{ID: "asr.pause", Level: Must, Means: "nothing is heard between ACTION_PAUSE and ACTION_RESUME, and all after it", Spec: asrSpec + "Control", run: asrPause},
		{ID: "asr.control.unset", Level: Must, Means: "a control without an action is refused with INVALID_ARGUMENT", Spec: asrSpec + "Control", run: asrControlUnset},
		{ID: "asr.language.switch", Level: Must, Means: "an update of the language holds from the next utterance, where claimed", Spec: asrSpec + "Update", run: asrSwitch},
		{ID: "asr.discontinuity", Level: Must, Means: "audio after a loss is taken where it says it lies", Spec: asrSpec + "Audio", run: asrDiscontinuity},
		{ID: "asr.offsets.leap", Level: Must, Means: "an offset that leaps without discontinuity is refused with INVALID_ARGUMENT; one that leaps back or absurdly far is refused or borne, and hurts no other stream", Spec: asrSpec + "Audio", run: asrLeap},
		{ID: "asr.half_close", Level: Must, Means: "after the half-close finals that are owed come, then OK, within 2 s", Spec: asrSpec + "AsrService", run: asrHalfClose},
	}
}

func asrNoInput(ctx context.Context, p *probe) error {
	const timeout = time.Second
	c := p.config(p.language())
	c.Endpointing.NoInputTimeout = durationpb.New(timeout)
	k, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer k.close()
	k.say(ctx, quiet(2*timeout))
	i, err := k.until(ctx, k.limit, 0, "no_input", func(m *asrResponse) bool { return m.GetNoInput() != nil })
	if err != nil {
		return err
	}
	got, _, _ := k.now()
	offset, rate := got[i].m.GetNoInput().GetOffsetSamples(), int64(k.format.GetSampleRateHz())
	if at := time.Duration(offset) * time.Second / time.Duration(rate); at < timeout-100*time.Millisecond || offset > got[i].sent {
		return fmt.Errorf("no_input says that %v were heard; the timeout is %v", at, timeout)
	}
	for _, e := range got {
		if id, what := utteranceOf(e.m); what != "" {
			return fmt.Errorf("%s of %q came in silence", what, id)
		}
	}
	return nil
}

// during opens a stream and says an utterance, of which the end is left to us.
func (p *probe) during(ctx context.Context, mode asrv1.Endpointing_Mode) (*talk, error) {
	c := p.config(p.language())
	c.Endpointing = &asrv1.Endpointing{Mode: mode, Silence: durationpb.New(5 * time.Second)}
	k, err := p.open(ctx, c)
	if err != nil {
		return nil, err
	}
	first, _, _, err := p.utterances(p.language())
	if err != nil {
		k.close()
		return nil, err
	}
	k.utter(ctx, first, 0)
	if _, err := k.until(ctx, k.limit, 0, "speech_started", func(m *asrResponse) bool { return m.GetSpeechStarted() != nil }); err != nil {
		k.close()
		return nil, err
	}
	return k, nil
}

func asrForce(ctx context.Context, p *probe) error {
	if !p.caps.GetForceEndpoint() {
		return skip("force_endpoint is not claimed")
	}
	for _, mode := range []asrv1.Endpointing_Mode{asrv1.Endpointing_MODE_SERVER, asrv1.Endpointing_MODE_CLIENT} {
		if err := p.force(ctx, mode); err != nil {
			return fmt.Errorf("%v: %w", mode, err)
		}
	}
	return nil
}

func (p *probe) force(ctx context.Context, mode asrv1.Endpointing_Mode) error {
	k, err := p.during(ctx, mode)
	if err != nil {
		return err
	}
	defer k.close()
	asked := time.Now()
	k.control(asrv1.Control_ACTION_FORCE_ENDPOINT)
	i, err := k.until(ctx, flushBy, 0, "final after ACTION_FORCE_ENDPOINT", isFinal)
	if err != nil {
		return err
	}
	got, _, _ := k.now()
	p.measure("forced endpoint", got[i].at.Sub(asked))
	for _, e := range got[:i+1] {
		if r := e.m.GetSpeechEnded(); r != nil && r.GetReason() != asrv1.SpeechEnded_REASON_FORCED {
			return fmt.Errorf("speech_ended says %v", r.GetReason())
		}
	}
	return nil
}

func asrDiscard(ctx context.Context, p *probe) error {
	k, err := p.during(ctx, asrv1.Endpointing_MODE_SERVER)
	if err != nil {
		return err
	}
	defer k.close()
	k.control(asrv1.Control_ACTION_DISCARD_UTTERANCE)
	i, err := k.until(ctx, k.limit, 0, "speech_ended", func(m *asrResponse) bool { return m.GetSpeechEnded() != nil })
	if err != nil {
		return err
	}
	got, _, _ := k.now()
	ended := got[i].m.GetSpeechEnded()
	if ended.GetReason() != asrv1.SpeechEnded_REASON_DISCARDED {
		return fmt.Errorf("speech_ended says %v", ended.GetReason())
	}
	k.say(ctx, quiet(pause))
	if err := wellEnded(k.finish(ctx)); err != nil {
		return err
	}
	got, _, _ = k.now()
	for _, e := range got {
		if isFinal(e.m) && e.m.GetTranscript().GetUtteranceId() == ended.GetUtteranceId() {
			return fmt.Errorf("%q has a final", ended.GetUtteranceId())
		}
	}
	return nil
}

func asrPause(ctx context.Context, p *probe) error {
	first, _, _, err := p.utterances(p.language())
	if err != nil {
		return err
	}
	k, err := p.open(ctx, p.config(p.language()))
	if err != nil {
		return err
	}
	defer k.close()
	k.say(ctx, quiet(breath))
	k.control(asrv1.Control_ACTION_PAUSE)
	k.utter(ctx, first, pause)
	k.control(asrv1.Control_ACTION_RESUME)
	resumed := k.offset
	k.utter(ctx, first, pause)
	if err := wellEnded(k.finish(ctx)); err != nil {
		return err
	}
	got, _, _ := k.now()
	heard := false
	for _, e := range got {
		s := e.m.GetSpeechStarted()
		if s != nil && s.GetOffsetSamples() < resumed-int64(k.format.GetSampleRateHz())/4 {
			return fmt.Errorf("an utterance at %d was heard in the pause, which ended at %d", s.GetOffsetSamples(), resumed)
		}
		heard = heard || s != nil
	}
	if !heard {
		return fmt.Errorf("nothing was heard after ACTION_RESUME")
	}
	return nil
}

func asrControlUnset(ctx context.Context, p *probe) error {
	k, err := p.open(ctx, p.config(p.language()))
	if err != nil {
		return err
	}
	defer k.close()
	k.control(asrv1.Control_ACTION_UNSPECIFIED)
	return k.refusal(ctx)
}

func asrSwitch(ctx context.Context, p *probe) error {
	languages := p.languages()
	if !p.caps.GetLiveUpdate() {
		return skip("live_update is not claimed")
	}
	if len(languages) < 2 {
		return skip("one language is checked")
	}
	k, err := p.open(ctx, p.config(languages[0]))
	if err != nil {
		return err
	}
	defer k.close()
	from := 0
	for i, l := range []string{languages[0], languages[1], languages[0]} {
		first, _, _, err := p.utterances(l)
		if err != nil {
			return err
		}
		if i > 0 {
			k.update(&asrv1.Update{LanguageCodes: []string{l}})
		}
		k.utter(ctx, first, pause)
		at, err := k.until(ctx, k.limit, from, "final in "+l, isFinal)
		if err != nil {
			return err
		}
		got, _, _ := k.now()
		if code := got[at].m.GetTranscript().GetLanguageCode(); code != "" && base(code) != base(l) {
			return fmt.Errorf("after the switch to %s a final is in %s", l, code)
		}
		from = at + 1
	}
	return wellEnded(k.finish(ctx))
}

func asrDiscontinuity(ctx context.Context, p *probe) error {
	first, _, _, err := p.utterances(p.language())
	if err != nil {
		return err
	}
	k, err := p.open(ctx, p.config(p.language()))
	if err != nil {
		return err
	}
	defer k.close()
	k.say(ctx, quiet(500*time.Millisecond))
	k.offset += 3 * int64(k.format.GetSampleRateHz()) // three seconds are lost
	lost := encode(k.format, quiet(piece))
	k.sent.Store(k.offset + int64(len(lost)/size(k.format)))
	k.audio(&asrv1.Audio{Data: lost, OffsetSamples: k.offset, Discontinuity: true})
	k.offset = k.sent.Load()
	s := k.utter(ctx, first, pause)
	i, err := k.until(ctx, k.limit, 0, "final after a loss", isFinal)
	if err != nil {
		return err
	}
	got, _, _ := k.now()
	t := got[i].m.GetTranscript()
	slack := int64(k.format.GetSampleRateHz()) / 2
	if t.GetStartSamples() < s.start-slack || t.GetEndSamples() > got[i].sent {
		return fmt.Errorf("said from %d to %d, heard from %d to %d", s.start, s.end, t.GetStartSamples(), t.GetEndSamples())
	}
	return wellEnded(k.finish(ctx))
}

func asrLeap(ctx context.Context, p *probe) error {
	for _, l := range []struct {
		what   string
		by     int64
		told   bool // by discontinuity
		refuse bool // nothing else will do
	}{
		{"on, not told", 8000, false, true},
		{"back, not told", -80, false, true},
		{"back, told", -80, true, false},
		{"below zero", -1 << 40, true, false},
		{"on for ever", math.MaxInt64/2 + 1, true, false},
	} {
		if err := p.leap(ctx, l.by, l.told, l.refuse); err != nil {
			return fmt.Errorf("a leap %s: %w", l.what, err)
		}
	}
	return p.serves(ctx, p.asr)
}

// leap sends a piece, and another that lies elsewhere than where the first ends.
func (p *probe) leap(ctx context.Context, by int64, told, refuse bool) error {
	k, err := p.open(ctx, p.config(p.language()))
	if err != nil {
		return err
	}
	defer k.close()
	k.say(ctx, quiet(100*time.Millisecond))
	k.audio(&asrv1.Audio{Data: encode(k.format, quiet(piece)), OffsetSamples: k.offset + by, Discontinuity: told})
	if refuse {
		return k.refusal(ctx)
	}
	if end := k.finish(ctx); wellEnded(end) != nil {
		return refused(end, codes.InvalidArgument, codes.OutOfRange)
	}
	return nil
}

func asrHalfClose(ctx context.Context, p *probe) error {
	k, err := p.during(ctx, asrv1.Endpointing_MODE_SERVER)
	if err != nil {
		return err
	}
	defer k.close()
	closed := time.Now()
	if err := k.rpc.CloseSend(); err != nil {
		return fmt.Errorf("half-close: %w", err)
	}
	end := k.end(ctx, flushBy)
	p.measure("flush", time.Since(closed))
	if end != io.EOF { //nolint:errorlint // Recv gives the value itself
		return fmt.Errorf("%v after the half-close: %w", flushBy, end)
	}
	got, _, _ := k.now()
	for _, e := range got {
		if isFinal(e.m) {
			return nil
		}
	}
	return fmt.Errorf("the stream ended without the final it owed")
}
