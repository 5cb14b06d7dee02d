package adapt

import (
	"errors"
	"io"
)

// ReadSound reads all samples, for tests.
func ReadSound(r io.Reader, rate int) (pcm []int16, rateHz int, err error) {
	s, err := newSamples(r, rate)
	if err != nil {
		return nil, 0, err
	}
	for {
		p, err := s.next()
		if errors.Is(err, io.EOF) {
			return pcm, s.rate, nil
		}
		if err != nil {
			return nil, 0, err
		}
		pcm = append(pcm, p...)
	}
}
