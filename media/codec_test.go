package media

import (
	"math"
	"testing"

	"github.com/callward/callward/media/jitter"
	"github.com/callward/callward/media/sdp"
)

// vowels is a voice whose pitch and formants glide, at 16 kHz.
func vowels(n int) []int16 {
	pcm := make([]int16, n)
	phase := 0.0
	for i := range pcm {
		at := float64(i) / WideRate
		phase += 2 * math.Pi * (140 + 60*math.Sin(2*math.Pi*3*at)) / WideRate
		sum := 0.0
		for k := 1.0; k < 20; k++ {
			formant := math.Exp(-math.Pow((140*k-700-400*math.Sin(2*math.Pi*2.3*at))/300, 2)) + 0.2/k
			sum += formant * math.Sin(k*phase)
		}
		pcm[i] = int16(4000 * sum)
	}
	return pcm
}

// What was lost is made up from the copy in the next packet, better than from what was
// before.
func TestOpusRepairsWhatWasLost(t *testing.T) {
	voice := vowels(2 * WideRate)
	const delay = 104 // samples that the codec takes at 16 kHz: 6.5 ms
	likeness := func(follows bool) float64 {
		c, err := newCoding(codecOf(sdp.Opus))
		if err != nil {
			t.Fatal(err)
		}
		var packets [][]byte
		for at := 0; at+320 <= len(voice); at += 320 {
			b := make([]byte, longestPayload)
			n, err := c.to.EncodeInt16(voice[at:at+320], b)
			if err != nil {
				t.Fatal(err)
			}
			packets = append(packets, b[:n])
		}
		var both, own, other float64
		for i := range packets[:len(packets)-1] {
			pcm := make([]int16, 320)
			if i%10 != 5 {
				if _, err := c.from.DecodeInt16(packets[i], pcm); err != nil {
					t.Fatal(err)
				}
				continue
			}
			hole := jitter.Piece{Kind: jitter.Hole}
			if follows {
				hole.Payload = packets[i+1]
			}
			if !c.conceal(pcm, hole) {
				t.Fatal("it could not")
			}
			for k, v := range pcm {
				was := float64(voice[max(0, i*320+k-delay)])
				both, own, other = both+was*float64(v), own+was*was, other+float64(v)*float64(v)
			}
		}
		return both / math.Sqrt(own*other)
	}
	with, without := likeness(true), likeness(false)
	t.Logf("likeness to what was lost: %.2f with the copies, %.2f without", with, without)
	if with < 0.8 || with < without+0.1 {
		t.Errorf("likeness %.2f with the copies, %.2f without", with, without)
	}
}

func TestOpusSaysHowLongItLasts(t *testing.T) {
	for _, c := range []struct {
		packet []byte
		want   uint32
	}{
		{[]byte{1 << 3}, 960},
		{[]byte{3 << 3}, 2880},
		{[]byte{12 << 3}, 480},
		{[]byte{15<<3 | 1}, 1920},
		{[]byte{16 << 3}, 120},
		{[]byte{31<<3 | 2}, 1920},
		{[]byte{17<<3 | 3, 5}, 1200},
		{[]byte{17<<3 | 3}, 0},
		{nil, 0},
	} {
		if got := opusDuration(c.packet); got != c.want {
			t.Errorf("% x: %d, want %d", c.packet, got, c.want)
		}
	}
}

// Whatever a peer sends as Opus, it is sound as long as it says, or refused.
func FuzzOpus(f *testing.F) {
	c, err := newCoding(codecOf(sdp.Opus))
	if err != nil {
		f.Fatal(err)
	}
	voice := vowels(WideRate / 5)
	for at := 0; at+320 <= len(voice); at += 320 {
		b := make([]byte, longestPayload)
		n, err := c.to.EncodeInt16(voice[at:at+320], b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:n], b[:n/2])
	}
	f.Add([]byte{3<<3 | 3, 0x81, 200, 1}, []byte{31<<3 | 2, 252, 1, 2})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		c, err := newCoding(codecOf(sdp.Opus))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range [][]byte{first, second, first} {
			ticks := opusDuration(p)
			if ticks == 0 || len(p) > longestPayload || int(ticks/3) > longestPiece {
				continue
			}
			pcm := make([]int16, ticks/3)
			if n, err := c.from.DecodeInt16(p, pcm); err == nil && n != len(pcm) {
				t.Fatalf("%d samples of %d", n, len(pcm))
			}
			lost := make([]int16, 320)
			c.conceal(lost, jitter.Piece{Payload: p})
			c.conceal(lost, jitter.Piece{})
		}
	})
}
