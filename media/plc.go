package media

// concealer makes up sound for what was lost: it repeats the last pitch period
// and fades it out within 60 ms, as ITU-T G.711 appendix I does, and fades over
// to the real sound when that returns. Lengths are samples at 8 kHz, to be scaled.
type concealer struct {
	scale int // 1 at 8 kHz, 2 at 16 kHz
	past  [2 * historyLength]int16
	made  int // samples made up since the last real one
	pitch int
}

const (
	historyLength = 320 // 40 ms
	shortestPitch = 40  // 200 Hz
	longestPitch  = 120 // 66 Hz
	matchLength   = 160
	fadeAfter     = 80  // 10 ms at full level,
	fadeLength    = 400 // then down to nothing over 50 ms
	mend          = 32  // 4 ms of fading over to the real sound
)

// heard notes real sound, and mends its beginning after made-up sound.
func (c *concealer) heard(pcm []int16) {
	if c.made > 0 {
		n := mend * c.scale
		for i := range min(n, len(pcm)) {
			old := int(c.next())
			pcm[i] = int16((old*(n-i) + int(pcm[i])*i) / n)
		}
		c.made = 0
	}
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

// conceal fills pcm with made-up sound.
func (c *concealer) conceal(pcm []int16) {
	if c.made == 0 {
		c.pitch = c.findPitch()
	}
	for i := range pcm {
		pcm[i] = c.next()
	}
}

// next is one more sample of the repeated period.
func (c *concealer) next() int16 {
	after, length := fadeAfter*c.scale, fadeLength*c.scale
	level := length - max(0, c.made-after)
	if level <= 0 {
		c.made = after + length
		return 0
	}
	past := c.history()
	s := int(past[len(past)-c.pitch+c.made%c.pitch])
	c.made++
	return int16(s * level / length)
}

// findPitch is the shift at which the end of the past looks most like itself.
func (c *concealer) findPitch() int {
	best, at := 0.0, longestPitch*c.scale
	past, length := c.history(), matchLength*c.scale
	end := past[len(past)-length:]
	for shift := shortestPitch * c.scale; shift <= longestPitch*c.scale; shift += c.scale {
		before := past[len(past)-length-shift:]
		var both, energy int64
		for i := 0; i < length; i += 2 * c.scale {
			b := int64(before[i])
			both += int64(end[i]) * b
			energy += b * b
		}
		if both <= 0 {
			continue
		}
		if score := float64(both) * float64(both) / float64(energy+1); score > best {
			best, at = score, shift
		}
	}
	return at
}
