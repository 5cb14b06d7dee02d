package conformance

import (
	"embed"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/callward/callward/internal/callgen/wav"
	"github.com/callward/callward/media/g711"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// golden holds utterances as callers say them, two of each language:
// golden/make.sh makes them.
//
//go:embed golden/*.wav
var golden embed.FS

const telephone = 8000 // Hz, of all audio before it is put into the format of a stream

// utterances gives two of a language, which say different things if they are
// ours. Ok is false if there is none of that language: then they are English.
func (t *target) utterances(language string) (first, second []int16, ok bool, err error) {
	for _, code := range []string{language, base(language)} {
		if own, there := t.Audio[code]; there {
			return own, own, true, nil
		}
	}
	code := base(language)
	if _, err := golden.Open("golden/" + code + "-digits.wav"); err != nil {
		code = "en"
	}
	if first, err = utterance(code + "-digits"); err != nil {
		return nil, nil, false, err
	}
	second, err = utterance(code + "-sentence")
	return first, second, code == base(language), err
}

func utterance(name string) ([]int16, error) {
	f, err := golden.Open("golden/" + name + ".wav")
	if err != nil {
		return nil, fmt.Errorf("golden utterance: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	sound, err := wav.Read(f)
	if err != nil {
		return nil, fmt.Errorf("golden utterance %s: %w", name, err)
	}
	return sound.PCM, nil
}

// quiet is a line on which nobody speaks: not quite zero, as lines are.
func quiet(d time.Duration) []int16 {
	pcm := make([]int16, int(d*telephone/time.Second))
	seed := uint32(1)
	for i := range pcm {
		seed = seed*1664525 + 1013904223
		pcm[i] = int16(seed>>29) - 4
	}
	return pcm
}

// encode puts audio of a telephone into a format.
func encode(f *speechv1.AudioFormat, pcm []int16) []byte {
	pcm = convert(pcm, int(f.GetSampleRateHz()))
	switch f.GetEncoding() {
	case speechv1.Encoding_ENCODING_MULAW:
		return law(g711.PCMU, pcm)
	case speechv1.Encoding_ENCODING_ALAW:
		return law(g711.PCMA, pcm)
	default:
		data := make([]byte, 0, 2*len(pcm))
		for _, v := range pcm {
			data = binary.LittleEndian.AppendUint16(data, uint16(v))
		}
		return data
	}
}

func law(l g711.Law, pcm []int16) []byte {
	data := make([]byte, len(pcm))
	l.Encode(data, pcm)
	return data
}

// decode gives the samples of a message, at the format's own rate.
func decode(f *speechv1.AudioFormat, data []byte) []int16 {
	switch f.GetEncoding() {
	case speechv1.Encoding_ENCODING_MULAW:
		pcm := make([]int16, len(data))
		g711.PCMU.Decode(pcm, data)
		return pcm
	case speechv1.Encoding_ENCODING_ALAW:
		pcm := make([]int16, len(data))
		g711.PCMA.Decode(pcm, data)
		return pcm
	default:
		pcm := make([]int16, len(data)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
		return pcm
	}
}

// size is the bytes of a sample.
func size(f *speechv1.AudioFormat) int {
	if f.GetEncoding() == speechv1.Encoding_ENCODING_LINEAR16 {
		return 2
	}
	return 1
}

// reach is the half of the filter's length, in samples of the telephone.
const reach = 16

// convert raises audio of a telephone to a rate, by a windowed sinc.
func convert(pcm []int16, rate int) []int16 {
	if rate == telephone {
		return pcm
	}
	out := make([]int16, len(pcm)*rate/telephone)
	for i := range out {
		at := float64(i) * telephone / float64(rate)
		sum := 0.0
		for k := int(at) - reach + 1; k <= int(at)+reach; k++ {
			if k >= 0 && k < len(pcm) {
				sum += float64(pcm[k]) * kernel(at-float64(k))
			}
		}
		out[i] = int16(max(math.MinInt16, min(math.MaxInt16, sum)))
	}
	return out
}

func kernel(x float64) float64 {
	if x == 0 {
		return 1
	}
	window := 0.5 + 0.5*math.Cos(math.Pi*x/reach)
	return math.Sin(math.Pi*x) / (math.Pi * x) * window
}
