package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// ttsSpeech are the checks of what comes of a text.
func ttsSpeech() []Check {
	return []Check{
		{ID: "tts.done", Level: Must, Means: "a context ends with one done, whose total is what was sent, and nothing of it follows", Spec: ttsSpec + "Done", run: onRecital(ttsDone)},
		{ID: "tts.audio.contiguous", Level: Must, Means: "audio counts up from 0, and each piece begins where the one before it ends", Spec: ttsSpec + "Audio", run: onRecital(ttsContiguous)},
		{ID: "tts.audio.raw", Level: Must, Means: "audio is whole samples of the format, without a container", Spec: speechSpec + "Encoding", run: onRecital(ttsRaw)},
		{ID: "tts.audio.sound", Level: Must, Means: "audio sounds: neither silence nor noise at full level, of a length that fits the text", Spec: ttsSpec + "Audio", run: onRecital(ttsSound)},
		{ID: "tts.words", Level: Must, Means: "words lie inside the audio and the text, where claimed", Spec: ttsSpec + "Words", run: onRecital(ttsWords)},
		{ID: "tts.latency", Level: Should, Means: "ready in 500 ms, first audio 400 ms after the text", Spec: ttsSpec + "Audio", run: onRecital(ttsLatency)},
		{ID: "tts.text.empty", Level: Must, Means: "no text is done with 0 samples", Spec: ttsSpec + "Input", run: ttsEmpty},
		{ID: "tts.text.utf8", Level: Must, Means: "letters with accents are spoken", Spec: ttsSpec + "Input", run: ttsUTF8},
		{ID: "tts.text.pieces", Level: Must, Means: "speech starts before the last piece of a text, where claimed", Spec: ttsSpec + "Flush", run: ttsPieces},
		{ID: "tts.ssml", Level: Must, Means: "SSML is spoken, where claimed", Spec: ttsSpec + "Input", run: ttsSSML},
		{ID: "tts.ssml.errors", Level: Must, Means: "SSML that cannot be read ends its context with CAUSE_ERROR, or the stream with INVALID_ARGUMENT", Spec: ttsSpec + "Done", run: ttsSSMLErrors},
		{ID: "tts.ssml.unclaimed", Level: Must, Means: "SSML is refused with INVALID_ARGUMENT where it is not claimed", Spec: ttsSpec + "Input", run: ttsSSMLUnclaimed},
		{ID: "tts.marks", Level: Must, Means: "marks of SSML come back, inside the audio, where claimed", Spec: ttsSpec + "Mark", run: ttsMarks},
		{ID: "tts.max_lead", Level: Should, Means: "audio runs ahead of real time by no more than max_lead (and 250 ms)", Spec: ttsSpec + "Config", run: ttsMaxLead},
	}
}

// contextOf gives the context that a message is about.
func contextOf(m *ttsResponse) string {
	switch r := m.GetResponse().(type) {
	case *ttsv1.StreamingSynthesizeResponse_Audio:
		return r.Audio.GetContextId()
	case *ttsv1.StreamingSynthesizeResponse_Mark:
		return r.Mark.GetContextId()
	case *ttsv1.StreamingSynthesizeResponse_Words:
		return r.Words.GetContextId()
	case *ttsv1.StreamingSynthesizeResponse_Done:
		return r.Done.GetContextId()
	case *ttsv1.StreamingSynthesizeResponse_Canceled:
		return r.Canceled.GetContextId()
	}
	return ""
}

func ttsDone(_ *probe, r *recital) error {
	done := map[string]bool{}
	for i, e := range r.got {
		id := contextOf(e.m)
		if id != "" && done[id] {
			return fmt.Errorf("message %d is %s of %s, which is done", i+1, ttsKind(e.m), id)
		}
		if e.m.GetDone() != nil {
			done[id] = true
		}
	}
	for i := range r.texts {
		if !done[contextID(i)] {
			return fmt.Errorf("text %d was never done (the stream ended with %v)", i+1, r.end) //nolint:errorlint // nil is OK
		}
	}
	for _, e := range r.got {
		d := e.m.GetDone()
		if d == nil {
			continue
		}
		if d.GetCause() != ttsv1.Done_CAUSE_COMPLETE {
			return fmt.Errorf("%s is done with %v", d.GetContextId(), d.GetCause())
		}
		if n := r.samples(d.GetContextId()); n != d.GetTotalSamples() {
			return fmt.Errorf("%d samples of %s were sent, done says %d", n, d.GetContextId(), d.GetTotalSamples())
		}
	}
	return r.end
}

