package g711

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Values of ITU-T G.711, tables 1 and 2, at the ends and at the middle.
func TestCodesOfTheRecommendation(t *testing.T) {
	for _, c := range []struct {
		law  Law
		pcm  int16
		code byte
	}{
		{PCMU, 0, 0xFF},
		{PCMU, -1, 0x7F},
		{PCMU, 32767, 0x80},
		{PCMU, -32768, 0x00},
		{PCMU, 8, 0xFE},
		{PCMU, 1000, 0xCE},
		{PCMA, 0, 0xD5},
		{PCMA, -1, 0x55},
		{PCMA, 32767, 0xAA},
		{PCMA, -32768, 0x2A},
		{PCMA, 1000, 0xFA},
	} {
		var code [1]byte
		c.law.Encode(code[:], []int16{c.pcm})
		if code[0] != c.code {
			t.Errorf("%v of %d is %#x, want %#x", c.law, c.pcm, code[0], c.code)
		}
	}
}

func TestEveryCodeSurvivesARoundTrip(t *testing.T) {
	for _, law := range []Law{PCMU, PCMA} {
		for c := range 256 {
			var pcm [1]int16
			var back [1]byte
			law.Decode(pcm[:], []byte{byte(c)})
			law.Encode(back[:], pcm[:])
			if law == PCMU && c == 0x7F { // minus zero is plus zero
				continue
			}
			if back[0] != byte(c) {
				t.Errorf("%v %#x came back as %#x", law, c, back[0])
			}
		}
	}
}

func TestEncodingErrsByHalfAStepAtMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.Int16().Draw(t, "sample")
		law := Law(rapid.IntRange(0, 1).Draw(t, "law")) //nolint:gosec // 0 or 1
		var code [1]byte
		var pcm [1]int16
		law.Encode(code[:], []int16{s})
		law.Decode(pcm[:], code[:])
		off := math.Abs(float64(s) - float64(pcm[0]))
		if limit := max(16, math.Abs(float64(s))/16); off > limit && s > -32000 && s < 32000 {
			t.Fatalf("%v: %d came back as %d", law, s, pcm[0])
		}
	})
}

func TestSilenceIsTheCodeOfZero(t *testing.T) {
	for _, law := range []Law{PCMU, PCMA} {
		var code [1]byte
		law.Encode(code[:], []int16{0})
		if code[0] != law.Silence() {
			t.Errorf("%v silence is %#x, want %#x", law, law.Silence(), code[0])
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	pcm, code := make([]int16, 160), make([]byte, 160)
	for i := range pcm {
		pcm[i] = int16(12000 * math.Sin(float64(i)/7))
	}
	b.ReportAllocs()
	for b.Loop() {
		PCMU.Encode(code, pcm)
	}
}

func BenchmarkDecode(b *testing.B) {
	pcm, code := make([]int16, 160), make([]byte, 160)
	for i := range code {
		code[i] = byte(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		PCMA.Decode(pcm, code)
	}
}
