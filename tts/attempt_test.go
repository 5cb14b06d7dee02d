package tts

import (
	"errors"
	"strings"
	"testing"
	"time"

	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// An engine that goes on for minutes after "Hello." would be all that the caller hears.
func TestASentenceHasNoMoreSoundThanItCanTake(t *testing.T) {
	hello := text{sentences: []string{"Hello."}}
	slow, marked, long := hello, hello, text{sentences: []string{strings.Repeat("Hello ", 1000)}}
	slow.voice.Rate, marked.ssml = 0.5, "<speak>Hello.</speak>"
	for name, x := range map[string]struct {
		text text
		most time.Duration
	}{
		"short": {hello, 12400 * time.Millisecond}, "slow": {slow, 24800 * time.Millisecond}, "marked up": {marked, 5 * time.Minute}, "long": {long, 5 * time.Minute},
	} {
		c := checker{id: "1", most: x.text.most(0)}
		var err error
		for err == nil {
			_, _, err = c.take(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Audio{
				Audio: &ttsv1.Audio{ContextId: "1", Data: make([]byte, 1600), OffsetSamples: c.samples},
			}})
		}
		var fault *EngineError
		if got := time.Duration(c.samples) * time.Second / sampleRateHz; got != x.most || !errors.As(err, &fault) || fault.Fault != "endless" {
			t.Errorf("%s: %v, after %v", name, err, got)
		}
	}
}