// samples counts the audio of a context, wherever it is said to lie.
func (r *recital) samples(id string) int64 { return int64(len(r.audio(id)) / size(r.format)) }

func (r *recital) audio(id string) []byte {
	var data []byte
	for _, e := range r.got {
		if a := e.m.GetAudio(); a != nil && a.GetContextId() == id {
			data = append(data, a.GetData()...)
		}
	}
	return data
}

func ttsContiguous(_ *probe, r *recital) error {
	for i := range r.texts {
		data, err := audioOf(r.got, r.format, contextID(i))
		if err != nil {
			return err
		}
		if len(data) == 0 {
			return fmt.Errorf("text %d has no audio", i+1)
		}
	}
	return nil
}

func ttsRaw(_ *probe, r *recital) error {
	for i, e := range r.got {
		a := e.m.GetAudio()
		if a == nil {
			continue
		}
		if n := len(a.GetData()); n == 0 || n%size(r.format) != 0 {
			return fmt.Errorf("message %d has %d bytes of audio", i+1, n)
		}
		for _, magic := range []string{"RIFF", "OggS", "fLaC", "ID3", ".snd"} {
			if strings.HasPrefix(string(a.GetData()), magic) {
				return fmt.Errorf("message %d has the header of a container: %s", i+1, magic)
			}
		}
	}
	return nil
}

func ttsSound(_ *probe, r *recital) error {
	for i, text := range r.texts {
		data := r.audio(contextID(i))
		if err := audible(r.format, data); err != nil {
			return fmt.Errorf("text %d: %w", i+1, err)
		}
		length := time.Duration(len(data)/size(r.format)) * time.Second / time.Duration(r.format.GetSampleRateHz())
		if letters := time.Duration(len(text)); length < letters*15*time.Millisecond || length > letters*400*time.Millisecond {
			return fmt.Errorf("text %d has %d letters and takes %v", i+1, letters, length)
		}
	}
	return nil
}

// What audio must be at least and at most, as the mean of absolute samples.
const (
	quietest = 60
	loudest  = 14000
)

// audible says what is wrong with audio that should be speech.
func audible(f *speechv1.AudioFormat, data []byte) error {
	pcm := decode(f, data)
	if len(pcm) == 0 {
		return errors.New("there is no audio")
	}
	sum, flips := 0, 0
	for i, v := range pcm {
		sum += max(int(v), -int(v))
		if i > 0 && (v < 0) != (pcm[i-1] < 0) {
			flips++
		}
	}
	level := sum / len(pcm)
	switch {
	case level < quietest:
		return fmt.Errorf("the audio is silent (level %d)", level)
	case level > loudest:
		return fmt.Errorf("the audio is at full level (%d): is it in another format?", level)
	case flips*5 > len(pcm)*2:
		return errors.New("the audio is noise: is it in another format?")
	}
	return nil
}

