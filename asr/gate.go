package asr

import "time"

const (
	gateLead = 400 * time.Millisecond // sent from before the voice was noticed
	gateHang = time.Second            // of silence sent after it: the engine ends the utterance by that
	gateSoon = 200 * time.Millisecond // the same once the engine has ended it
	gateMost = 4 * time.Second        // the same to an engine that does not end it
)

// gate keeps silence from an engine: nobody need be paid for hearing it. Lengths are
// samples. It is open at first.
type gate struct {
	lead, hang, soon, most int64
	quiet                  int64 // since the last voice
	shut                   bool
}

func newGate(rate int64) gate {
	n := func(d time.Duration) int64 { return rate * int64(d) / int64(time.Second) }
	return gate{lead: n(gateLead), hang: n(gateHang), soon: n(gateSoon), most: n(gateMost)}
}

// hear takes n samples with or without a voice. busy says that the engine has yet to
// end what it heard, over that it has ended what was said since the last silence.
func (g *gate) hear(n int64, voice, busy, over bool) {
	if voice {
		g.quiet, g.shut = 0, false
		return
	}
	g.quiet += n
	hang := g.hang
	if over {
		hang = g.soon
	}
	g.shut = g.shut || g.quiet >= hang && !busy || g.quiet >= g.most
}
