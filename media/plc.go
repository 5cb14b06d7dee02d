package media

import "math"

// concealer makes up sound for what was lost. It goes on with the last pitch period,
// as ITU-T G.711 appendix I does, or with the last 20 ms of what has no pitch; where the
// packet after the hole is there, it goes back from that one too, and fades from the one
// into the other. A longer hole fades out. Lengths are samples at 8 kHz, to be scaled.
type concealer struct {
	scale  int // 1 at 8 kHz, 2 at 16 kHz
	past   [2 * historyLength]int16
	period [2 * longestPeriod]int16 // what is repeated
	length int                      // of it
	made   int                      // samples made up since the last real one
	joined bool                     // the end of what was made up leads into what comes
}

const (
	historyLength = 320 // 40 ms
	longestPeriod = 160 // of what has no pitch
	shortestPitch = 40  // 200 Hz
	longestPitch  = 120 // 66 Hz
	matchLength   = 160
	fadeAfter     = 160 // 20 ms at full level,
	fadeLength    = 320 // then down to nothing over 40 ms
	mend          = 32  // 4 ms of fading over to the real sound
	likely        = 0.3 // what matches less has no pitch
)

// heard notes real sound, and mends its beginning after made-up sound.
func (c *concealer) heard(pcm []int16) {
	if c.made > 0 && !c.joined {
		n := min(mend*c.scale, len(pcm))
		for i := range n {
			old := int(c.next())
			pcm[i] = int16((old*(n-i) + int(pcm[i])*i) / n)
		}
	}
	c.made, c.joined = 0, false
	c.remember(pcm)
}

// history is the latest of the past.
func (c *concealer) history() []int16 { return c.past[:historyLength*c.scale] }

func (c *concealer) remember(pcm []int16) {
	past := c.history()
	if len(pcm) >= len(past) {
		copy(past, pcm[len(pcm)-len(past):])
		return
	}
	copy(past, past[len(pcm):])
	copy(past[len(past)-len(pcm):], pcm)
}

// conceal fills pcm with made-up sound. follows is the real sound after it; empty if it
// is not known.
func (c *concealer) conceal(pcm, follows []int16) {
	if c.made == 0 {
		c.listen()
	}
	for i := range pcm {
		pcm[i] = c.next()
	}
	if c.joined = len(follows) >= matchLength*c.scale; c.joined {
		c.join(pcm, follows)
	}
}

// listen finds what is to be repeated, and makes its end lead into its beginning.
func (c *concealer) listen() {
	past := c.history()
	c.length = c.pitch(past)
	start := len(past) - c.length
	copy(c.period[:], past[start:])
	over := min(c.length/4, start)
	for i := range over {
		at := c.length - over + i
		c.period[at] = int16((int(c.period[at])*(over-i) + int(past[start-over+i])*i) / over)
	}
}

// next is one more sample of what is repeated.
func (c *concealer) next() int16 {
	after, length := fadeAfter*c.scale, fadeLength*c.scale
	level := length - max(0, c.made-after)
	if level <= 0 {
		c.made = after + length
		return 0
	}
	s := int(c.period[c.made%c.length])
	c.made++
	return int16(s * level / length)
}

// join fades pcm into what lies before follows, if its beginning is gone back from.
func (c *concealer) join(pcm, follows []int16) {
	head := follows[:min(len(follows), longestPeriod*c.scale)]
	length := c.bestShift(func(shift int) (a, b []int16) { return head, head[shift:] }, len(head)*5/8)
	for i := range pcm {
		back := len(pcm) - 1 - i // samples to the last one
		s := int(head[length-1-back%length])
		pcm[i] = int16((int(pcm[i])*(len(pcm)-i) + s*i) / len(pcm))
	}
}

// pitch is the period at the end of pcm.
func (c *concealer) pitch(pcm []int16) int {
	length := matchLength * c.scale
	end := pcm[len(pcm)-length:]
	return c.bestShift(func(shift int) (a, b []int16) { return end, pcm[len(pcm)-length-shift:][:length] }, longestPitch*c.scale)
}

// bestShift is the shift, up to most, at which two pieces are most alike; that of what has
// no pitch is the longest period.
func (c *concealer) bestShift(pieces func(shift int) (a, b []int16), most int) int {
	best, at := likely, longestPeriod*c.scale
	for shift := shortestPitch * c.scale; shift <= most; shift += c.scale {
		a, b := pieces(shift)
		var both, one, other int64
		for i := 0; i < len(b); i += 2 * c.scale {
			x, y := int64(a[i]), int64(b[i])
			both, one, other = both+x*y, one+x*x, other+y*y
		}
		if both <= 0 {
			continue
		}
		if likeness := float64(both) / math.Sqrt(float64(one)*float64(other)+1); likeness > best {
			best, at = likeness, shift
		}
	}
	return at
}