func ttsWords(p *probe, r *recital) error {
	if !p.caps.GetWordTimes() {
		return skip("word_times is not claimed")
	}
	for i, text := range r.texts {
		id, letters, n := contextID(i), int32(len([]rune(text))), 0
		total := r.samples(id)
		at := int64(0)
		for _, e := range r.got {
			if e.m.GetWords().GetContextId() != id {
				continue
			}
			for _, w := range e.m.GetWords().GetWords() {
				n++
				if w.GetStartSamples() < at || w.GetEndSamples() < w.GetStartSamples() || w.GetEndSamples() > total {
					return fmt.Errorf("word %d of text %d lies from %d to %d; the audio has %d samples", n, i+1, w.GetStartSamples(), w.GetEndSamples(), total)
				}
				if w.GetCharStart() < 0 || w.GetCharEnd() < w.GetCharStart() || w.GetCharEnd() > letters {
					return fmt.Errorf("word %d of text %d is letters %d to %d of %d", n, i+1, w.GetCharStart(), w.GetCharEnd(), letters)
				}
				at = w.GetStartSamples()
			}
		}
		if n == 0 {
			return fmt.Errorf("text %d has no words", i+1)
		}
	}
	return nil
}

// firstAudioBy is the budget of the first audio of a text.
const firstAudioBy = 400 * time.Millisecond

func ttsLatency(p *probe, r *recital) error {
	if len(r.got) == 0 {
		return errors.New("nothing came")
	}
	if d := r.got[0].at.Sub(r.began); d > readyBy {
		return fmt.Errorf("ready came after %v", d.Round(time.Millisecond))
	}
	for i, asked := range r.asked {
		for _, e := range r.got {
			if e.m.GetAudio().GetContextId() != contextID(i) {
				continue
			}
			d := e.at.Sub(asked)
			p.measure("first audio", d)
			if d > firstAudioBy {
				return fmt.Errorf("the first audio came %v after the text", d.Round(time.Millisecond))
			}
			break
		}
	}
	return nil
}

// reads opens a stream for one thing and ends it well.
func (p *probe) reads(ctx context.Context, c *ttsv1.Config, f func(*reading) error) error {
	r, err := p.openTTS(ctx, c)
	if err != nil {
		return err
	}
	defer r.close()
	if err := f(r); err != nil {
		return err
	}
	return wellEnded(r.finish(ctx))
}

func ttsEmpty(ctx context.Context, p *probe) error {
	return p.reads(ctx, p.speaking(p.language()), func(r *reading) error {
		for i, text := range []string{"", "  "} {
			r.text(contextID(i), text)
			d, err := r.done(ctx, contextID(i))
			if err != nil {
				return err
			}
			if i == 0 && (d.GetTotalSamples() != 0 || d.GetCause() != ttsv1.Done_CAUSE_COMPLETE) {
				return fmt.Errorf("no text is done with %d samples, %v", d.GetTotalSamples(), d.GetCause())
			}
		}
		return nil
	})
}

func ttsUTF8(ctx context.Context, p *probe) error {
	language := p.language()
	if p.claims("fr") {
		language = "fr"
	}
	return p.reads(ctx, p.speaking(language), func(r *reading) error {
		r.text(contextID(0), "Ça a été réglé à Noël, près de l’hôtel : 12 €.")
		data, err := r.spoken(ctx, contextID(0))
		if err != nil {
			return err
		}
		return audible(r.format, data)
	})
}

func ttsPieces(ctx context.Context, p *probe) error {
	if !p.caps.GetStreamingText() {
		return skip("streaming_text is not claimed")
	}
	return p.reads(ctx, p.speaking(p.language()), func(r *reading) error {
		say := func(text string, last bool) {
			r.input(&ttsv1.Input{ContextId: contextID(0), Content: &ttsv1.Input_Text{Text: text}, Last: last})
		}
		first, second, _ := strings.Cut(texts(p.language())[0], ". ")
		say(first+". "+second[:4], false)
		r.send(&ttsRequest{Request: &ttsv1.StreamingSynthesizeRequest_Flush{Flush: &ttsv1.Flush{ContextId: contextID(0)}}})
		if _, err := r.until(ctx, r.limit, 0, "audio before the last piece", func(m *ttsResponse) bool { return m.GetAudio() != nil }); err != nil {
			return err
		}
		say(second[4:], true)
		_, err := r.spoken(ctx, contextID(0))
		return err
	})
}

