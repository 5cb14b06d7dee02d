package wav_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/callward/callward/internal/callgen/wav"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	pcm := []int16{0, 1, -1, 32767, -32768, 1234}
	got, err := wav.Read(bytes.NewReader(file(t, pcm)))
	if err != nil || got.Rate != 8000 || !slices.Equal(got.PCM, pcm) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestChannelsAreMixed(t *testing.T) {
	got, err := wav.Read(bytes.NewReader(file(t, []int16{100, 200, 300}, []int16{300})))
	if err != nil || !slices.Equal(got.PCM, []int16{200, 100, 150}) {
		t.Errorf("%v, %v", got.PCM, err)
	}
}

func TestALengthThatIsNotKnownEndsWithTheFile(t *testing.T) {
	b := file(t, []int16{1, 2, 3})
	copy(b[40:], []byte{0xff, 0xff, 0xff, 0xff})
	got, err := wav.Read(bytes.NewReader(b))
	if err != nil || !slices.Equal(got.PCM, []int16{1, 2, 3}) {
		t.Errorf("%v, %v", got.PCM, err)
	}
}

func file(t *testing.T, channels ...[]int16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := wav.Write(&b, 8000, channels...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever is read can be written and read again, and is the same.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	_ = wav.Write(&b, 8000, []int16{1, 2, 3}, []int16{4})
	f.Add(b.Bytes())
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\xff\xff\xff\xff\x01\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := wav.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := wav.Write(&out, s.Rate, s.PCM); err != nil {
			t.Fatal(err)
		}
		again, err := wav.Read(&out)
		if err != nil || again.Rate != s.Rate || !slices.Equal(again.PCM, s.PCM) {
			t.Fatalf("%v samples, then %v, %v", len(s.PCM), len(again.PCM), err)
		}
	})
}
