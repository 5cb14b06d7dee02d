package tts

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// contextID names the only text of a gRPC stream. One stream for each text keeps
// cancelling simple; the engine sees them share a session.
const contextID = "1"

// engine is one text at the engine.
type engine struct {
	open     func() (ttsv1.TtsService_StreamingSynthesizeClient, error)
	cause    func() error // why this side gave up, or nil
	cancel   context.CancelCauseFunc
	patience time.Duration // to the next audio
	after    time.Duration // patience once there was some
	down     ttsv1.TtsService_StreamingSynthesizeClient
	failed   error
	samples  int64 // received
}

func newEngine(ctx context.Context, c *Client, cancel context.CancelCauseFunc) *engine {
	return &engine{
		open: func() (ttsv1.TtsService_StreamingSynthesizeClient, error) {
			return c.api.StreamingSynthesize(ctx)
		},
		cause: func() error {
			if ctx.Err() == nil {
				return nil
			}
			if errors.Is(context.Cause(ctx), ErrStalled) {
				return ErrStalled
			}
			return ErrClosed
		},
		cancel:   cancel,
		patience: c.config.FirstAudio,
		after:    c.config.StallAfter,
	}
}

// ask sends the text. What goes wrong shows in the first read.
func (e *engine) ask(text string, voice Voice) {
	defer e.within(e.patience)()
	e.down, e.failed = e.open()
	if e.failed != nil {
		return
	}
	for _, req := range requests(text, voice) {
		if e.down.Send(req) != nil {
			return // Recv says why
		}
	}
}

// read gives the next audio, io.EOF after the last.
func (e *engine) read() ([]int16, error) {
	defer e.within(e.patience)()
	for e.failed == nil {
		var msg *ttsv1.StreamingSynthesizeResponse
		if msg, e.failed = e.down.Recv(); e.failed != nil {
			break
		}
		if pcm := e.take(msg); len(pcm) > 0 {
			e.patience = e.after
			return pcm, nil
		}
	}
	return nil, e.reason()
}

// reason says why there is no more audio: our own doing comes first.
func (e *engine) reason() error {
	defer e.cancel(ErrClosed) // the engine has no more to say: free the stream
	var known *EngineError
	switch {
	case errors.Is(e.failed, errDone):
		return io.EOF
	case e.cause() != nil:
		return e.cause()
	case errors.As(e.failed, &known):
		return e.failed
	case errors.Is(e.failed, io.EOF): // ended without done
		return &EngineError{Code: codes.DataLoss}
	}
	return engineError(e.failed)
}

// within gives the engine up unless the function it returns is called in time.
func (e *engine) within(d time.Duration) (stop func()) {
	timer := time.AfterFunc(d, func() { e.cancel(ErrStalled) })
	return func() { timer.Stop() }
}

// errDone says that the text was spoken to its end.
var errDone = errors.New("done")

func (e *engine) take(msg *ttsv1.StreamingSynthesizeResponse) []int16 {
	switch m := msg.GetResponse().(type) {
	case *ttsv1.StreamingSynthesizeResponse_Audio:
		if m.Audio.GetContextId() == contextID {
			return e.audio(m.Audio)
		}
	case *ttsv1.StreamingSynthesizeResponse_Done:
		if m.Done.GetContextId() == contextID {
			e.failed = e.done(m.Done)
		}
	case *ttsv1.StreamingSynthesizeResponse_Canceled:
		e.failed = &EngineError{Code: codes.Aborted} // nobody asked for it
	}
	return nil
}

// audio checks that a piece continues the one before.
func (e *engine) audio(a *ttsv1.Audio) []int16 {
	data := a.GetData()
	n := int64(len(data) / 2)
	if len(data)%2 != 0 || a.GetOffsetSamples() != e.samples || e.samples+n > maxSpeech {
		e.failed = &EngineError{Code: codes.DataLoss}
		return nil
	}
	e.samples += n
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return pcm
}

func (e *engine) done(d *ttsv1.Done) error {
	switch {
	case d.GetCause() == ttsv1.Done_CAUSE_ERROR:
		return &EngineError{Code: codes.Internal}
	case d.GetTotalSamples() != e.samples:
		return &EngineError{Code: codes.DataLoss}
	}
	return errDone
}

func requests(text string, v Voice) []*ttsv1.StreamingSynthesizeRequest {
	return []*ttsv1.StreamingSynthesizeRequest{
		{Request: &ttsv1.StreamingSynthesizeRequest_Config{Config: &ttsv1.Config{
			Session: &speechv1.Session{
				CallId: v.Call, SessionId: v.Call, Tenant: v.Tenant, LanguageCode: v.Language,
			},
			Format: &speechv1.AudioFormat{
				Encoding:     speechv1.Encoding_ENCODING_LINEAR16,
				SampleRateHz: sampleRateHz,
				Channels:     1,
			},
			Voice: v.Name,
			Rate:  float32(v.Rate),
		}}},
		{Request: &ttsv1.StreamingSynthesizeRequest_Input{Input: &ttsv1.Input{
			ContextId: contextID,
			Content:   &ttsv1.Input_Text{Text: text},
			Last:      true,
		}}},
	}
}
