package audio

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

func tone(rate, n int, hz float64) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return out
}

func level(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(max(len(pcm), 1)))
}

func resample(from, to int, pcm []int16) []int16 {
	r := NewResampler(from, to)
	out := slices.Clone(r.Write(pcm))
	return append(out, r.Flush()...)
}

func TestATonePassesAtItsLevelAndItsPlace(t *testing.T) {
	for _, c := range []struct{ from, to int }{{8000, 16000}, {16000, 8000}, {22050, 8000}, {22050, 16000}, {8000, 8000}} {
		out := resample(c.from, c.to, tone(c.from, c.from, 1000))
		if len(out) != c.to {
			t.Errorf("%d to %d: a second gives %d samples", c.from, c.to, len(out))
			continue
		}
		want := tone(c.to, c.to, 1000)
		wrong := 0.0
		for i := 200; i < c.to-200; i++ {
			wrong = max(wrong, math.Abs(float64(out[i])-float64(want[i])))
		}
		if wrong > 150 {
			t.Errorf("%d to %d: a 1 kHz tone is off by up to %.0f", c.from, c.to, wrong)
		}
	}
}

func TestWhatTheLowerRateCannotHoldIsGone(t *testing.T) {
	out := resample(16000, 8000, tone(16000, 16000, 5500))
	if l := level(out[100:7900]); l > 20 {
		t.Errorf("a tone above half the rate comes back with level %.0f", l)
	}
}

func TestTheCutOfTheInputDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := []int{8000, 16000, 22050}
		from := rapid.SampledFrom(rates).Draw(t, "from")
		to := rapid.SampledFrom(rates).Draw(t, "to")
		pcm := rapid.SliceOfN(rapid.Int16(), 0, 3000).Draw(t, "pcm")
		whole := resample(from, to, pcm)
		r := NewResampler(from, to)
		var pieces []int16
		for rest := pcm; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			pieces = append(pieces, r.Write(rest[:n])...)
			rest = rest[n:]
		}
		pieces = append(pieces, r.Flush()...)
		if !slices.Equal(whole, pieces) {
			t.Fatalf("%d to %d: %d samples in pieces, %d at once, or others", from, to, len(pieces), len(whole))
		}
		if want := len(pcm) * to / from; len(whole) != want {
			t.Fatalf("%d samples became %d, want %d", len(pcm), len(whole), want)
		}
	})
}

func TestFormatsGoThereAndBack(t *testing.T) {
	pcm := []int16{0, 1, -1, 100, -100, 12345, -12345, math.MaxInt16, math.MinInt16}
	for _, f := range Formats() {
		enc := f.GetEncoding()
		got, err := Decode(enc, Encode(enc, pcm))
		if err != nil || len(got) != len(pcm) {
			t.Fatalf("%v: %d samples, %v", enc, len(got), err)
		}
		for i, want := range pcm {
			if diff := math.Abs(float64(got[i]) - float64(want)); diff > 16+math.Abs(float64(want))/16 {
				t.Errorf("%v: %d became %d", enc, want, got[i])
			}
		}
		if field, problem := CheckFormat(f); field != "" {
			t.Errorf("%v is listed and refused: %s %s", f, field, problem)
		}
	}
}

func TestFormatsThatAreNotTakenNameTheField(t *testing.T) {
	const lin = speechv1.Encoding_ENCODING_LINEAR16
	for _, c := range []struct {
		format *speechv1.AudioFormat
		field  string
	}{
		{nil, "format"},
		{&speechv1.AudioFormat{Encoding: lin, SampleRateHz: 8000, Channels: 2}, "format.channels"},
		{&speechv1.AudioFormat{Encoding: lin, SampleRateHz: 44100}, "format.sample_rate_hz"},
		{&speechv1.AudioFormat{SampleRateHz: 8000}, "format.encoding"},
		{&speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_OPUS_PACKETS, SampleRateHz: 8000}, "format.encoding"},
	} {
		if field, _ := CheckFormat(c.format); field != c.field {
			t.Errorf("%v: field %q, want %q", c.format, field, c.field)
		}
	}
}

func TestHalfASampleIsRefused(t *testing.T) {
	if _, err := Decode(speechv1.Encoding_ENCODING_LINEAR16, []byte{1, 2, 3}); err == nil {
		t.Error("three bytes passed as 16-bit samples")
	}
}