func ttsSSML(ctx context.Context, p *probe) error {
	if !p.caps.GetSsml() {
		return skip("ssml is not claimed")
	}
	return p.reads(ctx, p.speaking(p.language()), func(r *reading) error {
		r.ssml(contextID(0), `<speak>`+texts(p.language())[1]+`<break time="200ms"/></speak>`)
		data, err := r.spoken(ctx, contextID(0))
		if err != nil {
			return err
		}
		return audible(r.format, data)
	})
}

func ttsSSMLUnclaimed(ctx context.Context, p *probe) error {
	if p.caps.GetSsml() {
		return skip("ssml is claimed")
	}
	r, err := p.openTTS(ctx, p.speaking(p.language()))
	if err != nil {
		return err
	}
	defer r.close()
	r.ssml(contextID(0), "<speak>Hello.</speak>")
	return r.refusal(ctx)
}

func ttsSSMLErrors(ctx context.Context, p *probe) error {
	if !p.caps.GetSsml() {
		return skip("ssml is not claimed")
	}
	r, err := p.openTTS(ctx, p.speaking(p.language()))
	if err != nil {
		return err
	}
	defer r.close()
	r.ssml(contextID(0), "<speak>hello <emphasis>you</speak")
	d, err := r.done(ctx, contextID(0))
	if err != nil {
		return r.refusal(ctx)
	}
	if d.GetCause() != ttsv1.Done_CAUSE_ERROR {
		return fmt.Errorf("SSML that cannot be read is done with %v", d.GetCause())
	}
	r.text(contextID(1), texts(p.language())[1])
	if _, err := r.spoken(ctx, contextID(1)); err != nil {
		return fmt.Errorf("the text after it: %w", err)
	}
	return wellEnded(r.finish(ctx))
}

func ttsMarks(ctx context.Context, p *probe) error {
	if !p.caps.GetMarks() {
		return skip("marks is not claimed")
	}
	return p.reads(ctx, p.speaking(p.language()), func(r *reading) error {
		one, two := texts(p.language())[0], texts(p.language())[1]
		r.ssml(contextID(0), `<speak>`+one+`<mark name="between"/>`+two+`</speak>`)
		data, err := r.spoken(ctx, contextID(0))
		if err != nil {
			return err
		}
		got, _, _ := r.now()
		for _, e := range got {
			if m := e.m.GetMark(); m.GetName() == "between" {
				if at := m.GetOffsetSamples(); at <= 0 || at > int64(len(data)/size(r.format)) {
					return fmt.Errorf("the mark lies at %d of %d samples", at, len(data)/size(r.format))
				}
				return nil
			}
		}
		return errors.New("the mark did not come back")
	})
}

func ttsMaxLead(ctx context.Context, p *probe) error {
	const lead, slack = 500 * time.Millisecond, 250 * time.Millisecond
	c := p.speaking(p.language())
	c.MaxLead = durationpb.New(lead)
	return p.reads(ctx, c, func(r *reading) error {
		r.text(contextID(0), texts(p.language())[0])
		if _, err := r.spoken(ctx, contextID(0)); err != nil {
			return err
		}
		got, _, _ := r.now()
		var began time.Time
		for _, e := range got {
			a := e.m.GetAudio()
			if a == nil {
				continue
			}
			if began.IsZero() {
				began = e.at
			}
			end := a.GetOffsetSamples() + int64(len(a.GetData())/size(r.format))
			sent := time.Duration(end) * time.Second / time.Duration(r.format.GetSampleRateHz())
			if ahead := sent - e.at.Sub(began); ahead > lead+slack {
				return fmt.Errorf("audio is %v ahead; max_lead is %v", ahead.Round(time.Millisecond), lead)
			}
		}
		return nil
	})
}

