package media

import (
	"bytes"
	"slices"
	"testing"

	"github.com/callward/callward/media/g711"
)

// of is packet n of the peer: a frame of one value, which tells where it is heard.
func (z *fuzzed) of(n uint16) (data []byte, value int16) {
	code := byte(0x80 + n%64) // a loud one
	data = append([]byte{0x80, 0, byte(n >> 8), byte(n), 0, 0, 0, 0, 9, 9, 9, 9}, bytes.Repeat([]byte{code}, FrameSamples)...)
	data[6], data[7] = byte(n*FrameSamples>>8), byte(n*FrameSamples)
	var pcm [1]int16
	g711.PCMU.Decode(pcm[:], []byte{code})
	return data, pcm[0]
}

func (z *fuzzed) take(n uint16) {
	data, _ := z.of(n)
	z.packet(data, fuzzPeer, true, z.work.now, z.n)
}

func TestLateAndDoubledPacketsAreCountedAndNotHeard(t *testing.T) {
	z, heard := newFuzzed(t, plain), &keeper{}
	z.Hear(heard)
	for n := uint16(1); n <= 40; n++ {
		z.step()
		switch n {
		case 10: // comes when 20 does
			continue
		case 15:
			z.take(n)
		case 20:
			z.take(10)
		case 30:
			z.take(15) // long played
		}
		z.take(n)
	}
	for range 5 {
		z.step()
	}
	if st := z.Stats(); st.Received != 42 || st.Late != 1 || st.Duplicate != 2 || st.Lost != 1 || st.Sources != 1 {
		t.Errorf("%+v", st)
	}
	for n := uint16(1); n <= 38; n++ {
		_, value := z.of(n)
		count, want := 0, FrameSamples
		for _, s := range heard.pcm {
			if s == value {
				count++
			}
		}
		switch {
		case n == 10 && count > FrameSamples/2, n != 9 && n != 10 && n != 11 && count != want: // around the loss sound is made up
			t.Errorf("of packet %d, %d samples were heard", n, count)
		}
	}
	if i, k := slices.Index(heard.pcm, must(z.of(15))), slices.Index(heard.pcm, must(z.of(16))); k-i != FrameSamples {
		t.Errorf("the packet after the doubled one is heard %d samples after it", k-i)
	}
}

func must(_ []byte, value int16) int16 { return value }

// Four packets a tick are read, and what was not used of that, up to two seconds of sound.
func TestTooManyPacketsAreNotTakenIn(t *testing.T) {
	z, n, all := newFuzzed(t, plain), uint16(0), uint64(0)
	flood := func(packets int) (received uint64) {
		before := z.Stats().Received
		for range packets {
			n++
			all++
			z.take(n)
		}
		return z.Stats().Received - before
	}
	for tick := range 200 {
		z.step()
		if got := flood(20); got != 4 {
			t.Fatalf("tick %d: %d packets were taken, want 4", tick, got)
		}
	}
	for range 100 {
		z.step()
	}
	if got := flood(500); got != 100 {
		t.Errorf("after a rest %d packets were taken, want 100", got)
	}
	if st := z.Stats(); st.Received+st.OverRate != all {
		t.Errorf("of %d packets %d were taken and %d refused", all, st.Received, st.OverRate)
	}
}
