package mediatest

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/media/g711"
)

// Frames are found by their numbers after G.711, wherever sound begins and however it is
// cut; a frame that is not whole is not found.
func TestCodedFramesAreFoundWholeOrNotAtAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Uint32Range(0, MaxCoded-100).Draw(t, "first")
		law := rapid.SampledFrom([]g711.Law{g711.PCMU, g711.PCMA}).Draw(t, "law")
		var pcm []int16
		for n := range uint32(20) {
			frame, code := make([]int16, CodedFrame), make([]byte, CodedFrame)
			Code(frame, first+n)
			law.Encode(code, frame)
			law.Decode(frame, code)
			pcm = append(pcm, frame...)
		}
		want := make([]uint32, 0, 20)
		from := rapid.IntRange(0, 5*CodedFrame).Draw(t, "begins")
		broken := rapid.IntRange(from, len(pcm)-1).Draw(t, "broken")
		pcm[broken] = 0
		for n := range 20 {
			if n*CodedFrame >= from && n != broken/CodedFrame {
				want = append(want, first+uint32(n))
			}
		}
		var d Decoder
		var got []uint32
		for rest := pcm[from:]; len(rest) > 0; {
			n := min(rapid.IntRange(1, 700).Draw(t, "piece"), len(rest))
			got = append(got, d.Write(rest[:n])...)
			rest = rest[n:]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("found %v, said %v", got, want)
		}
	})
}