// ttsContexts are the checks of many texts on one stream.
func ttsContexts() []Check {
	return []Check{
		{ID: "tts.cancel", Level: Must, Means: "a cancel is answered within 2 s, nothing of its context follows, and the next is spoken", Spec: ttsSpec + "Canceled", run: ttsCancel},
		{ID: "tts.cancel.unknown", Level: Must, Means: "the cancel of a context that is not known is answered all the same", Spec: ttsSpec + "Cancel", run: ttsCancelUnknown},
		{ID: "tts.contexts", Level: Must, Means: "ten contexts whose pieces come interleaved are each spoken whole", Spec: ttsSpec + "Input", run: ttsTenContexts},
		{ID: "tts.half_close", Level: Must, Means: "after the half-close all contexts are spoken to their end, then the stream ends with OK", Spec: ttsSpec + "TtsService", run: ttsHalfClose},
	}
}

func ttsCancel(ctx context.Context, p *probe) error {
	c := p.speaking(p.language())
	c.MaxLead = durationpb.New(300 * time.Millisecond) // so that there is something left to cancel
	r, err := p.openTTS(ctx, c)
	if err != nil {
		return err
	}
	defer r.close()
	t := texts(p.language())
	r.text(contextID(0), strings.Repeat(t[0]+" ", 10))
	if _, err := r.until(ctx, r.limit, 0, "audio", func(m *ttsResponse) bool { return m.GetAudio() != nil }); err != nil {
		return err
	}
	asked := time.Now()
	r.cancel(contextID(0))
	i, err := r.until(ctx, flushBy, 0, "canceled", func(m *ttsResponse) bool { return m.GetCanceled().GetContextId() == contextID(0) })
	if err != nil {
		return err
	}
	got, _, _ := r.now()
	p.measure("cancel", got[i].at.Sub(asked))
	data, err := audioOf(got[:i], r.format, contextID(0))
	if err != nil {
		return err
	}
	if n, said := int64(len(data)/size(r.format)), got[i].m.GetCanceled().GetLastOffsetSamples(); n != said {
		return fmt.Errorf("%d samples were sent, canceled says %d", n, said)
	}
	r.text(contextID(1), t[1])
	if _, err := r.spoken(ctx, contextID(1)); err != nil {
		return fmt.Errorf("the text after it: %w", err)
	}
	if err := wellEnded(r.finish(ctx)); err != nil {
		return err
	}
	got, _, _ = r.now()
	for _, e := range got[i+1:] {
		if contextOf(e.m) == contextID(0) {
			return fmt.Errorf("%s of the cancelled context came after canceled", ttsKind(e.m))
		}
	}
	return nil
}

func ttsCancelUnknown(ctx context.Context, p *probe) error {
	return p.reads(ctx, p.speaking(p.language()), func(r *reading) error {
		r.cancel("nobody")
		_, err := r.until(ctx, flushBy, 0, "canceled", func(m *ttsResponse) bool { return m.GetCanceled().GetContextId() == "nobody" })
		return err
	})
}

func ttsTenContexts(ctx context.Context, p *probe) error {
	const contexts = 10
	return p.reads(ctx, p.speaking(p.language()), func(r *reading) error {
		words := strings.SplitAfter(texts(p.language())[1], " ")
		for w, word := range words {
			for i := range contexts {
				r.input(&ttsv1.Input{ContextId: contextID(i), Content: &ttsv1.Input_Text{Text: word}, Last: w == len(words)-1})
			}
		}
		for i := range contexts {
			data, err := r.spoken(ctx, contextID(i))
			if err != nil {
				return err
			}
			if err := audible(r.format, data); err != nil {
				return fmt.Errorf("context %d: %w", i, err)
			}
		}
		return nil
	})
}

func ttsHalfClose(ctx context.Context, p *probe) error {
	r, err := p.openTTS(ctx, p.speaking(p.language()))
	if err != nil {
		return err
	}
	defer r.close()
	for i, text := range texts(p.language()) {
		r.text(contextID(i), text)
	}
	if err := r.rpc.CloseSend(); err != nil {
		return fmt.Errorf("half-close: %w", err)
	}
	if end := r.end(ctx, r.limit); !errors.Is(end, io.EOF) {
		return fmt.Errorf("after the half-close: %w", end)
	}
	for i := range texts(p.language()) {
		if _, err := r.spoken(ctx, contextID(i)); err != nil {
			return err
		}
	}
	return nil
}
