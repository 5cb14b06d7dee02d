package e2e

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
)

const rate = 8000

// readWAV gives the samples of a 16-bit mono file.
func readWAV(t *testing.T, path string) []int16 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return nil
	}
	if len(b) < 44 {
		t.Errorf("%s holds no audio", path)
		return nil
	}
	pcm := make([]int16, (len(b)-44)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[44+2*i:]))
	}
	return pcm
}

// loudness is the root mean square of the samples.
func loudness(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(max(len(pcm), 1)))
}

// unbroken judges the longest gap in what somebody heard whose phone is, beside other tests,
// now and then late itself.
func unbroken(t *testing.T, gap time.Duration) {
	t.Helper()
	if gap > 250*time.Millisecond {
		t.Errorf("a gap of %s", gap)
	}
}

// noise is what a bad line sounds like.
func noise(n int) []int16 {
	r := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(r.NormFloat64() * 1500)
	}
	return pcm
}

// plain is a text as a recognizer writes it: lower case, no punctuation.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '\'':
			return unicode.ToLower(r)
		case r == '’':
			return '\''
		default:
			return ' '
		}
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
