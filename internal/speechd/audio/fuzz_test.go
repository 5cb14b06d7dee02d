package audio

import (
	"bytes"
	"slices"
	"testing"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// What can be decoded comes back from its samples as it was, but for the two
// zeros of mu-law.
func FuzzDecode(f *testing.F) {
	f.Add(int32(1), []byte{0, 0, 0xff, 0x7f, 0x00, 0x80})
	f.Add(int32(2), []byte{0x00, 0x7f, 0x80, 0xff})
	f.Add(int32(3), []byte{0x55, 0xd5})
	f.Add(int32(4), []byte{1})
	f.Fuzz(func(t *testing.T, encoding int32, data []byte) {
		enc := speechv1.Encoding(encoding)
		pcm, err := Decode(enc, data)
		if size := SampleSize(enc); err != nil || size == 0 {
			if err == nil || (size > 0 && len(data)%size == 0) {
				t.Fatalf("%v: %d bytes: %v", enc, len(data), err)
			}
			return
		}
		if enc == speechv1.Encoding_ENCODING_MULAW {
			data = bytes.ReplaceAll(data, []byte{0x7f}, []byte{0xff})
		}
		if got := Encode(enc, pcm); !bytes.Equal(got, data) {
			t.Fatalf("%v: %x became %x", enc, data, got)
		}
	})
}

// Neither the cut nor the content of the audio changes how much comes out.
func FuzzResampler(f *testing.F) {
	f.Add(uint8(0), uint8(1), uint16(3), []byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Add(uint8(2), uint8(0), uint16(160), bytes.Repeat([]byte{0x7f, 0x80}, 500))
	f.Add(uint8(3), uint8(3), uint16(0), []byte{})
	rates := []int{8000, 16000, 22050, 44100}
	f.Fuzz(func(t *testing.T, from, to uint8, cut uint16, data []byte) {
		in, out := rates[int(from)%len(rates)], rates[int(to)%len(rates)]
		pcm, err := Decode(speechv1.Encoding_ENCODING_LINEAR16, data[:len(data)/2*2])
		if err != nil {
			t.Fatal(err)
		}
		whole := resample(in, out, pcm)
		if want := len(pcm) * out / in; len(whole) != want {
			t.Fatalf("%d to %d: %d samples became %d, want %d", in, out, len(pcm), len(whole), want)
		}
		r, at := NewResampler(in, out), min(int(cut), len(pcm))
		pieces := slices.Concat(r.Write(pcm[:at]), r.Write(pcm[at:]), r.Flush())
		if !slices.Equal(whole, pieces) {
			t.Fatalf("%d to %d: cut at %d of %d the samples are others", in, out, at, len(pcm))
		}
	})
}
