package mediatest_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
)

// overG711 is audio as it comes out of a telephone.
func overG711(l g711.Law, pcm []int16) []int16 {
	code, out := make([]byte, len(pcm)), make([]int16, len(pcm))
	l.Encode(code, pcm)
	l.Decode(out, code)
	return out
}

// heard gives the ranges in audio that comes in pieces of any size.
func heard(pcm []int16, r *rand.Rand) []mediatest.Range {
	var d mediatest.CodedDecoder
	var out []mediatest.Range
	for len(pcm) > 0 {
		n := min(len(pcm), 1+r.IntN(400))
		for _, f := range d.Write(pcm[:n]) {
			out = mediatest.AddTo(out, f)
		}
		pcm = pcm[n:]
	}
	for _, f := range d.Flush() {
		out = mediatest.AddTo(out, f)
	}
	return out
}

func TestEveryCodedFrameIsReadOverG711(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, law := range []g711.Law{g711.PCMU, g711.PCMA} {
		for range 20 {
			first, frames, before := r.IntN(mediatest.CodedFrames-300), 1+r.IntN(250), r.IntN(500)
			pcm := append(make([]int16, before), mediatest.CodedAudio(first, frames)...)
			got := heard(overG711(law, pcm), r)
			if want := []mediatest.Range{{First: first, Last: first + frames - 1}}; !slices.Equal(got, want) {
				t.Errorf("%v, %d samples late: heard %v, not %v", law, before, got, want)
			}
		}
	}
}

func TestEveryNumberHasAFrameOfItsOwn(t *testing.T) {
	for first := 0; first < mediatest.CodedFrames; first += 1999 {
		n := min(40, mediatest.CodedFrames-first)
		got := heard(mediatest.CodedAudio(first, n), rand.New(rand.NewPCG(3, 4)))
		if want := []mediatest.Range{{First: first, Last: first + n - 1}}; !slices.Equal(got, want) {
			t.Errorf("heard %v, not %v", got, want)
		}
	}
}

func TestLostFramesAreMissed(t *testing.T) {
	pcm := overG711(g711.PCMA, slices.Concat(
		mediatest.CodedAudio(100, 50), mediatest.CodedAudio(153, 20), make([]int16, 777), mediatest.CodedAudio(180, 30)))
	got := heard(pcm, rand.New(rand.NewPCG(5, 6)))
	want := []mediatest.Range{{First: 100, Last: 149}, {First: 153, Last: 172}, {First: 180, Last: 209}}
	if !slices.Equal(got, want) {
		t.Errorf("heard %v, not %v", got, want)
	}
}

func TestNoiseIsNoFrame(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	pcm := make([]int16, 10*8000)
	for i := range pcm {
		pcm[i] = int16(r.IntN(8000) - 4000)
	}
	if got := heard(pcm, r); len(got) > 0 {
		t.Errorf("heard %v", got)
	}
}
