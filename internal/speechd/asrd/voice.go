package asrd

import (
	"github.com/callward/callward/internal/speechd/endpoint"
	"github.com/callward/callward/media/vad"
)

// detector tells speech by the product's own detector.
type detector struct{ vad *vad.Detector }

func newVoice() endpoint.Voice { return detector{vad.New(vad.Config{})} }

// Speech reports whether a frame is speech.
func (d detector) Speech(frame []int16) bool {
	d.vad.Frame(frame)
	return d.vad.Speech()
}
