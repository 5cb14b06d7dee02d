package bench

import (
	"context"

	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/media/g711"
)

// requests are what callers say.
var requests = []string{ //nolint:gochecknoglobals // a constant list
	"what are your opening hours",
	"when is my invoice due",
	"i want to give you my meter reading",
	"there is no power in my house",
}

// cycle is how often a caller says the same again: the first request takes 40 % of it.
const cycle = 462 * voice.Rate / 100

// clip is what a caller says, again and again: speech, then silence.
type clip struct {
	pcm    []int16
	code   []byte // of mu-law
	speech int    // samples
}

func speak(ctx context.Context, text string) (*clip, error) {
	pcm, err := voice.Default("en").Render(ctx, text)
	if err != nil {
		return nil, err
	}
	pcm = pcm[:min(len(pcm), cycle)]
	c := &clip{pcm: make([]int16, cycle), code: make([]byte, cycle), speech: len(pcm)}
	copy(c.pcm, pcm)
	g711.PCMU.Encode(c.code, c.pcm)
	return c, nil
}

// frame gives the encoded sound of a frame.
func (c *clip) frame(n int) []byte {
	at := n * frameSize % len(c.code)
	return c.code[at : at+frameSize]
}

// samples gives the sound of a frame.
func (c *clip) samples(n int) []int16 {
	at := n * frameSize % len(c.pcm)
	return c.pcm[at : at+frameSize]
}
