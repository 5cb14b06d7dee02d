package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

type (
	ttsRequest  = ttsv1.StreamingSynthesizeRequest
	ttsResponse = ttsv1.StreamingSynthesizeResponse
)

// A reading is one stream of synthesis.
type reading struct {
	*inbox[*ttsResponse]

	rpc    ttsv1.TtsService_StreamingSynthesizeClient
	format *speechv1.AudioFormat
	limit  time.Duration // of a wait
	close  func()        // ends the stream; it may be called twice
}

// callTTS opens a stream and sends nothing.
func (t *target) callTTS(ctx context.Context) (*reading, error) {
	ctx, cancel := context.WithCancel(ctx)
	rpc, err := t.tts.StreamingSynthesize(t.with(ctx))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("open a stream: %w", err)
	}
	r := &reading{inbox: newInbox[*ttsResponse](), rpc: rpc, limit: t.Timeout}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.receive(rpc.Recv)
	}()
	r.close = func() { cancel(); <-done }
	return r, nil
}

// openTTS opens a stream that is ready.
func (p *probe) openTTS(ctx context.Context, c *ttsv1.Config) (*reading, error) {
	r, err := p.callTTS(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	r.config(c)
	i, err := r.until(ctx, r.limit, 0, "ready", func(m *ttsResponse) bool { return m.GetReady() != nil })
	if err := p.opened(err); err != nil {
		r.close()
		return nil, err
	}
	got, _, _ := r.now()
	p.measure("ready", got[i].at.Sub(began))
	return r, nil
}

// speaking gives a config for a language.
func (t *target) speaking(language string) *ttsv1.Config {
	return &ttsv1.Config{Session: session(language), Format: t.format(), WordTimes: t.caps.GetWordTimes()}
}

// send sends a message. That the stream is over, its end tells.
func (r *reading) send(m *ttsRequest) { _ = r.rpc.Send(m) }

func (r *reading) config(c *ttsv1.Config) {
	r.format = c.GetFormat()
	r.send(&ttsRequest{Request: &ttsv1.StreamingSynthesizeRequest_Config{Config: c}})
}

func (r *reading) input(in *ttsv1.Input) {
	r.send(&ttsRequest{Request: &ttsv1.StreamingSynthesizeRequest_Input{Input: in}})
}

// text gives the whole text of a context.
func (r *reading) text(id, text string) {
	r.input(&ttsv1.Input{ContextId: id, Content: &ttsv1.Input_Text{Text: text}, Last: true})
}

func (r *reading) ssml(id, ssml string) {
	r.input(&ttsv1.Input{ContextId: id, Content: &ttsv1.Input_Ssml{Ssml: ssml}, Last: true})
}

func (r *reading) cancel(id string) {
	r.send(&ttsRequest{Request: &ttsv1.StreamingSynthesizeRequest_Cancel{Cancel: &ttsv1.Cancel{ContextId: id}}})
}

func (r *reading) finish(ctx context.Context) error {
	if err := r.rpc.CloseSend(); err != nil {
		return fmt.Errorf("half-close: %w", err)
	}
	return r.end(ctx, r.limit)
}

func (r *reading) refusal(ctx context.Context) error {
	return refused(r.end(ctx, r.limit), codes.InvalidArgument)
}

// done waits until a context is done.
func (r *reading) done(ctx context.Context, id string) (*ttsv1.Done, error) {
	i, err := r.until(ctx, r.limit, 0, "done of "+id, func(m *ttsResponse) bool { return m.GetDone().GetContextId() == id })
	if err != nil {
		return nil, err
	}
	got, _, _ := r.now()
	return got[i].m.GetDone(), nil
}

// spoken waits until a context was spoken to its end, and gives its audio.
func (r *reading) spoken(ctx context.Context, id string) ([]byte, error) {
	d, err := r.done(ctx, id)
	if err != nil {
		return nil, err
	}
	got, _, _ := r.now()
	if d.GetCause() != ttsv1.Done_CAUSE_COMPLETE {
		return nil, fmt.Errorf("%s is done with %v", id, d.GetCause())
	}
	data, err := audioOf(got, r.format, id)
	if err == nil && int64(len(data)/size(r.format)) != d.GetTotalSamples() {
		err = fmt.Errorf("%s had %d samples, done says %d", id, len(data)/size(r.format), d.GetTotalSamples())
	}
	return data, err
}

// audioOf puts the audio of a context together.
func audioOf(got []event[*ttsResponse], f *speechv1.AudioFormat, id string) ([]byte, error) {
	var data []byte
	seq := int32(0)
	for i, e := range got {
		a := e.m.GetAudio()
		if a == nil || a.GetContextId() != id {
			continue
		}
		if a.GetSeq() != seq || a.GetOffsetSamples() != int64(len(data)/size(f)) {
			return nil, fmt.Errorf("message %d is audio %d of %s at %d; %d at %d was due",
				i+1, a.GetSeq(), id, a.GetOffsetSamples(), seq, len(data)/size(f))
		}
		seq++
		data = append(data, a.GetData()...)
	}
	return data, nil
}

// texts gives what is read in a language.
func texts(language string) [2]string {
	if base(language) == "fr" {
		return [2]string{"Bonjour et bienvenue. Que puis-je faire pour vous ?", "Votre facture a été réglée hier, à midi."}
	}
	return [2]string{"Hello and welcome. What can I do for you?", "Your bill was paid yesterday at noon."}
}

// A recital is two texts read on one stream and all that came of them.
type recital struct {
	language string
	format   *speechv1.AudioFormat
	texts    [2]string
	got      []event[*ttsResponse]
	began    time.Time // the config was sent
	asked    [2]time.Time
	end      error // nil: OK
	err      error // why there is no recital
}

// recital holds it, or gives the one that was held.
func (p *probe) recital(ctx context.Context, language string) (*recital, error) {
	if r := p.recitals[language]; r != nil {
		return r, r.err
	}
	r := p.recite(ctx, language)
	if ctx.Err() == nil {
		p.recitals[language] = r
	}
	return r, r.err
}

func contextID(i int) string { return fmt.Sprintf("conformance-%d", i) }

func (p *probe) recite(ctx context.Context, language string) *recital {
	c := p.speaking(language)
	r := &recital{language: language, format: c.GetFormat(), texts: texts(language), began: time.Now()}
	k, err := p.openTTS(ctx, c)
	if err != nil {
		r.err = err
		return r
	}
	defer k.close()
	for i, text := range r.texts {
		r.asked[i] = time.Now()
		k.text(contextID(i), text)
		if _, err := k.done(ctx, contextID(i)); err != nil {
			break // the rules find out
		}
	}
	if r.end = k.finish(ctx); errors.Is(r.end, io.EOF) {
		r.end = nil
	}
	r.got, _, _ = k.now()
	return r
}
