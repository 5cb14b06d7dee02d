package callgen

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/internal/callgen/wav"
)

// A Step is one thing that the caller does when it is their turn. One field is set.
type Step struct {
	Say  string // a text to speak
	Wav  string // a sound file to play
	Keys string // keys to press
}

// prepared is a step whose sound is there.
type prepared struct {
	Step
	pcm []int16
}

// prepare makes the sound of all steps, so that no turn waits for it.
func prepare(ctx context.Context, steps []Step, v voice.Voice) ([]prepared, error) {
	out := make([]prepared, len(steps))
	for i, s := range steps {
		pcm, err := s.sound(ctx, v)
		if err != nil {
			return nil, err
		}
		out[i] = prepared{s, pcm}
	}
	return out, nil
}

func (s Step) sound(ctx context.Context, v voice.Voice) ([]int16, error) {
	switch {
	case s.Keys != "":
		if strings.Trim(s.Keys, "0123456789*#ABCD") != "" {
			return nil, usageError("--dtmf takes the keys 0-9, *, #, A-D")
		}
		return nil, nil
	case s.Wav != "":
		return readSound(s.Wav)
	default:
		return v.Render(ctx, s.Say)
	}
}

func readSound(path string) ([]int16, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, usageError(err.Error())
	}
	defer f.Close()
	sound, err := wav.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return voice.Telephone(sound), nil
}
