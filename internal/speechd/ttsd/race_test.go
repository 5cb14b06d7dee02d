package ttsd

import (
	"context"
	"errors"
	"testing"

	"github.com/callward/callward/internal/speechd/voice"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// sink is the server's end of a stream; it keeps what is sent.
type sink struct {
	ttsv1.TtsService_StreamingSynthesizeServer

	sent []*ttsv1.StreamingSynthesizeResponse
}

func (s *sink) Send(m *ttsv1.StreamingSynthesizeResponse) error {
	s.sent = append(s.sent, m)
	return nil
}

// A cancel can be answered between the last look at a context and its next
// message. The window is too small to be met from outside, so it is opened here.
func TestWhatWasReadyToGoWhenAContextEndedIsNotSent(t *testing.T) {
	out := &sink{}
	st := newStream(nil, out, &ttsv1.Config{Format: &speechv1.AudioFormat{
		Encoding: speechv1.Encoding_ENCODING_MULAW, SampleRateHz: 8000,
	}}, voice.Voice{})
	c := st.begin(t.Context(), "a")
	if err := st.sendAudio(c, make([]int16, 160)); err != nil {
		t.Fatal(err)
	}
	if err := st.cancel("a"); err != nil {
		t.Fatal(err)
	}
	if err := st.sendAudio(c, make([]int16, 160)); !errors.Is(err, errEnded) {
		t.Errorf("audio after the cancel: %v", err)
	}
	if err := st.broken(t.Context(), c, context.Canceled); err != nil {
		t.Errorf("the end of the program: %v", err)
	}
	if err := st.done(c, ttsv1.Done_CAUSE_COMPLETE); err != nil {
		t.Errorf("the end of the context: %v", err)
	}
	if len(out.sent) != 2 || out.sent[1].GetCanceled().GetLastOffsetSamples() != 160 {
		t.Errorf("sent %v", out.sent)
	}
}
