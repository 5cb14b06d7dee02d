package media

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/callward/callward/media/g711"
)

// tick is a step that leaves the events; it reports whether silence was told.
func (z *fuzzed) tick() (silent bool) {
	z.n++
	z.work.now = fuzzEpoch + z.n*int64(FrameTime)
	z.receive(z.work, z.n)
	z.hear(z.work)
	for len(z.events) > 0 {
		silent = (<-z.events).Kind == Silent || silent
	}
	return silent
}

// rtpOf is a packet of the peer's source, of any payload.
func rtpOf(kind byte, n uint16, payload ...byte) []byte {
	b := []byte{2 << 6, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}
	binary.BigEndian.PutUint16(b[2:], n)
	binary.BigEndian.PutUint32(b[4:], uint32(n)*FrameSamples)
	return append(b, payload...)
}

// R15: a peer of whom neither sound nor a report comes for 30 s is told of, at that tick,
// once, and again after it came back. What is neither, or not the peer's, is no sign of life.
func TestOnlySoundAndReportsOfThePeerAreSignsOfLife(t *testing.T) {
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7}})
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, FrameSamples)
	from := func(a netip.AddrPort, data func(n uint16) []byte) func(*fuzzed, uint16) {
		return func(z *fuzzed, n uint16) { z.packet(data(n), a, true, 0, z.n) }
	}
	for name, c := range map[string]struct {
		state uint8
		sends func(z *fuzzed, n uint16) // at each tick
		alive bool
		holds bool // us
	}{
		"nothing":                      {state: plain},
		"nothing, since it holds us":   {state: plain, alive: true, holds: true},
		"nothing, as agreed":           {state: held, alive: true},
		"reports":                      {state: plain, alive: true, sends: func(z *fuzzed, _ uint16) { z.control(0, report, fuzzPeer, true, 0) }},
		"reports the way of the sound": {state: plainMuxed, alive: true, sends: from(fuzzPeer, func(uint16) []byte { return report })},
		"reports of a stranger":        {state: plain, sends: func(z *fuzzed, _ uint16) { z.control(0, report, fuzzStranger, true, 0) }},
		"reports not as agreed":        {state: plain, sends: from(fuzzPeer, func(uint16) []byte { return report })},
		"broken reports":               {state: plain, sends: func(z *fuzzed, _ uint16) { z.control(0, report[:7], fuzzPeer, true, 0) }},
		"sound of a stranger":          {state: plain, sends: from(fuzzStranger, func(n uint16) []byte { return rtpOf(0, n, frame...) })},
		"a type not agreed on":         {state: plain, sends: from(fuzzPeer, func(n uint16) []byte { return rtpOf(99, n, frame...) })},
		"what is no RTP":               {state: plain, sends: from(fuzzPeer, func(uint16) []byte { return make([]byte, 20) })},
		"sound":                        {state: plain, alive: true, sends: from(fuzzPeer, func(n uint16) []byte { return rtpOf(0, n, frame...) })},
		"noise":                        {state: plain, alive: true, sends: from(fuzzPeer, func(n uint16) []byte { return rtpOf(13, n, 60) })},
		"keys":                         {state: plain, alive: true, sends: from(fuzzPeer, func(n uint16) []byte { return rtpOf(101, n, 5, 10, 0, 160) })},
	} {
		t.Run(name, func(t *testing.T) {
			z := newFuzzed(t, c.state)
			if c.holds {
				onHold := *z.terms.Load()
				onHold.sends = false
				z.terms.Store(&onHold)
			}
			limit, n := int(z.engine.silentAfter), uint16(0)
			if limit != 1500 {
				t.Fatalf("silence is told after %d ticks", limit)
			}
			for range 2 {
				for range 5 {
					z.tick()
					z.packet(rtpOf(0, n, frame...), fuzzPeer, true, 0, z.n)
					n++
				}
				for i := 1; i <= 2*limit; i++ {
					if got, want := z.tick(), i%limit == 0 && !c.alive; got != want {
						t.Fatalf("%d ticks after the last sound: silence is told: %v", i, got)
					}
					if c.sends != nil {
						c.sends(z, n)
					}
					n++
				}
			}
			if st := z.Stats(); st.Received < 10 && c.state != held || c.state == plainMuxed && st.ReportsTaken < 1000 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// hum is packet n of a peer who hums at 170 Hz.
func hum(n uint16) []byte {
	pcm, payload := make([]int16, FrameSamples), make([]byte, FrameSamples)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*170*float64(int(n)*FrameSamples+i)/Rate))
	}
	g711.PCMU.Encode(payload, pcm)
	return rtpOf(0, n, payload...)
}

// loudest is the largest sample of what was heard in the last n frames.
func (k *keeper) loudest(n int) int16 { return slices.Max(k.pcm[len(k.pcm)-n*FrameSamples:]) }

// R4 and R6: what is lost is made up in what is heard, unless the peer said before that it
// has nothing but noise to send.
func TestWhatIsLostIsMadeUpAndWhatIsNotSentIsNot(t *testing.T) {
	for name, noise := range map[string]bool{"in the middle of sound": false, "after noise": true} {
		t.Run(name, func(t *testing.T) {
			z, heard := newFuzzed(t, plain), &keeper{}
			z.Hear(heard)
			n := uint16(0)
			step := func(packet []byte) {
				z.tick()
				if packet != nil {
					z.packet(packet, fuzzPeer, true, 0, z.n)
				}
				n++
			}
			for range 50 {
				step(hum(n))
			}
			made := func() int { return int(z.Stats().ConcealedSamples) }
			if noise {
				step(rtpOf(13, n, 60))
				for range 20 { // more than the buffer holds
					step(nil)
				}
				if loud := heard.loudest(10); made() != 0 || loud > 0 {
					t.Errorf("%d samples were made up, the loudest of the last %d", made(), loud)
				}
				return
			}
			step(nil)
			for i := 0; i < 20 && made() == 0; i++ {
				step(hum(n))
			}
			if loud := heard.loudest(1); made() != FrameSamples || loud < 4000 {
				t.Errorf("%d samples were made up, the loudest of %d", made(), loud)
			}
		})
	}
}

// R13: that is how long, where nothing else is configured.
func TestPortsRestForTenSeconds(t *testing.T) {
	e, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if rest := e.pools[0].quarantine; rest != 10*time.Second {
		t.Errorf("ports rest for %v", rest)
	}
}

// R5: the time of keys is told by the clock that was agreed on for them. A sender that
// moves the timestamp on within a press presses once.
func TestKeysAreToldApartByTheirClock(t *testing.T) {
	z := newFuzzed(t, opus)
	wide := *z.terms.Load()
	wide.eventClock = 48000
	z.terms.Store(&wide)
	keys, at := 0, uint32(0)
	for n := range uint16(24) {
		if at += 960; n == 14 { // the end of the first press is lost
			at += 48000
		}
		b := rtpOf(101, n, 5, 10, 3, 192)
		binary.BigEndian.PutUint32(b[4:], at)
		z.n++
		z.receive(z.work, z.n)
		z.packet(b, fuzzPeer, true, 0, z.n)
		for len(z.events) > 0 {
			if (<-z.events).Kind == Digit {
				keys++
			}
		}
	}
	if keys != 2 {
		t.Errorf("two presses are taken for %d", keys)
	}
}
