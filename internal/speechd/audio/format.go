package audio

import (
	"encoding/binary"
	"fmt"

	"github.com/callward/callward/media/g711"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// Formats lists what Decode and Encode can do, best first.
func Formats() []*speechv1.AudioFormat {
	var out []*speechv1.AudioFormat
	for _, rate := range []int32{8000, 16000} {
		for _, enc := range []speechv1.Encoding{
			speechv1.Encoding_ENCODING_LINEAR16, speechv1.Encoding_ENCODING_MULAW, speechv1.Encoding_ENCODING_ALAW,
		} {
			out = append(out, &speechv1.AudioFormat{Encoding: enc, SampleRateHz: rate, Channels: 1})
		}
	}
	return out
}

// CheckFormat says what is wrong with a format, by the name of the field, or
// nothing.
func CheckFormat(f *speechv1.AudioFormat) (field, problem string) {
	switch {
	case f == nil:
		return "format", "missing"
	case f.GetChannels() != 0 && f.GetChannels() != 1:
		return "format.channels", "only one channel is taken"
	case f.GetSampleRateHz() != 8000 && f.GetSampleRateHz() != 16000:
		return "format.sample_rate_hz", "8000 and 16000 are taken"
	case SampleSize(f.GetEncoding()) == 0:
		return "format.encoding", "LINEAR16, MULAW and ALAW are taken"
	}
	return "", ""
}

// SampleSize is the bytes of a sample, 0 for an encoding that is not taken.
func SampleSize(enc speechv1.Encoding) int {
	switch enc {
	case speechv1.Encoding_ENCODING_LINEAR16:
		return 2
	case speechv1.Encoding_ENCODING_MULAW, speechv1.Encoding_ENCODING_ALAW:
		return 1
	case speechv1.Encoding_ENCODING_UNSPECIFIED, speechv1.Encoding_ENCODING_OPUS_PACKETS:
		return 0
	}
	return 0
}

// Decode turns the bytes of an audio message into samples.
func Decode(enc speechv1.Encoding, data []byte) ([]int16, error) {
	size := SampleSize(enc)
	if size == 0 {
		return nil, fmt.Errorf("decode %v: not taken", enc)
	}
	if len(data)%size != 0 {
		return nil, fmt.Errorf("decode %v: half a sample at the end", enc)
	}
	out := make([]int16, len(data)/size)
	switch enc { //nolint:exhaustive // SampleSize has refused the others.
	case speechv1.Encoding_ENCODING_MULAW:
		g711.PCMU.Decode(out, data)
	case speechv1.Encoding_ENCODING_ALAW:
		g711.PCMA.Decode(out, data)
	default:
		for i := range out {
			out[i] = int16(binary.LittleEndian.Uint16(data[2*i:])) //nolint:gosec // the bits are the sample.
		}
	}
	return out, nil
}

// Encode turns samples into the bytes of an audio message, or into nothing if
// the encoding is not taken.
func Encode(enc speechv1.Encoding, pcm []int16) []byte {
	out := make([]byte, len(pcm)*SampleSize(enc))
	switch enc {
	case speechv1.Encoding_ENCODING_MULAW:
		g711.PCMU.Encode(out, pcm)
	case speechv1.Encoding_ENCODING_ALAW:
		g711.PCMA.Encode(out, pcm)
	case speechv1.Encoding_ENCODING_LINEAR16:
		for i, s := range pcm {
			binary.LittleEndian.PutUint16(out[2*i:], uint16(s)) //nolint:gosec // the bits are the sample.
		}
	case speechv1.Encoding_ENCODING_UNSPECIFIED, speechv1.Encoding_ENCODING_OPUS_PACKETS:
	}
	return out
}
