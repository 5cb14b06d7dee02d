// Package vosk translates for vosk-server's gRPC flavour (vosk.stt.v1). It has no
// goroutine of its own.
//
// The server calls a chunk final at each pause that it hears itself, and goes
// on: end_of_utterance is another flag, which it may leave out. So neither ends
// an utterance here; what is final is kept, and the end is the stream's.
package vosk

import (
	"context"

	"github.com/callward/callward/internal/adapt"
	voskv1 "github.com/callward/callward/proto/vendors/vosk/v1"
)

// A Recognizer is a vosk-server.
type Recognizer struct {
	conn  *adapt.Conn
	model string // where the client names none
}

// New makes a recognizer of a connection.
func New(conn *adapt.Conn, model string) *Recognizer { return &Recognizer{conn: conn, model: model} }

// Listen begins an utterance. Hints are not for this server: its grammar is the
// model's.
func (r *Recognizer) Listen(ctx context.Context, s adapt.Setup) (adapt.Ear, error) {
	rpc, err := voskv1.NewSttServiceClient(r.conn).StreamingRecognize(ctx)
	if err != nil {
		return nil, err
	}
	model := s.Model
	if model == "" {
		model = r.model
	}
	spec := &voskv1.RecognitionSpec{
		AudioEncoding:   voskv1.RecognitionSpec_LINEAR16_PCM,
		SampleRateHertz: int64(s.Rate),
		LanguageCode:    s.Languages[0],
		Model:           model,
		PartialResults:  s.Partials,
		RawResults:      true, // digits as they were said
	}
	_ = rpc.Send(&voskv1.StreamingRecognitionRequest{StreamingRequest: &voskv1.StreamingRecognitionRequest_Config{
		Config: &voskv1.RecognitionConfig{Specification: spec},
	}}) // Read says what came of it
	return &ear{rpc: rpc}, nil
}

type ear struct {
	rpc     voskv1.SttService_StreamingRecognizeClient
	pending []*voskv1.SpeechRecognitionChunk
}

// Write sends samples.
func (e *ear) Write(pcm []int16) error {
	return e.rpc.Send(&voskv1.StreamingRecognitionRequest{StreamingRequest: &voskv1.StreamingRecognitionRequest_AudioContent{
		AudioContent: adapt.PCM(pcm),
	}})
}

// Finish closes our half; the server answers with what it has not called final.
func (e *ear) Finish() error { return e.rpc.CloseSend() }

// Read gives the next chunk.
func (e *ear) Read() (adapt.Hypothesis, error) {
	for len(e.pending) == 0 {
		got, err := e.rpc.Recv()
		if err != nil {
			return adapt.Hypothesis{}, err
		}
		e.pending = got.GetChunks()
	}
	c := e.pending[0]
	e.pending = e.pending[1:]
	h := adapt.Hypothesis{Final: c.GetFinal()}
	for _, a := range c.GetAlternatives() {
		h.Readings = append(h.Readings, reading(a))
	}
	return h, nil
}

func reading(a *voskv1.SpeechRecognitionAlternative) adapt.Reading {
	r := adapt.Reading{Text: a.GetText(), Confidence: float64(a.GetConfidence())}
	least := 1.0
	for _, w := range a.GetWords() {
		c := float64(w.GetConfidence())
		r.Words = append(r.Words, adapt.Word{Text: w.GetWord(), Start: w.GetStartTime().AsDuration(), End: w.GetEndTime().AsDuration(), Confidence: c})
		least = min(least, c)
	}
	if r.Confidence == 0 && len(r.Words) > 0 {
		r.Confidence = least // the server gives none but the words'
	}
	return r
}
