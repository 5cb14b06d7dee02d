package dtmf

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

func event(code byte, end bool, duration uint16) []byte {
	p := []byte{code, 10, 0, 0}
	if end {
		p[1] |= endBit
	}
	binary.BigEndian.PutUint16(p[2:], duration)
	return p
}

type packet struct {
	at      uint32
	payload []byte
}

func hear(packets ...packet) string {
	var r Receiver
	var got []byte
	for _, p := range packets {
		if d, ok := r.Push(p.at, p.payload); ok {
			got = append(got, d)
		}
	}
	return string(got)
}

// press is one digit as a phone sends it: updates, then the end three times.
func press(code byte, at uint32, updates int) []packet {
	var out []packet
	for i := range updates {
		out = append(out, packet{at, event(code, false, uint16(160*(i+1)))})
	}
	for range 3 {
		out = append(out, packet{at, event(code, true, uint16(160*(updates+1)))})
	}
	return out
}

func TestOneDigitForEachTimestamp(t *testing.T) {
	if got := hear(press(5, 1000, 4)...); got != "5" {
		t.Errorf("heard %q, want one 5", got)
	}
}

func TestDoubledEndsAreOneDigit(t *testing.T) {
	packets := append(press(7, 1000, 2), press(7, 1000, 2)...)
	if got := hear(packets...); got != "7" {
		t.Errorf("heard %q, want one 7", got)
	}
}

func TestLostEndsLoseNoDigit(t *testing.T) {
	packets := append(press(1, 1000, 4)[:4], press(1, 3000, 4)[:4]...)
	packets = append(packets, press(2, 5000, 4)...)
	if got := hear(packets...); got != "112" {
		t.Errorf("heard %q, want 112", got)
	}
}

func TestOnlyTheEndArrives(t *testing.T) {
	if got := hear(press(11, 1000, 4)[6]); got != "#" {
		t.Errorf("heard %q, want #", got)
	}
}

func TestAnOldPacketIsNoNewDigit(t *testing.T) {
	packets := append(press(3, 1000, 3), press(4, 3000, 3)...)
	packets = append(packets, press(3, 1000, 3)...)
	if got := hear(packets...); got != "34" {
		t.Errorf("heard %q, want 34", got)
	}
}

func TestALongPressInSegmentsIsOneDigit(t *testing.T) {
	got := hear(
		packet{1000, event(9, false, longest)},
		packet{1000 + longest, event(9, false, 160)},
		packet{1000 + longest, event(9, true, 800)},
	)
	if got != "9" {
		t.Errorf("heard %q, want one 9", got)
	}
}

func TestATimestampThatMovesWithinAPressIsOneDigit(t *testing.T) {
	got := hear(
		packet{1000, event(6, false, 160)},
		packet{1160, event(6, false, 320)},
		packet{1320, event(6, false, 480)},
		packet{1480, event(6, true, 640)},
	)
	if got != "6" {
		t.Errorf("heard %q, want one 6", got)
	}
}

func TestTheTimestampMayWrap(t *testing.T) {
	packets := append(press(1, 0xFFFFFF00, 3), press(2, 0x00000800, 3)...)
	if got := hear(packets...); got != "12" {
		t.Errorf("heard %q, want 12", got)
	}
}

func TestOtherEventsAndShortPayloadsAreIgnored(t *testing.T) {
	if got := hear(packet{1, event(16, false, 160)}, packet{2, []byte{1, 2, 3}}); got != "" {
		t.Errorf("heard %q, want nothing", got)
	}
}

func TestARefusedDigitMakesNoSender(t *testing.T) {
	if _, ok := NewSender("12x"); ok {
		t.Error("x was taken for a digit")
	}
}

// Whatever is lost, doubled or swapped, each press of which one packet arrives
// before the next press begins is heard once, in order.
func TestWhatIsSentIsHeard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.StringMatching(`[0-9*#A-D]{1,12}`).Draw(t, "digits")
		now := rapid.Uint32().Draw(t, "start")
		s, ok := NewSender(row)
		if !ok {
			t.Fatalf("%q refused", row)
		}
		var r Receiver
		var got []byte
		arrived := 0
		for {
			p, send, done := s.Next(now, 160)
			now += 160
			if done {
				break
			}
			if !send {
				arrived = 0
				continue
			}
			last := p.Payload[1]&endBit != 0
			times := rapid.IntRange(0, 2).Draw(t, "copies")
			if times == 0 && arrived == 0 && last {
				times = 1
			}
			for range times {
				arrived++
				if d, ok := r.Push(p.Timestamp, p.Payload[:]); ok {
					got = append(got, d)
				}
			}
		}
		if string(got) != row {
			t.Fatalf("heard %q, want %q", got, row)
		}
	})
}

func FuzzReceiver(f *testing.F) {
	f.Add(uint32(0), []byte{1, 10, 0, 160, 1, 0x8A, 3, 32})
	f.Add(uint32(0xFFFFFFFF), []byte{15, 0xFF, 0xFF, 0xFF, 16, 0, 0, 0})
	f.Fuzz(func(t *testing.T, at uint32, data []byte) {
		var r Receiver
		for len(data) > 0 {
			n := min(len(data), PayloadSize)
			if d, ok := r.Push(at, data[:n]); ok {
				if _, known := Code(d); !known {
					t.Fatalf("heard %q, which is no digit", d)
				}
				if _, again := r.Push(at, data[:n]); again {
					t.Fatal("the same packet told the same digit twice")
				}
			}
			at += uint32(data[0]) * 40
			data = data[n:]
		}
	})
}
