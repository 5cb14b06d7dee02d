package media_test

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
)

// Keys of a source that takes over, as after a transfer in the caller's network, count
// whether its clock is ahead of the last one's or behind it (R2, R5).
func TestKeysOfANewSourceCountWhateverItsClock(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]uint32{"ahead": 3_000_000_000, "behind": 1_700_000_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := open(t, running(t, media.Config{})), peer(t, "")
			if _, err := s.Accept(p.Offer("sendrecv")); err != nil {
				t.Fatal(err)
			}
			for ssrc, at := range []uint32{2_500_000_000, base} {
				says := talker{t: t, peer: p, session: s, ssrc: uint32(ssrc) + 1, at: at}
				says.sound(10)
				says.key(byte(2*ssrc + 1))
				says.sound(5)
				says.key(byte(2*ssrc + 2))
			}
			for _, want := range "1234" {
				if ev := await(t, s, media.Digit); ev.Key.Byte() != byte(want) {
					t.Fatalf("%c is taken for %c", want, ev.Key.Byte())
				}
			}
		})
	}
}

// A talker sends sound and keys of one source, in time.
type talker struct {
	t        *testing.T
	peer     *mediatest.Peer
	session  *media.Session
	ssrc, at uint32
	sequence uint16
}

func (k *talker) send(p rtp.Packet) {
	k.t.Helper()
	k.sequence++
	p.SSRC, p.SequenceNumber = k.ssrc, k.sequence
	if err := k.peer.Send(addressOf(k.session), p); err != nil {
		k.t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
}

func (k *talker) sound(frames int) {
	k.t.Helper()
	payload := make([]byte, 160)
	g711.PCMU.Encode(payload, mediatest.Tone(440, 20*time.Millisecond))
	for range frames {
		k.send(rtp.Packet{Header: rtp.Header{Timestamp: k.at}, Payload: payload})
		k.at += 160
	}
}

func (k *talker) key(code byte) {
	k.t.Helper()
	for i := range 6 {
		end := byte(0)
		if i >= 3 {
			end = 0x80
		}
		k.send(rtp.Packet{Header: rtp.Header{PayloadType: 101, Timestamp: k.at, Marker: i == 0}, Payload: []byte{code, end | 10, 3, 0x20}})
	}
	k.at += 6 * 160
}
