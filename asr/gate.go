package asr

import "time"

const (
	gateLead = 400 * time.Millisecond // sent from before the voice was noticed
	gateHang = time.Second            // of silence sent after it: the engine ends the utterance by that
	gateMost = 4 * time.Second        // of silence sent to an engine that does not end it
)

// gate keeps silence from an engine: nobody need be paid for hearing it. Lengths are
// samples. It is open at first.
type gate struct {
	lead, hang, most int64
	quiet            int64 // since the last voice
	shut             bool
}

func newGate(rate int64) gate {
	n := func(d time.Duration) int64 { return rate * int64(d) / int64(time.Second) }
	return gate{lead: n(gateLead), hang: n(gateHang), most: n(gateMost)}
}

// hear takes n samples with or without a voice. busy says that the engine has yet to
// end what it heard.
func (g *gate) hear(n int64, voice, busy bool) {
	if voice {
		g.quiet, g.shut = 0, false
		return
	}
	g.quiet += n
	g.shut = g.shut || g.quiet >= g.hang && !busy || g.quiet >= g.most
}
